import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countOnes } from './overlap.ts'

test('ones of two masks are counted, and anything else is seen wherever it is', () => {
  const length = 2 ** 15 + 11
  fc.assert(
    fc.property(fc.nat(length - 1), fc.nat(7), fc.constantFrom(-0, 0.5, -1, NaN, 2), (at, cut, value) => {
      const [a, b] = [3, 5].map((n) => Float32Array.from({ length: length - cut }, (_, i) => (i % n < 2 ? 1 : 0)))
      const count = (test: (i: number) => boolean) => a.filter((_, i) => test(i)).length
      expect(countOnes(a, b)).toEqual({
        both: count((i) => i % 3 < 2 && i % 5 < 2),
        first: count((i) => i % 3 < 2),
        second: count((i) => i % 5 < 2),
      })
      const place = Math.min(at, length - cut - 1)
      expect(countOnes(a.with(place, value), b)).toBe(null)
      expect(countOnes(a, b.with(place, value))).toBe(null)
    }),
    { numRuns: 20 },
  )
  expect(countOnes(new Float32Array(0), new Float32Array(0))).toEqual({ both: 0, first: 0, second: 0 })
})
