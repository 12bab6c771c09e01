import { allocate, isFloating, type DType, type TypedArray } from './dtype.ts'
import type { FloatTensor, Tensor } from './tensor.ts'

/** The number that half-precision bits stand for (IEEE 754 binary16). */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Half-precision bits nearest to `value`, ties to even. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= 65520) return sign | 0x7c00
  if (magnitude < 2 ** -14) return sign | roundEven(magnitude * 2 ** 24) // subnormal; carries into the exponent by itself
  const exponent = Math.floor(Math.log2(magnitude))
  const scaled = magnitude * 2 ** (10 - exponent) // exact: a power of two
  const fits = scaled >= 2048 ? exponent + 1 : scaled < 1024 ? exponent - 1 : exponent // log2 may be one off near powers of two
  return sign | (((fits + 15) << 10) + roundEven(magnitude * 2 ** (10 - fits)) - 1024)
}

/** The number that bfloat16 bits stand for: the upper half of a float32. */
export function bfloatToNumber(bits: number): number {
  scratchBits[0] = bits << 16
  return scratchFloat[0]
}

/** bfloat16 bits nearest to `value`, ties to even. */
export function numberToBfloat(value: number): number {
  scratchFloat[0] = value
  if (Number.isNaN(value)) return 0x7fc0
  const bits = scratchBits[0]
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

const scratchFloat = new Float32Array(1)
const scratchBits = new Uint32Array(scratchFloat.buffer)

/** The nearest whole number, ties to even. */
export function roundEven(x: number): number {
  const rounded = Math.round(x)
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

/** Elements as plain numbers; float32 and float64 arrays are returned as they are, 64-bit integers lose digits above 2^53. */
export function toFloats(dtype: DType, data: TypedArray): Exclude<TypedArray, BigInt64Array | BigUint64Array> {
  if (dtype === 'float16') return mapped(data as Uint16Array, halfToNumber, new Float32Array(data.length))
  if (dtype === 'bfloat16') return mapped(data as Uint16Array, bfloatToNumber, new Float32Array(data.length))
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return mapped<bigint, Float64Array>(data, Number, new Float64Array(data.length))
  return data
}

/**
 * Elements in another type, as NumPy's `astype`: floats to integers truncate towards zero and wrap, to bool is "not zero".
 * The same array when nothing changes.
 */
export function castArray(data: TypedArray, from: DType, to: DType): TypedArray {
  if (from === to) return data
  const numbers = toFloats(from, data)
  if (to === 'bool') return mapped(numbers, (x) => (x !== 0 ? 1 : 0), new Uint8Array(numbers.length))
  if (to === 'float16') return mapped(numbers, numberToHalf, new Uint16Array(numbers.length))
  if (to === 'bfloat16') return mapped(numbers, numberToBfloat, new Uint16Array(numbers.length))
  if (to === 'int64' || to === 'uint64') {
    const out = allocate(to, numbers.length) as BigInt64Array
    for (let i = 0; i < out.length; i++) out[i] = BigInt(Number.isFinite(numbers[i]) ? Math.trunc(numbers[i]) : 0)
    return out
  }
  const out = allocate(to, numbers.length)
  if (isFloating(to) || !isFloating(from)) out.set(numbers as Float32Array as never)
  else for (let i = 0; i < numbers.length; i++) out[i] = Math.trunc(numbers[i])
  return out
}

/** `out`, filled; TypedArray.from with a function lists all numbers first, which fails for 2^27 and more. */
function mapped<N, T extends Uint8Array | Uint16Array | Float32Array | Float64Array>(
  numbers: ArrayLike<N>,
  convert: (x: N) => number,
  out: T,
): T {
  for (let i = 0; i < out.length; i++) out[i] = convert(numbers[i])
  return out
}

/** A tensor in float32, with the same array when it is that already. */
export function asFloats({ dtype, shape, data }: Tensor): FloatTensor {
  return { dtype: 'float32', shape, data: castArray(data, dtype, 'float32') as FloatTensor['data'] } // as asked for
}
