import { expect, test } from 'vitest'
import { gaussianFilter, gaussianKernel } from './gaussian.ts'

test('Gaussian kernels are symmetric and sum to nearly one', () => {
  for (const sigma of [0.3, 0.8, 1.7, 5]) {
    const kernel = gaussianKernel(sigma)
    expect(kernel).toEqual(kernel.toReversed())
    expect(kernel.reduce((a, b) => a + b)).toBeCloseTo(1, 4)
  }
})

test('the weights are integrals of the Gaussian over voxels', () => {
  // 0.5 (erf(0.5 / √2) - erf(-0.5 / √2)), and the neighbours' share
  const [, , , , centre, next] = gaussianKernel(1)
  expect(centre).toBeCloseTo(0.3829249225480262, 10)
  expect(next).toBeCloseTo(0.2417303374571288, 10)
})

test('smoothing a point along one axis gives the kernel, with zeros outside', () => {
  const data = new Float32Array(14)
  data[7] = 1
  const out = gaussianFilter(data, [1, 2, 7], [0, 0.6])
  const kernel = gaussianKernel(0.6)
  const reach = (kernel.length - 1) / 2
  ;[...out].forEach((x, i) => expect(x).toBeCloseTo(i < 7 ? 0 : (kernel[i - 7 + reach] ?? 0), 6))
})
