import { ShapeError } from '../core/errors.ts'
import { floatsToFill } from '../core/spareFloats.ts'
import { sizeOf } from '../core/tensor.ts'
import { modeCodes, paddingCodes, type AffineSampling } from './affine.ts'
import { KeptFloats } from './kept.ts'
import { scratchLeft, withScratch, type Scratch } from './runtime.ts'
import { ownPage } from './threads.ts'

/** Voxels of [channels, ...shape], and where values of them are wanted. */
export interface FieldJob<P = Positions> {
  readonly data: Float32Array
  readonly channels: number
  /** 1 to 3 spatial axes. */
  readonly shape: readonly number[]
  /** [rank, count]: for each axis the input voxel coordinates of all output voxels; of three axes where they are kept. */
  readonly positions: P
  /** What is added to the coordinates along each axis, in float64; zeros unless given. */
  readonly origin?: readonly number[]
}

export type Positions = Float32Array | Float64Array | KeptFloats

/** Values that are computed while those of the round before are copied. */
const roundLength = 2 ** 18

/** Values of the image at the given positions, [channels, count]. */
export function sampleField(job: FieldJob, how: AffineSampling): Float32Array<ArrayBuffer> {
  const { data, channels, shape, positions } = job
  const rank = shape.length
  const count = positions.length / rank
  const kept = positions instanceof KeptFloats
  if (rank < (kept ? 3 : 1) || rank > 3 || !Number.isInteger(count) || channels * sizeOf(shape) !== data.length)
    throw new ShapeError(
      'sampleField',
      `${positions.length} coordinates and ${data.length} voxels do not fit [${[channels, ...shape].join(', ')}]; use 1 to 3 axes and a coordinate per axis`,
    )
  if (data.length === 0) return new Float32Array(channels * count)
  const out = floatsToFill(channels * count)
  if (out.length === 0) return out
  // Channels share positions, so they go together as long as they fit.
  const round = Math.min(count, roundLength)
  const fitting = Math.floor((scratchLeft() - 24 * round - 256) / (4 * sizeOf(shape) + 8 * round))
  const together = Math.max(1, Math.min(channels, fitting))
  for (let first = 0; first < channels; first += together)
    sampleChannels(job, how, first, Math.min(together, channels - first), out)
  return out
}

function sampleChannels(
  { data, shape, positions, origin = [] }: FieldJob,
  how: AffineSampling,
  firstChannel: number,
  channels: number,
  out: Float32Array,
): void {
  const size = sizeOf(shape)
  const count = positions.length / shape.length
  const round = Math.min(count, roundLength)
  const lattice = [...new Array<number>(3 - shape.length).fill(1), ...shape]
  const doubles = positions instanceof Float64Array
  const codes = [modeCodes[how.mode], paddingCodes[how.padding], how.alignCorners ? 1 : 0] as const
  const bytes = 4 * channels * size + round * (24 + 8 * channels) + 256
  withScratch('sampleField', bytes, (scratch) => {
    const source = scratch.put(data.subarray(firstChannel * size, (firstChannel + channels) * size))
    const targets = [0, 0].map(() => scratch.take(4 * channels * round))
    const placed = positions instanceof KeptFloats ? keptPlaces(positions) : putPlaces(scratch, positions, shape.length)
    let copyLast = () => {}
    for (let first = 0; first < count; first += round) {
      const n = Math.min(round, count - first)
      const [target] = targets
      const { places, apart } = placed(first, n)
      const args = [source, target, channels, ...lattice, places, apart, n, doubles ? 1 : 0, ...[0, 0, 0, ...origin].slice(-3), ownPage, ...codes] // prettier-ignore
      scratch.overRows('sampleField', args, 0, n, copyLast)
      copyLast = () => {
        for (let c = 0; c < channels; c++)
          out.set(scratch.floats(target + 4 * c * n, n), (firstChannel + c) * count + first)
      }
      targets.reverse()
    }
    copyLast()
  })
}

/** Where the coordinates of voxel `first` and the `n - 1` after it are, and how many elements those of an axis are apart. */
type Places = (first: number, n: number) => { readonly places: number; readonly apart: number }

function keptPlaces({ address, length }: KeptFloats): Places {
  return (first) => ({ places: address + 4 * first, apart: length / 3 })
}

function putPlaces(scratch: Scratch, positions: Float32Array | Float64Array, rank: number): Places {
  const count = positions.length / rank
  const places = scratch.take(3 * positions.BYTES_PER_ELEMENT * Math.min(count, roundLength))
  const missing = 3 - rank
  return (first, n) => {
    const planes = positions instanceof Float64Array ? scratch.doubles(places, 3 * n) : scratch.floats(places, 3 * n)
    planes.fill(0, 0, missing * n)
    for (let axis = 0; axis < rank; axis++)
      planes.set(positions.subarray(axis * count + first, axis * count + first + n), (axis + missing) * n)
    return { places, apart: n }
  }
}
