import { crc32 } from '../../formats/crc32.ts'
import { DataError, FormatError } from '../../core/errors.ts'
import { bytesIn, type DType, type TypedArray } from '../../core/dtype.ts'
import { isRecord } from '../../core/json.ts'
import { readSafetensors, writeSafetensors } from '../../core/safetensors.ts'
import type { Tensor } from '../../core/tensor.ts'

/** CRC-32, as fast as the caller has it. */
type Checksum = (bytes: Uint8Array) => number

/**
 * Samples as bytes, and back: a safetensors file whose arrays are the voxels and whose metadata hold everything else as
 * JSON. Unlike a pickle it cannot run code; a damaged file is refused.
 */
export function sampleToBytes(sample: unknown, where = 'sample', sum: Checksum = crc32): Uint8Array {
  const arrays: TypedArray[] = []
  const tree = JSON.stringify(toPlain(sample, where, arrays))
  const tensors = arrays.map((data, i): [string, Tensor] => [
    String(i),
    { dtype: typeOf(data), shape: [data.length], data },
  ])
  const sums = [sum(utf8(tree)), ...arrays.map((data) => sum(bytesIn(data)))]
  return writeSafetensors(Object.fromEntries(tensors), { sample: tree, crc32: JSON.stringify(sums) })
}

/**
 * The sample that `sampleToBytes` wrote; throws FormatError, naming `where`, on anything else. Checksums are left alone where `sum` is
 * null, since the same bytes have been found sound before.
 */
export function sampleFromBytes(bytes: Uint8Array, where: string, sum: Checksum | null = crc32): unknown {
  const { tensors, metadata } = readSafetensors(bytes, where)
  const damaged = (why: string) => new FormatError(where, `${why}; delete it, and it is made anew`)
  const parsed = (name: string): unknown => {
    try {
      return JSON.parse(metadata[name] ?? '')
    } catch {
      throw damaged(`it has no "${name}" that can be read, so it is no kept sample`)
    }
  }
  const sums = parsed('crc32')
  const tree = parsed('sample')
  const check = (place: number, what: string, summed: Uint8Array): void => {
    if (!Array.isArray(sums) || (sum && sums[place] !== sum(summed)))
      throw damaged(`${what} does not agree with its checksum`)
  }
  check(0, 'its JSON', utf8(metadata.sample))
  for (const [name, { data }] of Object.entries(tensors)) check(Number(name) + 1, `array ${name}`, bytesIn(data))
  const arrayAt = (index: string): TypedArray => {
    if (!Object.hasOwn(tensors, index)) throw damaged(`it names an array ${index}, which is not there`)
    return tensors[index].data
  }
  return fromPlain(tree, arrayAt, () => damaged('its JSON is not that of a sample'))
}

/** What JSON cannot hold is written as `{ $: kind, value }`. */
type Marked = { readonly $: 'array' | 'number' | 'bigint' | 'undefined' | 'record'; readonly value?: unknown }

function toPlain(value: unknown, where: string, arrays: TypedArray[]): unknown {
  const marked = (mark: Marked): Marked => mark
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : marked({ $: 'number', value: Object.is(value, -0) ? '-0' : String(value) })
  if (typeof value === 'bigint') return marked({ $: 'bigint', value: String(value) })
  if (value === undefined) return marked({ $: 'undefined' })
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (isTypedArray(value)) return marked({ $: 'array', value: arrays.push(value) - 1 })
  if (Array.isArray(value)) return value.map((one, i) => toPlain(one, `${where}[${i}]`, arrays))
  if (isRecord(value) && isPlainObject(value)) {
    const entries = Object.entries(value).map(([key, one]) => [key, toPlain(one, `${where}.${key}`, arrays)] as const)
    return '$' in value ? marked({ $: 'record', value: entries }) : Object.fromEntries(entries)
  }
  const what = typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : `a ${typeof value}`
  throw new DataError(where, `is ${what}, which cannot be kept on disk; keep images, tensors, numbers, text and lists`)
}

function fromPlain(value: unknown, arrayAt: (index: string) => TypedArray, damaged: () => FormatError): unknown {
  const again = (one: unknown): unknown => fromPlain(one, arrayAt, damaged)
  if (Array.isArray(value)) return value.map(again)
  if (!isRecord(value)) return value
  if (!('$' in value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, again(one)]))
  const inner = value.value
  if (value.$ === 'undefined') return undefined
  if (value.$ === 'array') return arrayAt(String(inner))
  if (value.$ === 'number') return Number(inner)
  if (value.$ === 'bigint' && typeof inner === 'string' && /^-?\d+$/.test(inner)) return BigInt(inner)
  if (value.$ === 'record' && Array.isArray(inner) && inner.every(isEntry))
    return Object.fromEntries(inner.map(([key, one]) => [key, again(one)]))
  throw damaged()
}

function isEntry(value: unknown): value is readonly [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
}

/** The type of the elements; float16 and bfloat16 are told from uint16 by the tensor's own field, not by its array. */
function typeOf(data: TypedArray): DType {
  if (data instanceof BigInt64Array) return 'int64'
  if (data instanceof BigUint64Array) return 'uint64'
  return data.constructor.name.replace('Array', '').toLowerCase() as DType // the other arrays are called as their types
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof Uint8ClampedArray)
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
