import { sizeOf } from '../../core/tensor.ts'
import type { AxisKernel } from '../correlate.ts'

/** `correlate` element by element in float64. */
export function correlate(data: Float32Array, shape: readonly number[], kernels: readonly AxisKernel[]): Float64Array {
  return kernels.reduce((values, kernel, i) => {
    if (!kernel) return values
    const axis = i + 1
    const inner = sizeOf(shape.slice(axis + 1))
    const reach = (kernel.length - 1) / 2
    return values.map((_, at) => {
      const place = Math.floor(at / inner) % shape[axis]
      return kernel.reduce((sum, weight, k) => {
        const there = place + k - reach
        return there < 0 || there >= shape[axis] ? sum : sum + weight * values[at + (k - reach) * inner]
      }, 0)
    })
  }, Float64Array.from(data))
}
