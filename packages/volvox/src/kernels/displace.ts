import { order, type Affine } from '../core/affine.ts'
import { sizeOf } from '../core/tensor.ts'
import { withScratch, type Scratch } from './runtime.ts'

/** Points of a lattice about its centre, and how they are moved. */
export interface Displacement {
  /** 2 or 3 axes. */
  readonly shape: readonly number[]
  /** From one point to the next along each axis. */
  readonly spacing: readonly number[]
  /** What offsets are multiplied by. */
  readonly magnitude: number
  /** Applied to the points once they are moved; (rank + 1) rows. */
  readonly affine: Affine
}

/** The places of the points from the centre, [rank, ...shape], in float32 steps as MONAI has them; offsets alike. */
export function displace(offsets: Float32Array, how: Displacement): Float32Array<ArrayBuffer> {
  const { shape } = how
  const voxels = sizeOf(shape)
  const missing = 3 - shape.length
  const out = new Float32Array(offsets.length)
  withScratch('displace', 12 * voxels + 128, (scratch) => {
    const planes = scratch.take(12 * voxels)
    const used = scratch.floats(planes + 4 * missing * voxels, offsets.length)
    if (missing > 0) scratch.floats(planes, missing * voxels).fill(0)
    used.set(offsets)
    displaceInside(scratch, planes, how)
    out.set(used)
  })
  return out
}

/** The same in kernel memory, in place: three planes at an address, those of missing axes first. */
export function displaceInside(
  scratch: Scratch,
  planes: number,
  { shape, spacing, magnitude, affine }: Displacement,
): void {
  const rank = shape.length
  const missing = 3 - rank
  const n = order(affine)
  const [n0, n1, n2] = [...new Array<number>(missing).fill(1), ...shape]
  const steps = [...new Array<number>(missing).fill(0), ...spacing]
  const starts = [n0, n1, n2].map((length, axis) => (-(length - 1) / 2) * steps[axis])
  const rows = new Float32Array(12)
  for (let i = 0; i < rank; i++)
    for (let j = 0; j <= rank; j++) rows[(i + missing) * 4 + j + missing] = affine[i * n + j]
  const args = [planes, n0, n1, n2, scratch.put(rows), ...starts, ...steps, magnitude]
  scratch.overRows('displace', args, 0, n0)
}
