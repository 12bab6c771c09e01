import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { applyBands, bandsFrom } from './bands.ts'
import { applyBands as reference } from './reference/bands.ts'

const cases = fc
  .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.nat(shape.length - 1), fc.integer({ min: 1, max: 9 }), fc.nat(4)))

test('applyBands agrees with the reference along every axis', () => {
  fc.assert(
    fc.property(cases, ([shape, axis, size, reach]) => {
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(7 * i))
      const bands = bandsFrom(shape[axis], size, (o) => Array.from({ length: reach }, (_, k) => [o + k - 2, 0.3 + k]))
      const [got, want] = [applyBands(data, shape, axis, bands), reference(data, shape, axis, bands)]
      expect(got.length).toBe(want.length)
      for (let i = 0; i < want.length; i++) expect(Math.abs(got[i] - want[i])).toBeLessThan(1e-5)
    }),
  )
})

test('bandsFrom drops places outside and adds up repeated ones', () => {
  const bands = bandsFrom(3, 2, (o) => [
    [o - 1, 1],
    [o, 2],
    [o, 3],
    [5, 9],
  ])
  expect([...applyBands(Float32Array.of(1, 10, 100), [3], 0, bands)]).toEqual([5, 51])
})

test('applyBands refuses bands for another length', () => {
  expect(() =>
    applyBands(
      new Float32Array(6),
      [2, 3],
      0,
      bandsFrom(3, 3, (o) => [[o, 1]]),
    ),
  ).toThrow(/^applyBands: bands for 3 elements do not fit axis 0 of \[2, 3\]$/)
})
