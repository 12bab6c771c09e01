import type { DType } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'

/** The fields of a MetaImage header that say where and how its voxels lie. */
export interface MetaImageHeader {
  /** Every `Key = Value` line as text. */
  readonly fields: Readonly<Record<string, string>>
  readonly shape: readonly number[]
  readonly channels: number
  readonly dtype: DType
  readonly littleEndian: boolean
  readonly binary: boolean
  readonly compressed: boolean
  /** Bytes of a data file before its voxels; -1 when the voxels are the file's end. */
  readonly headerSize: number
  /** LPS millimetres. */
  readonly spacing: readonly number[]
  readonly offset: readonly number[]
  /** One row of `shape.length` numbers for each axis: its direction. */
  readonly directions: readonly number[]
  /** The value of `ElementDataFile`. */
  readonly dataFile: string
  /** Where the text ends and a LOCAL file's voxels (or a LIST's names) begin. */
  readonly bytes: number
}

const types: Readonly<Record<string, DType>> = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  MET_LONG: 'int32', // 4 bytes in MetaIO, on every machine
  MET_ULONG: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
}

/** MetaIO's name of an element type; undefined where it has none. */
export function elementTypeOf(dtype: DType): string | undefined {
  return dtype === 'bool' ? 'MET_UCHAR' : Object.keys(types).find((name) => types[name] === dtype)
}

/** Headers are short; anything longer is no MetaImage. */
const longestHeader = 2 ** 16

export function parseMetaHeader(bytes: Uint8Array, where: string): MetaImageHeader {
  const { fields, end } = readFields(bytes, where)
  const one = (...names: string[]): string | undefined =>
    names.map((name) => fields[name]).find((value) => value !== undefined)
  const need = (name: string): string => {
    const value = one(name)
    if (value === undefined)
      throw new FormatError(where, `the header has no ${name}; the file is damaged or not MetaImage`)
    return value
  }
  const objectType = one('ObjectType') ?? 'Image'
  if (objectType !== 'Image')
    throw new FormatError(where, `ObjectType is ${shown(objectType)}; only images can be read`)
  const rank = numbers('NDims', need('NDims'), 1, where)[0]
  if (!(Number.isInteger(rank) && rank >= 1 && rank <= 7))
    throw new FormatError(where, `NDims is ${rank}; images with 1 to 7 axes can be read`)
  const shape = numbers('DimSize', need('DimSize'), rank, where)
  if (shape.some((size) => !(Number.isSafeInteger(size) && size >= 1)))
    throw new FormatError(where, `DimSize is ${shown(shape)}; each axis needs a whole number of 1 or more`)
  const channels = Number(one('ElementNumberOfChannels') ?? 1)
  if (!(Number.isSafeInteger(channels) && channels >= 1))
    throw new FormatError(
      where,
      `ElementNumberOfChannels is ${shown(fields.ElementNumberOfChannels)}; it must be a whole number of 1 or more`,
    )
  const elementType = need('ElementType')
  const dtype = types[elementType.replace(/_ARRAY$/, '')]
  if (!dtype)
    throw new FormatError(
      where,
      `ElementType is ${shown(elementType)}; it must be one of ${Object.keys(types).join(', ')}`,
    )
  const spacing = one('ElementSpacing', 'ElementSize')
  const offset = one('Offset', 'Position', 'Origin')
  const directions = one('TransformMatrix', 'Rotation', 'Orientation')
  const headerSize = Number(one('HeaderSize') ?? 0)
  if (!(Number.isSafeInteger(headerSize) && headerSize >= -1))
    throw new FormatError(
      where,
      `HeaderSize is ${shown(fields.HeaderSize)}; it must be -1 or a whole number of 0 or more`,
    )
  return {
    fields,
    shape,
    channels,
    dtype,
    littleEndian: !isTrue(one('BinaryDataByteOrderMSB', 'ElementByteOrderMSB')),
    binary: isTrue(one('BinaryData') ?? 'True'),
    compressed: isTrue(one('CompressedData')),
    headerSize,
    spacing: spacing ? numbers('ElementSpacing', spacing, rank, where) : new Array<number>(rank).fill(1),
    offset: offset ? numbers('Offset', offset, rank, where) : new Array<number>(rank).fill(0),
    directions: directions
      ? numbers('TransformMatrix', directions, rank * rank, where)
      : Array.from({ length: rank * rank }, (_, i) => (i % (rank + 1) === 0 ? 1 : 0)),
    dataFile: need('ElementDataFile'),
    bytes: end,
  }
}

/** `ElementDataFile` is always the last field; what follows its line is not text of the header. */
function readFields(bytes: Uint8Array, where: string): { fields: Record<string, string>; end: number } {
  if (bytes.length === 0) throw new FormatError(where, 'the file is empty; fetch or write it again')
  const fields: Record<string, string> = {}
  const limit = Math.min(bytes.length, longestHeader)
  for (let at = 0; at < limit;) {
    const newline = bytes.subarray(0, limit).indexOf(10, at)
    const end = newline < 0 ? limit : newline
    const line = String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 4096))).trim()
    const equals = line.indexOf('=')
    if (line !== '' && equals < 1)
      throw new FormatError(
        where,
        `${shown(line.slice(0, 40))} is no "Key = Value" line of a MetaImage header; the file is damaged or not MetaImage`,
      )
    const key = line.slice(0, equals).trim()
    if (line !== '') fields[key] = line.slice(equals + 1).trim()
    at = end + 1
    if (key === 'ElementDataFile') return { fields, end: Math.min(at, bytes.length) }
  }
  throw new FormatError(where, 'the header has no ElementDataFile; the file is cut short or not MetaImage')
}

function numbers(name: string, text: string, count: number, where: string): number[] {
  const values = text.split(/\s+/).map(Number)
  if (values.length !== count || values.some((x) => !Number.isFinite(x)))
    throw new FormatError(where, `${name} is ${shown(text)}; it must be ${count} ${count === 1 ? 'number' : 'numbers'}`)
  return values
}

function isTrue(text: string | undefined): boolean {
  return /^(true|t|1|yes|y)$/i.test(text ?? '')
}
