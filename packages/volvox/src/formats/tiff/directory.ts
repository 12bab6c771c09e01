import { FormatError } from '../../core/errors.ts'
import type { OpenFile } from '../../core/files.ts'
import { ByteReader } from '../byteReader.ts'
import { FileReader } from '../fileReader.ts'

/** The tags of one directory: numbers, or text. */
export type Tags = ReadonlyMap<number, readonly number[] | string>

/** Tags that are read, by number. */
export const tag = {
  subfileType: 254,
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  xResolution: 282,
  yResolution: 283,
  planar: 284,
  resolutionUnit: 296,
  software: 305,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  subDirectories: 330,
  sampleFormat: 339,
  jpegTables: 347,
  subsampling: 530,
} as const

const known = new Set<number>(Object.values(tag))

/** Bytes of each type of value. */
const sizes: Readonly<Record<number, number>> = {
  1: 1, // byte
  2: 1, // text
  3: 2,
  4: 4,
  5: 8, // fraction
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4, // place of a directory
  16: 8,
  17: 8,
  18: 8,
}

const mostDirectories = 100_000

export interface Tiff {
  readonly reader: ByteReader
  readonly directories: readonly Tags[]
}

/** Byte order and version by the first bytes, or null where they are not of a TIFF file. */
export function tiffKind(head: Uint8Array): { littleEndian: boolean; big: boolean } | null {
  const littleEndian = head[0] === 0x49 && head[1] === 0x49
  if (!littleEndian && !(head[0] === 0x4d && head[1] === 0x4d)) return null
  const version = littleEndian ? head[2] | (head[3] << 8) : head[3] | (head[2] << 8)
  return version === 42 || version === 43 ? { littleEndian, big: version === 43 } : null
}

/** Reads all directories in their order, those that others point to (levels of a pyramid) after the one that does. */
export function readDirectories(source: Uint8Array | OpenFile, where: string): Tiff {
  const kind = tiffKind(source instanceof Uint8Array ? source : source.read(0, 4))
  if (!kind) throw new FormatError(where, 'it does not begin as a TIFF file; it is damaged or something else')
  const { big, littleEndian } = kind
  const reader =
    source instanceof Uint8Array
      ? new ByteReader(source, where, littleEndian)
      : new FileReader(source, where, littleEndian)
  const place = (at: number): number => (big ? reader.u64(at) : reader.u32(at))
  const seen = new Set<number>()
  const directories: Tags[] = []
  for (let at = place(big ? 8 : 4); at !== 0;) {
    const { tags, next } = readDirectory(reader, at, big, seen)
    directories.push(tags)
    for (const below of numbersOf(tags, tag.subDirectories))
      directories.push(readDirectory(reader, below, big, seen).tags)
    at = next
  }
  if (directories.length === 0) throw new FormatError(where, 'it holds no image; the file is damaged')
  return { reader, directories }
}

function readDirectory(reader: ByteReader, at: number, big: boolean, seen: Set<number>): { tags: Tags; next: number } {
  if (seen.has(at) || seen.size >= mostDirectories)
    throw new FormatError(reader.where, `its directories lead back to byte ${at}; the file is damaged`)
  seen.add(at)
  const count = big ? reader.u64(at) : reader.u16(at)
  const [first, entryBytes, inline] = big ? [at + 8, 20, 8] : [at + 2, 12, 4]
  reader.slice(first, count * entryBytes + inline)
  const tags = new Map<number, readonly number[] | string>()
  for (let i = 0; i < count; i++) {
    const entry = first + i * entryBytes
    const [number, type] = [reader.u16(entry), reader.u16(entry + 2)]
    if (!known.has(number)) continue
    const length = big ? reader.u64(entry + 4) : reader.u32(entry + 4)
    const value = entry + (big ? 12 : 8)
    const bytes = length * (sizes[type] ?? NaN)
    if (!(bytes >= 0))
      throw new FormatError(reader.where, `tag ${number} has the unknown type ${type}; the file is damaged`)
    const start = bytes <= inline ? value : big ? reader.u64(value) : reader.u32(value)
    const content = reader.slice(start, bytes)
    tags.set(number, type === 2 ? textOf(content) : valuesOf(content, type, reader))
  }
  const after = first + count * entryBytes
  return { tags, next: big ? reader.u64(after) : reader.u32(after) }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 65536)).split('\0')[0]
}

function valuesOf(bytes: Uint8Array, type: number, { where, littleEndian }: ByteReader): number[] {
  const reader = new ByteReader(bytes, where, littleEndian)
  return Array.from({ length: bytes.length / sizes[type] }, (_, i) => valueAt(reader, i * sizes[type], type))
}

function valueAt(reader: ByteReader, at: number, type: number): number {
  if (type === 3) return reader.u16(at)
  if (type === 4 || type === 13) return reader.u32(at)
  if (type === 5) return reader.u32(at) / reader.u32(at + 4)
  if (type === 6) return (reader.u8(at) << 24) >> 24
  if (type === 8) return reader.i16(at)
  if (type === 9) return reader.i32(at)
  if (type === 10) return reader.i32(at) / reader.i32(at + 4)
  if (type === 11) return reader.f32(at)
  if (type === 12) return reader.f64(at)
  if (type >= 16) return reader.u64(at)
  return reader.u8(at)
}

export function numbersOf(tags: Tags, number: number): readonly number[] {
  const value = tags.get(number)
  return typeof value === 'object' ? value : []
}
