import { ShapeError, OptionError } from '../core/errors.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import { withScratch } from './runtime.ts'

/** Numbered connected components of a mask. */
export interface Components {
  /** 0 outside of the mask, else the component's number from 1, in the order of their first voxels. */
  readonly labels: Int32Array
  readonly count: number
  /** Voxels of components 1, 2, ... */
  readonly sizes: Int32Array
}

/** A neighbour that comes before a voxel in C order: a step along each axis. */
type Step = readonly number[]

/**
 * The connected components of the non-zero elements of `mask`, up to 4 axes. Voxels are neighbours when they differ by
 * one step along at most `connectivity` axes (1: faces, the number of axes: corners as well; the default).
 */
export function labelComponents(
  mask: Uint8Array,
  shape: readonly number[],
  connectivity: number = shape.length,
): Components {
  const steps = checkedSteps(mask, shape, connectivity)
  const [d0, d1, d2, d3] = [...new Array<number>(4 - shape.length).fill(1), ...shape]
  const strides = stridesOf([d0, d1, d2, d3])
  const padded = steps.map((step) => [...new Array<number>(4 - step.length).fill(0), ...step])
  const table = Int32Array.from(
    padded.flatMap((step) => [...step, step.reduce((sum, s, i) => sum + s * strides[i], 0)]),
  )
  return withScratch('labelComponents', 9 * mask.length + table.byteLength, (scratch) => {
    const labels = scratch.take(4 * mask.length)
    const sizes = scratch.take(4 * mask.length)
    const count = scratch.kernels.labelComponents(
      scratch.put(mask),
      labels,
      sizes,
      d0,
      d1,
      d2,
      d3,
      scratch.put(table),
      steps.length,
    )
    return {
      labels: new Int32Array(scratch.ints(labels, mask.length)),
      count,
      sizes: new Int32Array(scratch.ints(sizes, count)),
    }
  })
}

function checkedSteps(mask: Uint8Array, shape: readonly number[], connectivity: number): Step[] {
  const rank = shape.length
  if (rank < 1 || rank > 4)
    throw new ShapeError('labelComponents', `the mask has ${rank} axes; components are found in 1 to 4`)
  if (sizeOf(shape) !== mask.length)
    throw new ShapeError('labelComponents', `${mask.length} voxels do not fill [${shape.join(', ')}]`)
  if (!Number.isInteger(connectivity) || connectivity < 1 || connectivity > rank)
    throw new OptionError('labelComponents.connectivity', `${connectivity} does not fit ${rank} axes; use 1 to ${rank}`)
  return precedingSteps(rank, connectivity)
}

/** Steps to the neighbours that come earlier in C order. */
export function precedingSteps(rank: number, connectivity: number): Step[] {
  const steps = Array.from({ length: 3 ** rank }, (_, code) =>
    Array.from({ length: rank }, (_, axis) => (Math.floor(code / 3 ** (rank - 1 - axis)) % 3) - 1),
  )
  return steps
    .slice(0, (3 ** rank - 1) / 2) // codes below the middle one step backwards along their first non-zero axis
    .filter((step) => step.reduce((sum, s) => sum + Math.abs(s), 0) <= connectivity)
}
