import type { Statistics } from '../pointwise.ts'

/** `statistics` in a few plain lines. */
export function statistics(data: ArrayLike<number>): Statistics {
  const values = Array.from(data)
  const sum = values.reduce((total, x) => total + x, 0)
  const mean = sum / values.length
  const std = Math.sqrt(values.reduce((total, x) => total + (x - mean) ** 2, 0) / values.length)
  return { min: values.reduce((a, b) => Math.min(a, b)), max: values.reduce((a, b) => Math.max(a, b)), sum, mean, std }
}

/** `scaleShift` in float32 steps, as the kernel rounds. */
export function scaleShift(data: Float32Array, scale: number, shift: number, low: number, high: number): Float32Array {
  const [a, b] = [Math.fround(scale), Math.fround(shift)]
  return data.map((x) => Math.min(Math.max(Math.fround(Math.fround(x * a) + b), Math.fround(low)), Math.fround(high)))
}
