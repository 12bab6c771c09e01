import { sizeOf, stridesOf } from '../core/tensor.ts'

/**
 * Number of steps from each element to the nearest non-zero one: to any of the 3ⁿ-1 neighbours (chessboard), or along axes
 * only (taxicab); infinite when there is none. Breadth first.
 */
export function stepsTo(data: Uint8Array, shape: readonly number[], distance: 'chessboard' | 'taxicab'): Float64Array {
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
