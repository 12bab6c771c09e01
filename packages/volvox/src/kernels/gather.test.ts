import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocate, type DType } from '../core/dtype.ts'
import { sizeOf } from '../core/tensor.ts'
import { canGather, gatherFloats } from './gather.ts'

const dtypes: readonly DType[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64']

test('gatherFloats takes voxels of any type and order of axes, scaled in float64', () => {
  const cases = fc.record({
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.integer({ min: 1, max: 35 }), { minLength: 1, maxLength: 3 }),
    order: fc.shuffledSubarray([0, 1, 2], { minLength: 3, maxLength: 3 }),
    scaling: fc.option(fc.record({ slope: fc.double({ min: -3, max: 3, noNaN: true }), intercept: fc.constant(0.1) })),
  })
  fc.assert(
    fc.property(cases, ({ dtype, shape, order, scaling }) => {
      const data = allocate(dtype, 3 + sizeOf(shape))
      for (let i = 0; i < data.length; i++) data[i] = (((i * 7919) % 251) - 100) as never
      const strides = new Array<number>(shape.length).fill(0)
      let step = 1
      for (const axis of order.filter((axis) => axis < shape.length)) {
        strides[axis] = step
        step *= shape[axis]
      }
      const gathering = { dtype, elements: () => data, start: 3, shape, strides, scaling }
      expect(canGather(gathering)).toBe(true)
      const got = gatherFloats(gathering)
      for (let i = 0; i < got.length; i++) {
        let [rest, place] = [i, 3]
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          place += (rest % shape[axis]) * strides[axis]
          rest = Math.floor(rest / shape[axis])
        }
        const stored = Number(data[place])
        if (got[i] !== Math.fround(scaling ? stored * scaling.slope + scaling.intercept : stored))
          throw new Error(`voxel ${i}: ${got[i]} from ${stored}`)
      }
    }),
    { numRuns: 60 },
  )
})

test('what would leave the array, or is of 64-bit integers, is left to others', () => {
  const whole = {
    dtype: 'int16' as const,
    elements: () => new Int16Array(8),
    start: 0,
    shape: [2, 4],
    strides: [1, 2],
    scaling: null,
  }
  expect(canGather(whole)).toBe(true)
  expect(canGather({ ...whole, start: 1 })).toBe(false)
  expect(canGather({ ...whole, strides: [-1, 2] })).toBe(false)
  expect(canGather({ ...whole, dtype: 'int64', elements: () => new BigInt64Array(8) })).toBe(false)
})
