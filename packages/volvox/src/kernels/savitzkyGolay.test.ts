import { expect, test } from 'vitest'
import { savitzkyGolayKernel } from './savitzkyGolay.ts'

test('the weights are those of the tables', () => {
  const want = [-3, 12, 17, 12, -3].map((x) => x / 35)
  savitzkyGolayKernel(5, 2).forEach((weight, i) => expect(weight).toBeCloseTo(want[i], 12))
  savitzkyGolayKernel(5, 3).forEach((weight, i) => expect(weight).toBeCloseTo(want[i], 12))
  expect(savitzkyGolayKernel(3, 0).map((x) => 3 * x)).toEqual([1, 1, 1])
})

test('polynomials up to the order stay as they are', () => {
  for (const [length, order] of [
    [7, 4],
    [11, 5],
    [31, 9],
  ])
    // prettier-ignore
    for (let power = 0; power <= order; power++) {
      const half = (length - 1) / 2
      const value = savitzkyGolayKernel(length, order).reduce((sum, w, i) => sum + w * ((i - half) / half + 0.3) ** power, 0)
      expect(value).toBeCloseTo(0.3 ** power, 9)
    }
})
