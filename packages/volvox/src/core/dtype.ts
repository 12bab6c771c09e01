import { OptionError, didYouMean, shown } from './errors.ts'
import { prepared } from './largeArrays.ts'

/** Arrays that hold voxels and weights. float16 and bfloat16 are kept as their bits. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/** Names of element types, as NumPy and PyTorch spell them. `bool` is stored as one byte, 0 or 1. */
export type DType = keyof typeof arrays

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const

export const dtypes = Object.keys(arrays) as readonly DType[]

/** Whether `data` is the kind of array that holds elements of `dtype`. */
export function holds(dtype: DType, data: unknown): data is TypedArray {
  return data instanceof arrays[dtype]
}

/** Bytes of one element. */
export function bytesOf(dtype: DType): number {
  return arrays[dtype].BYTES_PER_ELEMENT
}

/** A zero-filled array for `length` elements of `dtype`. */
export function allocate(dtype: DType, length: number): TypedArray {
  return prepared(new arrays[dtype](length))
}

type MakeBuffer = (bytes: number) => ArrayBuffer

let makeBuffer: MakeBuffer = (bytes) => new ArrayBuffer(bytes)

/** Says how the platform gets memory that holds anything; by itself JavaScript has none. */
export function useUnclearedMemory(make: MakeBuffer): void {
  makeBuffer = make
}

/** An array of which the caller writes every element: clearing it first takes as long as many transforms. */
export function uncleared(dtype: DType, length: number): TypedArray {
  return prepared(new arrays[dtype](makeBuffer(length * bytesOf(dtype))))
}

/** A copy of an array, which `slice` would clear first. */
export function copied<T extends TypedArray>(dtype: DType, data: T): T {
  const copy = uncleared(dtype, data.length) as T // of the same element type
  copy.set(data as never)
  return copy
}

/** `uncleared` for float32. */
export function unclearedFloats(length: number): Float32Array<ArrayBuffer> {
  return prepared(new Float32Array(makeBuffer(4 * length)))
}

/** The bytes of an array, in the same memory. */
export function bytesIn({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** A view of `bytes` (or part of a buffer) as elements of `dtype`; copies only when the place is not aligned. */
export function viewAs(dtype: DType, buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray {
  const Type = arrays[dtype] as new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedArray
  const size = bytesOf(dtype)
  if (byteOffset % size === 0) return new Type(buffer, byteOffset, length)
  return new Type(buffer.slice(byteOffset, byteOffset + length * size), 0, length)
}

export function isFloating(dtype: DType): boolean {
  return dtype.includes('float')
}

const ranges: Partial<Record<DType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
}

/** Smallest and largest value of an integer type up to 32 bits; null for the others. */
export function rangeOf(dtype: DType): readonly [number, number] | null {
  return ranges[dtype] ?? null
}

/** The type named by `name`: ours, `torch.float32`, `numpy.float32`, `np.float32`, `float`, `double`, `long`, `half`. */
export function dtypeNamed(name: string, where: string): DType {
  const bare = name.replace(/^(torch|numpy|np)\./, '')
  const found = bare in arrays ? (bare as DType) : aliases[bare]
  if (found) return found
  const hint = didYouMean(bare, dtypes)
  throw new OptionError(
    where,
    `${shown(name)} is not an element type; ${hint ? `did you mean "${hint}"?` : `use one of ${dtypes.join(', ')}`}`,
  )
}

const aliases: Record<string, DType> = {
  float: 'float32',
  double: 'float64',
  half: 'float16',
  long: 'int64',
  int: 'int32',
  short: 'int16',
  float_: 'float64',
  bool_: 'bool',
}

const signed: readonly DType[] = ['int8', 'int16', 'int32', 'int64']

/** The element type that holds what either type holds, by the rules of torch and NumPy (`promote_types`). */
export function commonType(a: DType, b: DType): DType {
  if (a === b || b === 'bool') return a
  if (a === 'bool') return b
  if (isFloating(a) && isFloating(b) && bytesOf(a) === bytesOf(b)) return 'float32' // float16 and bfloat16
  if (isFloating(a) !== isFloating(b)) return isFloating(a) ? a : b
  const [narrow, wide] = bytesOf(a) < bytesOf(b) ? [a, b] : [b, a]
  if (
    isFloating(a) ||
    signed.includes(a) === signed.includes(b) ||
    (bytesOf(narrow) < bytesOf(wide) && signed.includes(wide))
  )
    return wide
  return signed.find((dtype) => bytesOf(dtype) > bytesOf(wide)) ?? 'float64'
}
