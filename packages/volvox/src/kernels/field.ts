import { ShapeError } from '../core/errors.ts'
import { floatsToFill } from '../core/spareFloats.ts'
import { sizeOf } from '../core/tensor.ts'
import { modeCodes, paddingCodes, type AffineSampling } from './affine.ts'
import { withScratch } from './runtime.ts'
import { ownPage } from './threads.ts'

/** Voxels of [channels, ...shape], and where values of them are wanted. */
export interface FieldJob {
  readonly data: Float32Array
  readonly channels: number
  /** 1 to 3 spatial axes. */
  readonly shape: readonly number[]
  /** [rank, count]: for each axis the input voxel coordinates of all output voxels. */
  readonly positions: Float32Array | Float64Array
  /** What is added to the coordinates along each axis, in float64; zeros unless given. */
  readonly origin?: readonly number[]
}

/** Positions that are in kernel memory at a time. */
const roundLength = 2 ** 20

/** Values of the image at the given positions, [channels, count]. */
export function sampleField(
  { data, channels, shape, positions, origin = [] }: FieldJob,
  how: AffineSampling,
): Float32Array<ArrayBuffer> {
  const rank = shape.length
  const count = positions.length / rank
  if (rank < 1 || rank > 3 || !Number.isInteger(count) || channels * sizeOf(shape) !== data.length)
    throw new ShapeError(
      'sampleField',
      `${positions.length} coordinates and ${data.length} voxels do not fit [${[channels, ...shape].join(', ')}]; use 1 to 3 axes and a coordinate per axis`,
    )
  const [d0, d1, d2] = [...new Array<number>(3 - rank).fill(1), ...shape]
  if (data.length === 0) return new Float32Array(channels * count)
  const out = floatsToFill(channels * count)
  if (out.length === 0) return out
  const round = Math.min(count, roundLength)
  const [z, y, x] = [0, 0, 0, ...origin].slice(-3)
  const doubles = positions instanceof Float64Array
  const bytes = doubles ? 8 : 4
  withScratch('sampleField', data.byteLength + round * (3 * bytes + 4 * channels) + 256, (scratch) => {
    const source = scratch.put(data)
    const places = scratch.take(3 * bytes * round)
    const target = scratch.take(4 * channels * round)
    const codes = [modeCodes[how.mode], paddingCodes[how.padding], how.alignCorners ? 1 : 0] as const
    for (let first = 0; first < count; first += round) {
      const n = Math.min(round, count - first)
      const planes = (doubles ? scratch.doubles(places, 3 * n) : scratch.floats(places, 3 * n)).fill(
        0,
        0,
        (3 - rank) * n,
      )
      for (let axis = 0; axis < rank; axis++)
        planes.set(positions.subarray(axis * count + first, axis * count + first + n), (axis + 3 - rank) * n)
      const args = [source, target, channels, d0, d1, d2, places, n, doubles ? 1 : 0, z, y, x, ownPage, ...codes] // prettier-ignore
      scratch.overRows('sampleField', args, 0, n)
      for (let c = 0; c < channels; c++) out.set(scratch.floats(target + 4 * c * n, n), c * count + first)
    }
  })
  return out
}
