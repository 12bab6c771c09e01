import { bytesIn, bytesOf, viewAs, type DType } from './dtype.ts'
import { FormatError, OptionError, shown } from './errors.ts'
import { duplicateKey, isRecord } from './json.ts'
import { sizeOf, type Tensor } from './tensor.ts'

/** The contents of a safetensors file. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, Tensor>>
  readonly metadata: Readonly<Record<string, string>>
}

// Wide types first, so that every tensor of a written file starts at a multiple of its element size.
const typeNames = {
  float64: 'F64',
  int64: 'I64',
  uint64: 'U64',
  float32: 'F32',
  int32: 'I32',
  uint32: 'U32',
  float16: 'F16',
  bfloat16: 'BF16',
  int16: 'I16',
  uint16: 'U16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
} as const satisfies Record<DType, string>

const typesByName = new Map(Object.entries(typeNames).map(([dtype, name]) => [name as string, dtype as DType]))

/** No real model comes near this many bytes of header; a damaged length often does. */
const headerLimit = 100_000_000

/**
 * Reads a safetensors file (little-endian header length, JSON header, raw data). Nothing in it is trusted: a file
 * that breaks the format in any way is refused. Tensors are views of `bytes` where alignment allows. `where` names
 * the file in errors.
 */
export function readSafetensors(bytes: Uint8Array, where = 'safetensors'): Safetensors {
  const { header, dataStart } = readHeader(bytes, where)
  const entries: Entry[] = []
  let metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = checkedMetadata(value, where)
    else entries.push(checkedEntry(name, value, where))
  }
  checkLayout(entries, bytes.length - dataStart, where)
  const tensors = entries.map(({ name, dtype, shape, begin }): [string, Tensor] => {
    const data = viewAs(dtype, bytes.buffer, bytes.byteOffset + dataStart + begin, sizeOf(shape))
    if (dtype === 'bool' && data.some((value) => value > 1))
      throw new FormatError(where, `tensor ${shown(name)} is BOOL but holds bytes above 1; the file is damaged`)
    return [name, { dtype, shape, data }]
  })
  return { tensors: Object.fromEntries(tensors), metadata }
}

/** The bytes of a safetensors file; equal contents give equal bytes whatever the order of the keys. */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const order = Object.keys(typeNames)
  const entries = Object.entries(tensors).sort(
    ([nameA, a], [nameB, b]) => order.indexOf(a.dtype) - order.indexOf(b.dtype) || (nameA < nameB ? -1 : 1),
  )
  const header = new Map<string, unknown>()
  if (Object.keys(metadata).length > 0) header.set('__metadata__', Object.fromEntries(Object.entries(metadata).sort()))
  let end = 0
  for (const [name, { dtype, shape }] of entries) {
    if (name === '__metadata__')
      throw new OptionError('writeSafetensors', '"__metadata__" cannot be the name of a tensor')
    const begin = end
    end += sizeOf(shape) * bytesOf(dtype)
    header.set(name, { dtype: typeNames[dtype], shape, data_offsets: [begin, end] })
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const headerLength = Math.ceil(json.length / 8) * 8 // padded with spaces, so that the data is aligned
  const out = new Uint8Array(8 + headerLength + end)
  new DataView(out.buffer).setBigUint64(0, BigInt(headerLength), true)
  out.fill(0x20, 8, 8 + headerLength)
  out.set(json, 8)
  let at = 8 + headerLength
  for (const [, { data }] of entries) {
    out.set(bytesIn(data), at)
    at += data.byteLength
  }
  return out
}

interface Entry {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function readHeader(bytes: Uint8Array, where: string): { header: object; dataStart: number } {
  if (bytes.length < 8)
    throw new FormatError(
      where,
      `${bytes.length} bytes are too few for a safetensors file; it is cut off or something else`,
    )
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (length > headerLimit || length > bytes.length - 8)
    throw new FormatError(
      where,
      `its first 8 bytes ask for a header of ${length} bytes, ${bytes.length - 8} follow; the file is damaged or not safetensors`,
    )
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length))
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    throw new FormatError(where, 'the header is not JSON; the file is damaged or not safetensors')
  }
  if (!isRecord(header))
    throw new FormatError(where, 'the header is not a JSON object; the file is damaged or not safetensors')
  const twice = duplicateKey(text)
  if (twice !== undefined)
    throw new FormatError(where, `the header names ${shown(twice)} twice; each tensor needs a name of its own`)
  return { header, dataStart: 8 + length }
}

function checkedMetadata(value: unknown, where: string): Record<string, string> {
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === 'string'))
    throw new FormatError(where, '"__metadata__" must map names to text')
  return value as Record<string, string> // every value was just seen to be a string
}

function checkedEntry(name: string, value: unknown, where: string): Entry {
  const tensor = `tensor ${shown(name)}`
  if (!isRecord(value))
    throw new FormatError(where, `${tensor} is described by ${shown(value)}; it takes dtype, shape and data_offsets`)
  const { dtype: typeName, shape, data_offsets: offsets } = value
  const dtype = typeof typeName === 'string' ? typesByName.get(typeName) : undefined
  if (!dtype)
    throw new FormatError(
      where,
      `${tensor} has the unknown dtype ${shown(typeName)}; known are ${[...typesByName.keys()].join(', ')}`,
    )
  if (!isSizes(shape))
    throw new FormatError(where, `${tensor} has the shape ${shown(shape)}; it takes a list of whole numbers`)
  if (!isSizes(offsets) || offsets.length !== 2)
    throw new FormatError(where, `${tensor} has the data_offsets ${shown(offsets)}; they are two byte positions`)
  const [begin, end] = offsets
  if (end - begin !== sizeOf(shape) * bytesOf(dtype))
    throw new FormatError(
      where,
      `${tensor} of shape ${shown(shape)} and dtype ${typeName} takes ${sizeOf(shape) * bytesOf(dtype)} bytes, its data_offsets span ${end - begin}`,
    )
  return { name, dtype, shape, begin, end }
}

/** The tensors must tile the data: no gap, no overlap, nothing left over. */
function checkLayout(entries: readonly Entry[], dataLength: number, where: string): void {
  let position = 0
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (end > dataLength)
      throw new FormatError(
        where,
        `tensor ${shown(name)} ends at byte ${end} of ${dataLength}; the file is cut off or damaged`,
      )
    if (begin !== position)
      throw new FormatError(
        where,
        `tensor ${shown(name)} starts at byte ${begin}, the one before ends at ${position}; tensors may not overlap or leave gaps`,
      )
    position = end
  }
  if (position !== dataLength)
    throw new FormatError(where, `the tensors fill ${position} of ${dataLength} data bytes; the file is damaged`)
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}
