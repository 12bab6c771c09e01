import { componentRuns } from '../../kernels/index.ts'

/** First voxel and one past the last of a connected component, per axis, and how many voxels it has. */
export interface ComponentBox {
  readonly start: readonly number[]
  readonly end: readonly number[]
  readonly voxels: number
}

/**
 * The boxes around the connected components of the non-zero elements of a mask, in the order of their first voxels; for
 * `connectivity` see `labelComponents`.
 */
export function componentBoxes(mask: Uint8Array, shape: readonly number[], connectivity?: number): ComponentBox[] {
  const rank = shape.length
  const { begins, ends, components, sizes } = componentRuns(mask, shape, connectivity)
  const boxes = Array.from(sizes, (voxels) => ({ start: shape.map(() => Infinity), end: shape.map(() => 0), voxels }))
  components.forEach((component, run) => {
    const { start, end } = boxes[component - 1]
    let rest = Math.floor(begins[run] / shape[rank - 1])
    const along = begins[run] % shape[rank - 1]
    widen(start, end, rank - 1, along, along + ends[run] - begins[run])
    for (let axis = rank - 2; axis >= 0; axis--) {
      widen(start, end, axis, rest % shape[axis], (rest % shape[axis]) + 1)
      rest = Math.floor(rest / shape[axis])
    }
  })
  return boxes
}

function widen(start: number[], end: number[], axis: number, from: number, to: number): void {
  start[axis] = Math.min(start[axis], from)
  end[axis] = Math.max(end[axis], to)
}
