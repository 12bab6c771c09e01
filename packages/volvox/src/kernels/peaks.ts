import { sizeOf, stridesOf } from '../core/tensor.ts'

/** A local maximum of a map. */
export interface Peak {
  readonly value: number
  readonly place: readonly number[]
}

/**
 * The largest value of a map, then the largest outside of a box around it, and so on while values are above `threshold`
 * (0 or more). A box reaches half its size, rounded down, before its peak, and the rest from it on.
 */
export function peaks(
  map: ArrayLike<number>,
  shape: readonly number[],
  threshold: number,
  boxSize: readonly number[],
): Peak[] {
  const strides = stridesOf(shape)
  const candidates = Array.from(map, (_, i) => i).filter((i) => map[i] > threshold)
  const order = candidates.sort((a, b) => map[b] - map[a] || a - b)
  const taken = new Uint8Array(sizeOf(shape))
  return order.flatMap((i) => {
    if (taken[i]) return []
    const place = strides.map((stride, axis) => Math.floor(i / stride) % shape[axis])
    const low = place.map((at, axis) => Math.max(0, at - Math.floor(boxSize[axis] / 2)))
    const high = place.map((at, axis) => Math.min(shape[axis], at + Math.ceil(boxSize[axis] / 2)))
    const take = (axis: number, offset: number): void => {
      const [first, last] = [offset + low[axis] * strides[axis], offset + high[axis] * strides[axis]]
      if (axis === shape.length - 1) taken.fill(1, first, last)
      else for (let at = first; at < last; at += strides[axis]) take(axis + 1, at)
    }
    take(0, 0)
    return [{ value: map[i], place }]
  })
}
