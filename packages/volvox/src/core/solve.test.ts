import { expect, test } from 'vitest'
import { invert, multiply, solve } from './affine.ts'

const a = [0.2, 1.4, -0.3, 12, -1.1, 0.1, 0.4, -30, 0.3, 0.2, 2.2, 7, 0, 0, 0, 1]
const b = [1.3, 0, 0, -4, 0, 1.3, 0.1, 5, 0, 0, 1.6, 9, 0, 0, 0, 1]

test('solve gives the inverse of the one times the other', () => {
  const want = multiply(invert(a), b)
  solve(a, b).forEach((x, i) => expect(x).toBeCloseTo(want[i], 12))
})

test('solve has the rounding of NumPy where a scanner lattice is resampled', () => {
  const from = [-1.5, 0, 0, -12.5, 0, -0.9, 0, 30.25, 0, 0, 2, -7, 0, 0, 0, 1]
  const to = [-1.3, 0, 0, -12.5, 0, -1.1, 0, 30.25, 0, 0, 1.7, -7, 0, 0, 0, 1]
  expect(solve(from, to)).toEqual([0.8666666666666667, 0, 0, 0, 0, 1.2222222222222223, 0, 0, 0, 0, 0.85, 0, 0, 0, 0, 1])
})

test('solve names a matrix without an inverse', () => {
  expect(() => solve([1, 0, 0, 0], [1, 0, 0, 1], 'Spacing.pixdim')).toThrow(
    /^Spacing\.pixdim: the matrix has no inverse; each axis/,
  )
})
