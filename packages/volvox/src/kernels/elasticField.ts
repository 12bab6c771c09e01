import type { Affine } from '../core/affine.ts'
import { sizeOf } from '../core/tensor.ts'
import type { RandomState } from '../rng/index.ts'
import { correlationBytes, correlationPasses } from './correlate.ts'
import { displaceInside } from './displace.ts'
import { drawingBytes, uniformInside } from './draws.ts'
import { gaussianKernel } from './gaussian.ts'
import type { KeptFloats } from './kept.ts'
import { withScratch } from './runtime.ts'

/** How random offsets become a field. */
export interface Elastic {
  /** Standard deviation in voxels of the Gaussian that smooths them, cut off at three. */
  readonly sigma: number
  readonly magnitude: number
  readonly affine: Affine
}

/**
 * A field that moves the voxels of a lattice of three axes: offsets from -1 to 1 drawn from `rng`, smoothed, multiplied, and
 * mapped; the places from the centre, [3, ...shape], which stay in kernel memory where they may. `finish` is called once offsets are
 * drawn; null when it gives null. `widest` is the largest sigma that it may give.
 */
export function elasticField(
  rng: RandomState,
  shape: readonly number[],
  widest: number,
  finish: () => Elastic | null,
): Float32Array | KeptFloats | null {
  const voxels = sizeOf(shape)
  const kernelsOf = (sigma: number) => shape.map(() => gaussianKernel(sigma, 3))
  const bytes = 16 * voxels + drawingBytes(3 * voxels) + correlationBytes(shape, kernelsOf(widest)) + 256
  return withScratch('elasticField', bytes, (scratch) => {
    const free = scratch.take(16 * voxels)
    uniformInside(scratch, rng, free + 4 * voxels, -1, 1, 3 * voxels)
    const how = finish()
    if (!how) return null
    // The three passes over a volume end in the one before it, which the last one has left.
    const passes = correlationPasses(scratch, shape, kernelsOf(how.sigma))
    for (let axis = 0; axis < 3; axis++) {
      const places = [free + 4 * voxels * (axis + 1), free + 4 * voxels * axis]
      for (const pass of passes) {
        pass(places[0], places[1])
        places.reverse()
      }
    }
    displaceInside(scratch, free, { ...how, shape, spacing: [1, 1, 1] })
    return scratch.keep(free, 3 * voxels) ?? scratch.floats(free, 3 * voxels).slice()
  })
}
