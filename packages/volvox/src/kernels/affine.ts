import { order, type Affine } from '../core/affine.ts'
import { ShapeError } from '../core/errors.ts'
import type { StoredVoxels } from '../core/stored.ts'
import { floatsToFill } from '../core/spareFloats.ts'
import { sizeOf } from '../core/tensor.ts'
import { normalised } from './normalised.ts'
import { gatheredBytes, gatherInside } from './gather.ts'
import { sharedInput, scratchLeft, withScratch, type Scratch } from './runtime.ts'
import { ownPage } from './threads.ts'

/** How values are found between voxels and outside of the image: torch's `grid_sample`, with cubic in 3-D as well. */
export interface AffineSampling {
  readonly mode: 'nearest' | 'linear' | 'cubic'
  readonly padding: 'zeros' | 'border' | 'reflection'
  /** Whether `reflection` mirrors at the centres of the border voxels (true) or at their outer faces. */
  readonly alignCorners: boolean
}

export const modeCodes = { nearest: 0, linear: 1, cubic: 2 } as const
export const paddingCodes = { zeros: 0, border: 1, reflection: 2 } as const

/** Voxels of [channels, ...shape], and the lattice that they are wanted on. */
export interface AffineJob {
  readonly data: Float32Array
  /** One channel as a file holds it, in place of `data`, which is then not looked at. */
  readonly stored?: StoredVoxels
  /** Where the lattice of `shape` lies in `data`, which is the whole of it unless given. */
  readonly view?: View
  /** Whether `data` does not change in the `sharingInputs` around the call, so that other calls may take the same copy. */
  readonly shares?: boolean
  readonly channels: number
  /** 1 to 3 spatial axes. */
  readonly shape: readonly number[]
  readonly outShape: readonly number[]
  /** Output voxel to input voxel; (rank + 1) rows. */
  readonly matrix: Affine
}

/** A lattice inside a larger one, or one that runs backwards: its first voxel, and elements from one to the next along each axis but the last. */
export interface View {
  readonly start: number
  readonly steps: readonly number[]
}

/** The first element that a lattice of `shape` needs, and one past the last. */
function spanOf({ start, steps }: View, shape: readonly number[]): readonly [from: number, to: number] {
  const reaches = [...steps, 1].map((step, axis) => step * (shape[axis] - 1))
  const sum = (signed: readonly number[]) => signed.reduce((all, reach) => all + reach, start)
  return [sum(reaches.map((r) => Math.min(r, 0))), sum(reaches.map((r) => Math.max(r, 0))) + 1]
}

/** Output is produced, and copied out of kernel memory, in pieces of about this size. */
const slabBytes = 2 ** 25

/** Values of the image at matrix·o for every output voxel o, [channels, ...outShape]. */
export function sampleAffine(job: AffineJob, how: AffineSampling): Float32Array<ArrayBuffer> {
  const { channels } = job
  const lattice = spread(job)
  const size = sizeOf(lattice.shape)
  const length = job.stored ? sizeOf(job.stored.shape) : job.data.length
  if (!job.view && size * channels !== length)
    throw new ShapeError('sampleAffine', `${length} voxels do not fill [${[channels, ...job.shape].join(', ')}]`)
  const out = floatsToFill(channels * sizeOf(lattice.outShape))
  if (size === 0) return out.fill(0)
  if (out.length === 0) return out
  // Channels share positions, so they go together as long as they fit.
  const together = Math.max(1, Math.min(channels, Math.floor((scratchLeft() - slabBytes) / (4 * (length / channels)))))
  for (let first = 0; first < channels; first += together)
    sampleChannels(job, lattice, how, first, Math.min(together, channels - first), out)
  return out
}

/** Three-dimensional shapes and a 3x4 matrix for an image of fewer axes. */
interface Lattice {
  readonly shape: readonly number[]
  readonly outShape: readonly number[]
  readonly rows: Float64Array
}

/** Leading axes of one voxel make any image three-dimensional. */
export function spread({ shape, outShape, matrix }: Pick<AffineJob, 'shape' | 'outShape' | 'matrix'>): Lattice {
  const rank = shape.length
  const n = order(matrix)
  if (rank < 1 || rank > 3 || outShape.length !== rank || n !== rank + 1)
    throw new ShapeError(
      'sampleAffine',
      `a matrix of ${n} rows from [${outShape.join(', ')}] to [${shape.join(', ')}]; use 1 to 3 axes and one row more`,
    )
  const missing = 3 - rank
  const rows = new Float64Array(12)
  for (let i = 0; i < rank; i++)
    for (let j = 0; j <= rank; j++) rows[(i + missing) * 4 + j + missing] = matrix[i * n + j]
  const ones = new Array<number>(missing).fill(1)
  return { shape: [...ones, ...shape], outShape: [...ones, ...outShape], rows }
}

function sampleChannels(
  job: AffineJob,
  { shape, outShape, rows }: Lattice,
  how: AffineSampling,
  first: number,
  channels: number,
  out: Float32Array,
): void {
  const [d0, d1, d2] = shape
  const [o0, o1, o2] = outShape
  const { view, stored } = job
  const size = stored ? sizeOf(stored.shape) : job.data.length / job.channels
  const [from, to] = view && channels === 1 ? spanOf(view, job.shape) : [0, channels * size]
  // A copy of all is worth it where a few calls would copy as much.
  const kept = job.shares && !stored && 4 * (to - from) >= job.data.length ? sharedInput(job.data) : null
  const inputBytes = stored ? gatheredBytes(stored) : kept ? 0 : 4 * (to - from)
  const [slice, row] = view ? [0, 0, ...view.steps].slice(-2) : [d1 * d2, d2]
  const rowCount = o0 * o1
  const slabRows = Math.max(1, Math.min(rowCount, Math.floor(slabBytes / (4 * channels * o2))))
  const slabLength = channels * slabRows * o2
  const { norms, bases } = normalised(rows, shape, outShape)
  withScratch('sampleAffine', inputBytes + 4 * slabLength + bases.byteLength + 400, (scratch: Scratch) => {
    const input = stored
      ? gatherInside(scratch, stored)
      : kept
        ? kept.address + 4 * first * size
        : scratch.put(job.data.subarray(first * size + from, first * size + to)) - 4 * from
    const source = input + 4 * (view?.start ?? 0)
    const matrix = scratch.put(rows)
    const normsAt = scratch.put(norms)
    const basesAt = scratch.put(bases)
    const target = scratch.take(4 * slabLength)
    const slab = scratch.floats(target, slabLength)
    const codes = [modeCodes[how.mode], paddingCodes[how.padding], how.alignCorners ? 1 : 0] as const
    for (let begin = 0; begin < rowCount; begin += slabRows) {
      const end = Math.min(rowCount, begin + slabRows)
      const args = [source, row, slice, size, target, channels, d0, d1, d2, o0, o1, o2, matrix, normsAt, basesAt, ownPage, ...codes, begin, end - begin] // prettier-ignore
      scratch.overRows('sampleAffine', args, begin, end)
      const length = (end - begin) * o2
      for (let c = 0; c < channels; c++)
        out.set(slab.subarray(c * length, (c + 1) * length), ((first + c) * rowCount + begin) * o2)
    }
  })
}
