import { uncleared, type DType, type TypedArray } from './dtype.ts'
import type { FloatTensor, Tensor } from './tensor.ts'

/** The number that half-precision bits stand for (IEEE 754 binary16). */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * halfScales[exponent]
}

const halfScales = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 15))

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
  if (dtype === 'float16' || dtype === 'bfloat16') return widened(data as Uint16Array, dtype)
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return wholeNumbers(data)
  return data
}

// Plain loops: a callback for each element takes ten to a hundred times as long, and TypedArray.from with one first lists
// all numbers, which fails for 2^27 and more.

function widened(bits: Uint16Array, dtype: 'float16' | 'bfloat16'): Float32Array {
  const out = new Float32Array(bits.length)
  if (dtype === 'float16') for (let i = 0; i < bits.length; i++) out[i] = halfToNumber(bits[i])
  else {
    const words = new Uint32Array(out.buffer)
    for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16
  }
  return out
}

/** 64-bit integers are read as two words: no BigInt is made of those that fit into the lower one. */
function wholeNumbers(data: BigInt64Array | BigUint64Array): Float64Array {
  const out = new Float64Array(data.length)
  const words = new Int32Array(data.buffer, data.byteOffset, 2 * data.length)
  const signed = data instanceof BigInt64Array
  for (let i = 0; i < out.length; i++) {
    const low = words[2 * i]
    out[i] = words[2 * i + 1] === low >> 31 && (signed || low >= 0) ? low : Number(data[i])
  }
  return out
}

/**
 * Elements in another type, as NumPy's `astype`: floats to integers truncate towards zero and wrap, to bool is "not zero".
 * The same array when nothing changes.
 */
export function castArray(data: TypedArray, from: DType, to: DType): TypedArray {
  if (from === to) return data
  const numbers = toFloats(from, data)
  const out = uncleared(to, numbers.length)
  const { length } = numbers
  if (to === 'bool') for (let i = 0; i < length; i++) out[i] = numbers[i] !== 0 ? 1 : 0
  else if (to === 'float16') narrowToHalf(numbers, out as Uint16Array)
  else if (to === 'bfloat16') for (let i = 0; i < length; i++) out[i] = numberToBfloat(numbers[i])
  else if (out instanceof BigInt64Array || out instanceof BigUint64Array) intoWords(numbers, out)
  else out.set(numbers) // which truncates and wraps
  return out
}

function narrowToHalf(numbers: ReturnType<typeof toFloats>, out: Uint16Array): void {
  if (!(numbers instanceof Float32Array)) {
    for (let i = 0; i < out.length; i++) out[i] = numberToHalf(numbers[i])
    return
  }
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)
  for (let i = 0; i < out.length; i++) {
    const magnitude = words[i] & 0x7fffffff
    const normal = magnitude >= 0x38800000 && magnitude < 0x477ff000 // from 2^-14, and below 65520, which rounds to infinity
    out[i] = normal
      ? ((words[i] >>> 16) & 0x8000) | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
      : numberToHalf(numbers[i])
  }
}

function intoWords(numbers: ReturnType<typeof toFloats>, out: BigInt64Array | BigUint64Array): void {
  const words = new Int32Array(out.buffer)
  for (let i = 0; i < out.length; i++) {
    const x = numbers[i]
    const low = x | 0
    if (x > -2147483649 && x < 2147483648) {
      words[2 * i] = low
      words[2 * i + 1] = low >> 31
    } else out[i] = BigInt(Number.isFinite(x) ? Math.trunc(x) : 0)
  }
}

/** A tensor in float32, with the same array when it is that already. */
export function asFloats({ dtype, shape, data }: Tensor): FloatTensor {
  return { dtype: 'float32', shape, data: castArray(data, dtype, 'float32') as FloatTensor['data'] } // as asked for
}
