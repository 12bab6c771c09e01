import { expect, test } from 'vitest'
import { commonType, type DType } from './dtype.ts'

/** Each row: a type with float32, float64, float16, bfloat16, int8, uint8, int16, int32, int64, bool, as torch has it. */
test.each([
  ['float16', 'float32 float64 float16 float32 float16 float16 float16 float16 float16 float16'],
  ['bfloat16', 'float32 float64 float32 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16'],
  ['int8', 'float32 float64 float16 bfloat16 int8 int16 int16 int32 int64 int8'],
  ['uint8', 'float32 float64 float16 bfloat16 int16 uint8 int16 int32 int64 uint8'],
  ['int32', 'float32 float64 float16 bfloat16 int32 int32 int32 int32 int64 int32'],
  ['bool', 'float32 float64 float16 bfloat16 int8 uint8 int16 int32 int64 bool'],
] as const)('a type that holds %s and others', (dtype, expected) => {
  const others: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'] // prettier-ignore
  expect(others.map((other) => commonType(dtype, other)).join(' ')).toBe(expected)
  expect(others.map((other) => commonType(other, dtype)).join(' ')).toBe(expected)
})
