import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { medianFilter } from './median.ts'
import { medianFilter as reference } from './reference/median.ts'

const cases = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 3 })
  .chain((axes) => fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constant(axes)))

test('medianFilter agrees with the reference, NaN included', () => {
  fc.assert(
    fc.property(cases, fc.boolean(), ([channels, axes], broken) => {
      const shape = [channels, ...axes.map(([n]) => n)]
      const radii = axes.map(([, r]) => r)
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(7 * i))
      if (broken) data[data.length >> 1] = NaN
      const before = data.slice()
      expect(medianFilter(data, shape, radii)).toEqual(reference(data, shape, radii))
      expect(data).toEqual(before)
    }),
    { numRuns: 60 },
  )
})

test('medianFilter refuses radii that do not fit', () => {
  expect(() => medianFilter(new Float32Array(6), [1, 6], [1, 1])).toThrow(
    /^medianFilter: 2 radii and 6 values do not fit \[1, 6\]; give a radius for each axis after the first$/,
  )
})
