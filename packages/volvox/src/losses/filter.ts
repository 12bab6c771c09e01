import { floats } from '../core/tensor.ts'
import { constant, type Value } from '../graph/ir.ts'
import { conv } from '../graph/layers.ts'
import * as m from '../graph/math.ts'

/**
 * Filters every channel of `[N, C, ...spatial]` along each spatial axis with its kernel. `same` keeps the size, with zeros
 * around; `valid` keeps only what the kernels cover whole.
 */
export function separableFilter(
  x: Value,
  kernels: readonly (readonly number[])[],
  border: 'same' | 'valid' = 'same',
): Value {
  const [n, channels, ...spatial] = x.shape
  const apart = m.reshape(x, [n * channels, 1, ...spatial])
  const filtered = kernels.reduce((y, kernel, axis) => {
    if (kernel.length === 1) return kernel[0] === 1 ? y : m.mul(y, kernel[0])
    const along = kernels.map((_, i) => (i === axis ? kernel.length : 1))
    const weights = m.cast(constant(floats([1, 1, ...along], kernel)), x.dtype)
    const before = along.map((length) => (border === 'same' ? Math.floor((length - 1) / 2) : 0))
    const after = along.map((length) => (border === 'same' ? Math.floor(length / 2) : 0))
    return conv(y, weights, null, { pads: [...before, ...after] })
  }, apart)
  return m.reshape(filtered, [n, channels, ...filtered.shape.slice(2)])
}

/** Every axis with one kernel. */
export function filter(x: Value, kernel: readonly number[]): Value {
  return separableFilter(
    x,
    x.shape.slice(2).map(() => kernel),
  )
}

/** exp(-x²/2σ²) at the voxels from -`reach` to `reach`. */
export function bell(sigma: number, reach: number): number[] {
  return Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)))
}

/** Voxels on either side that a kernel cut off at `truncated` standard deviations has, as MONAI rounds them. */
export function reachOf(sigma: number, truncated: number): number {
  return Math.floor(Math.max(sigma * truncated, 0.5) + 0.5)
}
