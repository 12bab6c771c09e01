import { expect, test } from 'vitest'
import { bSpline, sampleSpline, sampleSplineField, splinePaddings } from './spline.ts'

const line = Float32Array.of(3, -1, 4, 1, -5, 9, 2, -6)
const at = (positions: readonly number[], order: number, padding: (typeof splinePaddings)[number]) =>
  positions.map(
    (x) =>
      sampleSpline({ data: line, channels: 1, shape: [8], outShape: [1], matrix: [1, x, 0, 1] }, order, padding)[0],
  )

test('B-splines sum to one at any position', () => {
  for (let order = 0; order <= 5; order++)
    for (const x of [0, 0.13, 0.5, 0.77]) {
      const sum = Array.from({ length: 9 }, (_, k) => bSpline(order, x + k - 4)).reduce((a, b) => a + b)
      expect(sum).toBeCloseTo(1, 12)
    }
})

for (const padding of splinePaddings)
  test(`splines of every order pass through the voxels, ${padding}`, () => {
    for (let order = 0; order <= 5; order++) {
      const values = at([0, 1, 2, 3, 4, 5, 6, 7], order, padding)
      // The padded margins stand for an infinite continuation, to about 1e-5.
      values.forEach((value, i) =>
        expect(value).toBeCloseTo(line[i], padding === 'grid-constant' || padding === 'nearest' ? 3 : 5),
      )
    }
  })

// scipy.ndimage.map_coordinates([3, -1, 4, 1, -5, 9, 2, -6], [[-2.3, -0.4, 0.6, 3.5, 6.8, 7.4, 9.1]], order, mode=...)
const positions = [-2.3, -0.4, 0.6, 3.5, 6.8, 7.4, 9.1]
const recorded: [order: number, padding: (typeof splinePaddings)[number], values: number[]][] = [
  [0, 'nearest', [3.0, 3.0, -1.0, -5.0, -6.0, -6.0, -6.0]],
  [1, 'constant', [0.0, 0.0, 0.6, -2.0, -4.4, 0.0, 0.0]],
  [1, 'grid-wrap', [4.1, -0.6, 0.6, -2.0, -4.4, -2.4, -0.5]],
  [1, 'reflect', [0.5, 3.0, 0.6, -2.0, -4.4, -6.0, 2.7]],
  [2, 'mirror', [4.206736, 1.700249, 0.240498, -3.62426, -5.578494, -4.313977, 8.276573]],
  [2, 'nearest', [3.014603, 3.49895, -0.068094, -3.624892, -5.044126, -6.647234, -6.009416]],
  [3, 'constant', [0.0, 0.0, 0.4405, -4.003049, -5.582637, 0.0, 0.0]],
  [3, 'grid-constant', [0.12351, 2.429598, 0.238985, -3.996606, -5.66682, -4.24642, -0.104106]],
  [3, 'nearest', [3.039989, 3.576827, -0.016746, -4.002405, -5.147359, -6.540973, -6.019088]],
  [3, 'mirror', [4.516991, 1.613667, 0.4405, -4.003049, -5.582637, -4.427911, 8.114552]],
  [3, 'reflect', [-0.010383, 4.034205, -0.13925, -4.002232, -5.030742, -6.969919, 3.216865]],
  [3, 'wrap', [5.390301, -4.427911, 0.4405, -4.003049, -5.582637, 1.613667, 4.316594]],
  [3, 'grid-wrap', [5.997125, -0.294, 0.865714, -4.002232, -6.050857, -2.641714, -0.983911]],
  [4, 'reflect', [-0.129593, 4.222044, -0.226298, -4.352792, -5.17786, -6.776467, 3.297254]],
  [5, 'grid-mirror', [-0.194734, 4.280618, -0.219337, -4.519112, -5.302223, -6.584792, 3.360472]],
  [5, 'grid-wrap', [6.594888, 0.00587, 1.032358, -4.519112, -6.462492, -2.310047, -1.117797]],
  [5, 'nearest', [3.111928, 3.701765, 0.019001, -4.532766, -5.381878, -6.332506, -6.018951]],
]

for (const [order, padding, values] of recorded)
  test(`splines of order ${order} agree with scipy, ${padding}`, () => {
    at(positions, order, padding).forEach((value, i) => expect(value).toBeCloseTo(values[i], 4))
    const job = { data: Float32Array.of(3, -1, 4, 1, -5, 9, 2, -6), channels: 1, shape: [8] }
    const places = Float64Array.from(positions, (x) => x - 0.25)
    const field = sampleSplineField({ ...job, positions: places, origin: [0.25] }, order, padding)
    field.forEach((value, i) => expect(value).toBeCloseTo(values[i], 4))
  })

// scipy.ndimage.map_coordinates([1, 4, 2], [[0.5, 1.25, 2.75]], order, mode='reflect')
test('splines on an axis of a few voxels are those of scipy', () => {
  const short = { data: Float32Array.of(1, 4, 2), channels: 1, shape: [3], positions: Float64Array.of(0.5, 1.25, 2.75) }
  for (const [order, values] of [
    [2, [2.714275, 3.892859, 1.678571]],
    [3, [2.774738, 3.875052, 1.587479]],
    [5, [2.843002, 3.917956, 1.48184]],
  ] as const)
    sampleSplineField(short, order, 'reflect').forEach((x, i) => expect(x).toBeCloseTo(values[i], 5))
})
