import { correlate } from './correlate.ts'

/**
 * Gaussian smoothing of the axes after the first, one standard deviation in voxels per axis; 0 leaves an axis alone.
 * Zeros lie outside; the kernel is cut off at `truncated` deviations and not normalised (MONAI `GaussianFilter`).
 */
export function gaussianFilter(
  data: Float32Array,
  shape: readonly number[],
  sigmas: readonly number[],
  truncated = 4,
): Float32Array {
  const kernels = sigmas.map((sigma) => (sigma === 0 ? null : gaussianKernel(sigma, truncated)))
  return correlate(data, shape, kernels)
}

/** Each weight is the Gaussian's integral over its voxel, by the error function. */
export function gaussianKernel(sigma: number, truncated = 4): number[] {
  const tail = Math.floor(Math.max(sigma * truncated, 0.5) + 0.5)
  const t = Math.SQRT1_2 / Math.abs(sigma)
  return Array.from({ length: 2 * tail + 1 }, (_, i) => {
    const x = i - tail
    return Math.max(0, 0.5 * (errorFunction(t * (x + 0.5)) - errorFunction(t * (x - 0.5))))
  })
}

/** erf by its power series for small arguments and the continued fraction of erfc for large ones; near 1e-15. */
function errorFunction(x: number): number {
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a > 2.5) return Math.sign(x) * (1 - complement(a))
  let term = a
  let sum = a
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
    term *= (-a * a) / n
    sum += term / (2 * n + 1)
  }
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum
}

function complement(x: number): number {
  let fraction = 0
  for (let k = 60; k >= 1; k--) fraction = k / 2 / (x + fraction)
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
}
