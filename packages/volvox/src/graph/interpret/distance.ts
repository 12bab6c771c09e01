import { sizeOf } from '../../core/tensor.ts'
import { squaredDistances } from '../../kernels/index.ts'
import type { Kernel } from './array.ts'

/** Squares of whole numbers are exact in the kernel's float32, so these are the float64 distances. */
export const distanceTransform: Kernel<'distanceTransform'> = ([{ shape, data }]) => {
  const out = new Float64Array(data.length)
  distancesToZero(data, shape, (i, squared) => (out[i] = Math.sqrt(squared)))
  return [out]
}

/** Calls `put` with the squared distance from each element that is not 0 to the nearest 0 of its channel. */
export function distancesToZero(
  data: ArrayLike<number>,
  shape: readonly number[],
  put: (index: number, squared: number) => void,
): void {
  const spatial = shape.slice(2)
  const size = sizeOf(spatial)
  const zeros = new Uint8Array(size)
  for (let first = 0; first < data.length; first += size) {
    for (let i = 0; i < size; i++) zeros[i] = data[first + i] === 0 ? 1 : 0
    const squared = squaredDistances(zeros, spatial)
    for (let i = 0; i < size; i++) put(first + i, squared[i] === Infinity ? 0 : squared[i])
  }
}
