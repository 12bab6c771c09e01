import { correlate } from './correlate.ts'

/** How the weights of a Gaussian are found: integrals over voxels, values at their middles, or diffusion on a lattice. */
export const gaussianApproximations = ['erf', 'sampled', 'scalespace'] as const
type Approximation = (typeof gaussianApproximations)[number]

/**
 * Gaussian smoothing of the axes after the first, one standard deviation in voxels per axis; 0 leaves an axis alone.
 * Zeros lie outside; `out` is where the result may go, also into `data`; the kernel is cut off at `truncated` deviations and not normalised (MONAI `GaussianFilter`).
 */
export function gaussianFilter(
  data: Float32Array,
  shape: readonly number[],
  sigmas: readonly number[],
  truncated = 4,
  approximation: Approximation = 'erf',
  out?: Float32Array,
): Float32Array {
  const kernels = sigmas.map((sigma) => (sigma === 0 ? null : gaussianKernel(sigma, truncated, approximation)))
  return correlate(data, shape, kernels, out)
}

/** The weights of a Gaussian at whole numbers. */
export function gaussianKernel(sigma: number, truncated = 4, approximation: Approximation = 'erf'): number[] {
  const tail = Math.floor(Math.max(sigma * truncated, 0.5) + 0.5)
  const weight = weights[approximation](sigma)
  return Array.from({ length: 2 * tail + 1 }, (_, i) => weight(i - tail))
}

const weights: Readonly<Record<Approximation, (sigma: number) => (x: number) => number>> = {
  /** The Gaussian's integral over the voxel, by the error function. */
  erf(sigma) {
    const t = Math.SQRT1_2 / Math.abs(sigma)
    return (x) => Math.max(0, 0.5 * (errorFunction(t * (x + 0.5)) - errorFunction(t * (x - 0.5))))
  },
  sampled: (sigma) => (x) => Math.exp((-0.5 / sigma ** 2) * x ** 2) / (Math.sqrt(2 * Math.PI) * sigma),
  /** e^{-t} I_n(t) with t = sigma² (Lindeberg 1990): the mean of e^{t (cos φ - 1)} cos nφ over a circle. */
  scalespace(sigma) {
    const angles = 64 + 16 * Math.ceil(sigma)
    const angle = (k: number) => (2 * Math.PI * k) / angles
    const heights = Array.from({ length: angles }, (_, k) => Math.exp(sigma ** 2 * (Math.cos(angle(k)) - 1)) / angles)
    return (n) => heights.reduce((sum, height, k) => sum + height * Math.cos(angle((k * n) % angles)), 0)
  },
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
