import type { DType } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { sizeOf } from '../../core/tensor.ts'

export type NrrdEncoding = 'raw' | 'ascii' | 'hex' | 'gzip' | 'bzip2'

/** What the header of a NRRD file says about its voxels. */
export interface NrrdHeader {
  /** Every `field: value` and `key:=value` line as text, the field's name in lower case. */
  readonly fields: Readonly<Record<string, string>>
  readonly dtype: DType
  /** First axis fastest. */
  readonly shape: readonly number[]
  readonly encoding: NrrdEncoding
  readonly littleEndian: boolean
  readonly lineSkip: number
  /** -1 when the voxels are the end of the data. */
  readonly byteSkip: number
  /** The files that hold the voxels; null where they follow the header. */
  readonly dataFiles: DataFiles | null
  /** Where the header ends and voxels may begin. */
  readonly bytes: number
}

export interface DataFiles {
  readonly names: readonly string[]
  /** How many of the axes one file holds. */
  readonly axes: number
}

const types: Readonly<Record<string, DType>> = {
  'signed char': 'int8',
  int8: 'int8',
  int8_t: 'int8',
  uchar: 'uint8',
  'unsigned char': 'uint8',
  uint8: 'uint8',
  uint8_t: 'uint8',
  short: 'int16',
  'short int': 'int16',
  'signed short': 'int16',
  'signed short int': 'int16',
  int16: 'int16',
  int16_t: 'int16',
  ushort: 'uint16',
  'unsigned short': 'uint16',
  'unsigned short int': 'uint16',
  uint16: 'uint16',
  uint16_t: 'uint16',
  int: 'int32',
  'signed int': 'int32',
  int32: 'int32',
  int32_t: 'int32',
  uint: 'uint32',
  'unsigned int': 'uint32',
  uint32: 'uint32',
  uint32_t: 'uint32',
  longlong: 'int64',
  'long long': 'int64',
  'long long int': 'int64',
  'signed long long': 'int64',
  'signed long long int': 'int64',
  int64: 'int64',
  int64_t: 'int64',
  ulonglong: 'uint64',
  'unsigned long long': 'uint64',
  'unsigned long long int': 'uint64',
  uint64: 'uint64',
  uint64_t: 'uint64',
  float: 'float32',
  double: 'float64',
}

const encodings: Readonly<Record<string, NrrdEncoding>> = {
  raw: 'raw',
  txt: 'ascii',
  text: 'ascii',
  ascii: 'ascii',
  hex: 'hex',
  gz: 'gzip',
  gzip: 'gzip',
  bz2: 'bzip2',
  bzip2: 'bzip2',
}

/** NRRD's name of an element type: its last one, which every reader knows; undefined where it has none. */
export function nrrdTypeOf(dtype: DType): string | undefined {
  if (dtype === 'float32') return 'float'
  if (dtype === 'float64') return 'double'
  return dtype === 'bool' ? 'uint8' : Object.keys(types).find((name) => name === dtype)
}

const mostAxes = 16

export function parseNrrdHeader(bytes: Uint8Array, where: string): NrrdHeader {
  const { fields, end, list } = readFields(bytes, where)
  const need = (name: string): string => {
    const value = fields[name]
    if (value === undefined)
      throw new FormatError(where, `the header has no "${name}"; the file is damaged or not NRRD`)
    return value
  }
  const rank = wholeOf('dimension', need('dimension'), where)
  if (!(rank >= 1 && rank <= mostAxes))
    throw new FormatError(where, `dimension is ${rank}; NRRD allows 1 to ${mostAxes} axes`)
  const shape = need('sizes').split(/\s+/).map(Number)
  if (shape.length !== rank || shape.some((size) => !(Number.isSafeInteger(size) && size >= 1)))
    throw new FormatError(
      where,
      `sizes are ${shown(need('sizes'))}; ${rank} axes need ${rank} whole numbers of 1 or more`,
    )
  const dtype = types[need('type').toLowerCase()]
  if (!dtype)
    throw new FormatError(
      where,
      `type is ${shown(need('type'))}; readable are signed and unsigned char, short, int, long long, float and double`,
    )
  const encoding = encodings[need('encoding').toLowerCase()]
  if (!encoding)
    throw new FormatError(where, `encoding is ${shown(need('encoding'))}; readable are raw, ascii, hex, gzip and bzip2`)
  const endian = fields.endian?.toLowerCase() ?? 'little'
  if (endian !== 'little' && endian !== 'big')
    throw new FormatError(where, `endian is ${shown(fields.endian)}; it must be "little" or "big"`)
  const byteSkip = wholeOf('byte skip', fields['byte skip'] ?? '0', where, -1)
  return {
    fields,
    dtype,
    shape,
    encoding,
    littleEndian: endian === 'little',
    lineSkip: wholeOf('line skip', fields['line skip'] ?? '0', where),
    byteSkip,
    dataFiles: fields['data file'] === undefined ? null : dataFilesOf(fields['data file'], list, shape, where),
    bytes: end,
  }
}

/** Fields that the standard also spells without a space. */
const spellings: Readonly<Record<string, string>> = {
  datafile: 'data file',
  lineskip: 'line skip',
  byteskip: 'byte skip',
  blocksize: 'block size',
  oldmin: 'old min',
  oldmax: 'old max',
  axismins: 'axis mins',
  axismaxs: 'axis maxs',
  centerings: 'centers',
  sampleunits: 'sample units',
}

/** Lines up to an empty one; after `data file: LIST`, what follows is a list of names. */
function readFields(
  bytes: Uint8Array,
  where: string,
): { fields: Record<string, string>; end: number; list: readonly string[] } {
  const fields: Record<string, string> = {}
  const decoder = new TextDecoder()
  let at = 0
  const nextLine = (): string => {
    const newline = bytes.indexOf(10, at)
    const stop = newline < 0 ? bytes.length : newline
    const line = decoder.decode(bytes.subarray(at, stop)).replace(/\r$/, '')
    at = Math.min(stop + 1, bytes.length)
    return line
  }
  const magic = nextLine()
  if (!/^NRRD000\d$/.test(magic))
    throw new FormatError(where, `it begins with ${shown(magic.slice(0, 20))}, NRRD with "NRRD0001" to "NRRD0005"`)
  while (at < bytes.length) {
    const line = nextLine()
    if (line === '') break
    if (line.startsWith('#')) continue
    const colon = line.indexOf(':')
    if (colon < 1 || !/[ =]/.test(line[colon + 1] ?? ' '))
      throw new FormatError(
        where,
        `${shown(line.slice(0, 40))} is no "field: value" line of a NRRD header; the file is damaged or not NRRD`,
      )
    if (line[colon + 1] === '=') {
      fields[line.slice(0, colon)] = line.slice(colon + 2).trim()
      continue
    }
    const name = line.slice(0, colon).toLowerCase()
    fields[spellings[name] ?? name] = line.slice(colon + 1).trim()
    if (/^data ?file$/.test(name) && /^LIST\b/.test(line.slice(colon + 1).trim())) break
  }
  const list: string[] = []
  if (/^LIST\b/.test(fields['data file'] ?? '')) while (at < bytes.length) list.push(nextLine().trim())
  return { fields, end: at, list: list.filter((name) => name !== '') }
}

/** A name, `LIST [axes]` with the names after it, or `pattern first last step [axes]` as of printf. */
function dataFilesOf(text: string, list: readonly string[], shape: readonly number[], where: string): DataFiles {
  const numbered = /^(.*%0?\d*d.*?)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)(?:\s+(\d+))?$/.exec(text)
  const listed = /^LIST(?:\s+(\d+))?$/.exec(text)
  if (!numbered && !listed) return { names: [text], axes: shape.length }
  const names = listed ? list : numbersOf(numbered, where)
  const axes = Number((listed ? listed[1] : numbered?.[5]) ?? shape.length - 1)
  const needed = axes >= 1 && axes <= shape.length ? sizeOf(shape.slice(axes)) : NaN
  if (names.length !== needed)
    throw new FormatError(
      where,
      `"data file" names ${names.length} files of ${axes} axes each, sizes ${shown(shape)} do not fit them; the header is damaged`,
    )
  return { names, axes }
}

/** More files than any series has; bounds what a header can ask for. */
const mostFiles = 100_000

function numbersOf(numbered: RegExpExecArray | null, where: string): string[] {
  const [, pattern, ...rest] = numbered ?? []
  const [first, last, step] = rest.map(Number)
  const count = Math.floor((last - first) / step) + 1
  if (!(count >= 1 && count <= mostFiles))
    throw new FormatError(
      where,
      `"data file" counts from ${first} to ${last} by ${step}; that must give 1 to ${mostFiles} files`,
    )
  return Array.from({ length: count }, (_, i) =>
    pattern.replace(/%(0?)(\d*)d/, (_whole, zero: string, width: string) =>
      String(first + i * step).padStart(Math.min(Number(width), 20), zero === '' ? ' ' : '0'),
    ),
  )
}

function wholeOf(name: string, text: string, where: string, least = 0): number {
  const value = /^[-+]?\d+$/.test(text) ? Number(text) : NaN
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new FormatError(where, `${name} is ${shown(text)}; it must be a whole number of ${least} or more`)
  return value
}
