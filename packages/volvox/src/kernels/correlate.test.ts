import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { correlate } from './correlate.ts'
import { correlate as reference } from './reference/correlate.ts'

const kernel = fc
  .integer({ min: 0, max: 12 })
  .map((reach) => Array.from({ length: 2 * reach + 1 }, (_, k) => 1 / (k + 1)))
const cases = fc.array(fc.integer({ min: 1, max: 37 }), { minLength: 1, maxLength: 3 }).chain((spatial) =>
  fc.tuple(
    fc.integer({ min: 1, max: 2 }).map((channels) => [channels, ...spatial]),
    fc.array(fc.option(kernel), { minLength: spatial.length, maxLength: spatial.length }),
  ),
)

test('correlate agrees with the reference, for any axes and kernels wider than the image', () => {
  fc.assert(
    fc.property(cases, ([shape, kernels]) => {
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(7 * i))
      const before = data.slice()
      const [got, want] = [correlate(data, shape, kernels), reference(data, shape, kernels)]
      expect(got.length).toBe(want.length)
      for (let i = 0; i < want.length; i++) expect(Math.abs(got[i] - want[i])).toBeLessThan(1e-4)
      expect(data).toEqual(before)
    }),
    { numRuns: 60 },
  )
})

test('correlate refuses kernels that do not fit', () => {
  expect(() => correlate(new Float32Array(6), [1, 6], [[1, 2]])).toThrow(
    /^correlate: 1 kernels \(one of 2 weights\) and 6 values do not fit \[1, 6\]; give one of odd length for each axis after the first$/,
  )
})
