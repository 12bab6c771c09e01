import { expect, test } from 'vitest'
import { bfloatToNumber, castArray, halfToNumber, numberToHalf, toFloats } from './convert.ts'
import { allocate, dtypes, type DType } from './dtype.ts'

const edges = [0, -0, 0.5, -0.5, 1.5, -1.5, 254.7, -129, 32768.9, 65519.9, 65520, 2 ** -14, 2 ** -25, -(2 ** 31), 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 1e12, -1e12, NaN, Infinity, -Infinity] // prettier-ignore
const whole: readonly DType[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32']

test('floats become whole numbers by truncation, and wrap', () => {
  for (const [from, values] of [
    ['float32', Float32Array.from(edges)],
    ['float64', Float64Array.from(edges)],
  ] as const)
    for (const to of whole) {
      const want = allocate(to, values.length)
      for (let i = 0; i < values.length; i++) want[i] = Math.trunc(values[i])
      expect(castArray(values, from, to)).toEqual(want)
    }
})

test('64-bit integers come from floats and become them again, whichever words they fill', () => {
  const values = Float64Array.from(edges)
  const exact = [...values].map((x) => BigInt(Number.isFinite(x) ? Math.trunc(x) : 0))
  expect(castArray(values, 'float64', 'int64')).toEqual(BigInt64Array.from(exact))
  expect(castArray(values, 'float64', 'uint64')).toEqual(BigUint64Array.from(exact))
  for (const [dtype, data] of [
    ['int64', BigInt64Array.from(exact)],
    ['uint64', BigUint64Array.from(exact)],
  ] as const)
    expect(toFloats(dtype, data.subarray(1))).toEqual(Float64Array.from(data.subarray(1) as BigInt64Array, Number))
})

test('every half is what it was after going through float32, and halves are found with ties to even', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((half) => !Number.isNaN(halfToNumber(half)))
  expect(castArray(castArray(bits, 'float16', 'float32'), 'float32', 'float16')).toEqual(bits)
  const between = Float32Array.from(
    bits.subarray(0, 31742),
    (half) => (halfToNumber(half) + halfToNumber(half + 1)) / 2,
  )
  for (const values of [between, Float32Array.from(between, (x) => -x * 1.0001), Float32Array.from(edges)])
    expect(castArray(values, 'float32', 'float16')).toEqual(Uint16Array.from(values, numberToHalf))
})

test('bfloat16 is the upper half of a float32', () => {
  const bits = Uint16Array.of(0, 0x3f80, 0xbf80, 0x7f80, 0x0001)
  expect(toFloats('bfloat16', bits)).toEqual(Float32Array.from(bits, bfloatToNumber))
})

test('to bool is "not zero" from every type', () => {
  for (const from of dtypes)
    expect([...castArray(castArray(Float32Array.of(0, 1, 2), 'float32', from), from, 'bool')]).toEqual([0, 1, 1])
})
