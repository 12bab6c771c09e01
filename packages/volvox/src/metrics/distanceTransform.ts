import { sizeOf, stridesOf } from '../core/tensor.ts'
import type { Mask } from './masks.ts'

/** How far apart two voxels are. */
export type DistanceMetric = (typeof distanceMetrics)[number]

export const distanceMetrics = ['euclidean', 'chessboard', 'taxicab'] as const

/** Distance of each voxel to the nearest voxel of `object`; infinite when it is empty. `spacing` counts for euclidean only. */
export function distancesTo(
  object: Mask,
  distance: DistanceMetric = 'euclidean',
  spacing: readonly number[] | null = null,
): Float64Array {
  if (distance !== 'euclidean') return stepsTo(object, distance)
  const squared = squaredDistancesTo(object, spacing ?? object.shape.map(() => 1))
  for (let i = 0; i < squared.length; i++) squared[i] = Math.sqrt(squared[i])
  return squared
}

/** The exact squared Euclidean distance transform, one axis after the other (Felzenszwalb and Huttenlocher 2012), in linear time. */
export function squaredDistancesTo({ shape, data }: Mask, spacing: readonly number[]): Float64Array {
  const field = new Float64Array(data.length)
  for (let i = 0; i < field.length; i++) field[i] = data[i] ? 0 : Infinity
  const strides = stridesOf(shape)
  shape.forEach((length, axis) => {
    const envelope = new LowerEnvelope(length, spacing[axis])
    const stride = strides[axis]
    const block = stride * length
    for (let outer = 0; outer < field.length; outer += block)
      for (let inner = 0; inner < stride; inner++) envelope.transform(field, outer + inner, stride)
  })
  return field
}

/** One line: the lower envelope of the parabolas f(q) + (x - q)², which is the squared distance transform along that line. */
class LowerEnvelope {
  private readonly spacing: number
  private readonly values: Float64Array
  /** Parabolas of the envelope from left to right, and where each takes over. */
  private readonly roots: Int32Array
  private readonly starts: Float64Array

  constructor(length: number, spacing: number) {
    this.spacing = spacing
    this.values = new Float64Array(length)
    this.roots = new Int32Array(length)
    this.starts = new Float64Array(length)
  }

  transform(field: Float64Array, start: number, stride: number): void {
    const { values, roots, starts, spacing } = this
    const length = values.length
    let last = -1
    for (let q = 0; q < length; q++) {
      const value = (values[q] = field[start + q * stride])
      if (value === Infinity) continue
      const x = q * spacing
      let from = -Infinity
      while (last >= 0) {
        const p = roots[last] * spacing
        from = (value + x * x - values[roots[last]] - p * p) / (2 * (x - p))
        if (from > starts[last]) break
        last--
      }
      if (last < 0) from = -Infinity
      last++
      roots[last] = q
      starts[last] = from
    }
    if (last < 0) return // no object on this line yet: all stay infinite
    for (let q = 0, k = 0; q < length; q++) {
      const x = q * spacing
      while (k < last && starts[k + 1] < x) k++
      const gap = x - roots[k] * spacing
      field[start + q * stride] = gap * gap + values[roots[k]]
    }
  }
}

/** Number of steps to the object: to any of the 3ⁿ-1 neighbours (chessboard), or along axes only (taxicab). Breadth first. */
function stepsTo({ shape, data }: Mask, distance: 'chessboard' | 'taxicab'): Float64Array {
  const moves = neighbours(shape.length).filter(
    (move) => distance === 'chessboard' || move.filter(Boolean).length === 1,
  )
  const strides = stridesOf(shape)
  const steps = new Float64Array(sizeOf(shape)).fill(Infinity)
  const queue = new Int32Array(steps.length)
  let tail = 0
  data.forEach((inside, i) => {
    if (inside) {
      steps[i] = 0
      queue[tail++] = i
    }
  })
  const at = new Array<number>(shape.length)
  for (let head = 0; head < tail; head++) {
    const i = queue[head]
    strides.forEach((stride, axis) => (at[axis] = Math.floor(i / stride) % shape[axis]))
    for (const move of moves) {
      let j = i
      let inside = true
      for (let axis = 0; axis < move.length && inside; axis++) {
        const to = at[axis] + move[axis]
        inside = to >= 0 && to < shape[axis]
        j += move[axis] * strides[axis]
      }
      if (inside && steps[j] === Infinity) {
        steps[j] = steps[i] + 1
        queue[tail++] = j
      }
    }
  }
  return steps
}

/** All moves of -1, 0 or 1 along each axis, but for staying. */
function neighbours(axes: number): number[][] {
  let moves: number[][] = [[]]
  for (let axis = 0; axis < axes; axis++) moves = moves.flatMap((move) => [-1, 0, 1].map((step) => [...move, step]))
  return moves.filter((move) => move.some(Boolean))
}
