import fc from 'fast-check'
import { expect, test } from 'vitest'
import { percentiles } from './quantile.ts'

test('percentiles are what a sorted list has, interpolated', () => {
  const lists = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(lists, fc.integer({ min: 0, max: 100 }), (list, q) => {
      const sorted = Float32Array.from(list).sort()
      const place = Math.fround(Math.fround(q / 100) * (list.length - 1))
      const low = sorted[Math.floor(place)]
      const high = sorted[Math.min(Math.floor(place) + 1, list.length - 1)]
      const want = place === Math.floor(place) ? low : Math.fround(low + (place - Math.floor(place)) * (high - low))
      expect(percentiles(Float32Array.from(list), [q])[0]).toBeCloseTo(want, 6)
    }),
  )
})

test('several percentiles at once, of negative values and parts of a buffer', () => {
  const data = Float32Array.of(9, -3, -1, 0, 5, 1e30).subarray(1)
  expect(percentiles(data, [0, 25, 50, 100])).toEqual([-3, -1, 0, Math.fround(1e30)])
})

test('NaN among the values gives NaN', () => {
  expect(percentiles(Float32Array.of(1, NaN, 3), [0, 50])).toEqual([NaN, NaN])
  expect(percentiles(new Float32Array(0), [50])).toEqual([NaN])
})
