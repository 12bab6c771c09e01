import { FormatError, shown } from '../../core/errors.ts'
import type { DataElement, DataSet, Encoding } from './dataSet.ts'
import { representationOf, representations, tagText, tags, type Representation } from './tags.ts'

/** Sequences within sequences that are followed; real files have fewer than ten. */
const deepest = 32
const undefinedLength = 0xffffffff
const item = 0xfffee000
const itemEnd = 0xfffee00d
const sequenceEnd = 0xfffee0dd

const pixelTags = new Set<number>([tags.PixelData, tags.FloatPixelData, tags.DoubleFloatPixelData])

const known = new Set<string>(representations)
/** Explicit encodings give these 4 bytes of length instead of 2. */
export const longForm = new Set<Representation>([
  'OB',
  'OD',
  'OF',
  'OL',
  'OV',
  'OW',
  'SQ',
  'SV',
  'UC',
  'UN',
  'UR',
  'UT',
  'UV',
])

interface Cursor {
  readonly bytes: Uint8Array
  /** Of the whole file, of which `bytes` may be the beginning. */
  readonly size: number
  readonly view: DataView
  readonly where: string
}

/**
 * Reads the attributes in `bytes` from `start` (PS3.5, 7). Values are views of `bytes`, never copies, so memory is bounded by
 * the number of elements, which take 8 bytes each at least. `only` ends before the first tag that it refuses. Where `bytes` are
 * the beginning of a file of `size` bytes, they must reach to the pixels.
 */
export function parseDataSet(
  bytes: Uint8Array,
  start: number,
  encoding: Encoding,
  where: string,
  only: (tag: number) => boolean = () => true,
  size: number = bytes.length,
): { readonly set: DataSet; readonly end: number } {
  const cursor = { bytes, size, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), where }
  return parseElements(cursor, start, bytes.length, encoding, 0, only)
}

function parseElements(
  cursor: Cursor,
  start: number,
  end: number,
  given: Encoding,
  depth: number,
  only: (tag: number) => boolean,
): { set: DataSet; end: number } {
  const { where } = cursor
  if (depth > deepest)
    throw new FormatError(where, `at byte ${start} sequences are nested more than ${deepest} deep; the file is damaged or made to do harm`) // prettier-ignore
  const elements = new Map<number, DataElement>()
  // Some writers change to implicit encoding inside of sequences, others write all of the file so and do not say it.
  const encoding = given.explicit && looksImplicit(cursor, start, end, given) ? { ...given, explicit: false } : given
  let at = start
  while (at < end) {
    if (end - at < 8) {
      if (onlyZeros(cursor, at, end)) break
      throw cut(cursor, at, 8, end - at)
    }
    const tag = tagAt(cursor, at, encoding)
    if (tag === itemEnd) return { set: { elements, littleEndian: encoding.littleEndian }, end: at + 8 }
    if (tag === 0 && onlyZeros(cursor, at, end)) break
    if (!only(tag)) break
    const element = parseElement(cursor, at, end, tag, encoding, depth)
    elements.set(tag, element.element)
    at = element.end
  }
  return { set: { elements, littleEndian: encoding.littleEndian }, end: Math.min(at, end) }
}

function parseElement(
  cursor: Cursor,
  at: number,
  end: number,
  tag: number,
  encoding: Encoding,
  depth: number,
): { element: DataElement; end: number } {
  const { representation, length, start } = headOf(cursor, at, end, tag, encoding)
  const left = cursor.size - start
  if (left > end - start && depth === 0 && pixelTags.has(tag) && (length === undefinedLength || length <= left)) {
    const outside = { at: start, length: Math.min(length, left) }
    return { element: { tag, representation, at, outside }, end }
  }
  if (length === undefinedLength) {
    if (tag === tags.PixelData) {
      const { fragments, end: next } = parseFragments(cursor, start, end, encoding)
      return { element: { tag, representation, at, fragments }, end: next }
    }
    // A sequence of unknown representation is coded implicitly, little endian (PS3.5, 6.2.2).
    const inside = representation === 'UN' && encoding.explicit ? { explicit: false, littleEndian: true } : encoding
    const { items, end: next } = parseItems(cursor, start, end, inside, depth)
    return { element: { tag, representation: 'SQ', at, items }, end: next }
  }
  if (length > end - start) throw cut(cursor, at, length, end - start, tag)
  const next = start + length
  const sequence =
    representation === 'SQ' || (representation === 'UN' && !encoding.explicit && isItem(cursor, start, next, encoding))
  if (sequence) {
    const { items } = parseItems(cursor, start, next, encoding, depth)
    return { element: { tag, representation: 'SQ', at, items }, end: next }
  }
  return { element: { tag, representation, at, bytes: cursor.bytes.subarray(start, next) }, end: next }
}

function headOf(
  cursor: Cursor,
  at: number,
  end: number,
  tag: number,
  { explicit, littleEndian }: Encoding,
): { representation: Representation; length: number; start: number } {
  const { view } = cursor
  if (!explicit)
    return {
      representation: representationOf(tag) ?? 'UN',
      length: view.getUint32(at + 4, littleEndian),
      start: at + 8,
    }
  const name = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5))
  if (!known.has(name) && !/^[A-Z]{2}$/.test(name))
    throw new FormatError(
      cursor.where,
      `${tagText(tag)} at byte ${at} has the representation ${shown(name)}, which is none of DICOM's; the file is damaged`,
    )
  // What the standard may add later has the long form (PS3.5, 6.2).
  const representation = known.has(name) ? (name as Representation) : 'UN'
  if (!longForm.has(representation))
    return { representation, length: view.getUint16(at + 6, littleEndian), start: at + 8 }
  if (end - at < 12) throw cut(cursor, at, 12, end - at, tag)
  return { representation, length: view.getUint32(at + 8, littleEndian), start: at + 12 }
}

/** The items of a sequence, up to its delimiter or to `end`. */
function parseItems(
  cursor: Cursor,
  start: number,
  end: number,
  encoding: Encoding,
  depth: number,
): { items: DataSet[]; end: number } {
  const items: DataSet[] = []
  let at = start
  while (at < end) {
    const { tag, length } = itemHead(cursor, at, end, encoding)
    if (tag === sequenceEnd) return { items, end: at + 8 }
    if (tag !== item)
      throw new FormatError(
        cursor.where,
        `at byte ${at} a sequence goes on with ${tagText(tag)} instead of an item; the file is damaged`,
      )
    const inside = at + 8
    if (length !== undefinedLength && length > end - inside) throw cut(cursor, at, length, end - inside, tag)
    const stop = length === undefinedLength ? end : inside + length
    const parsed = parseElements(cursor, inside, stop, encoding, depth + 1, () => true)
    items.push(parsed.set)
    at = length === undefinedLength ? parsed.end : stop
  }
  return { items, end: at }
}

/** Pieces of encapsulated pixel data (PS3.5, A.4). A missing delimiter at the end of the file is let pass. */
function parseFragments(
  cursor: Cursor,
  start: number,
  end: number,
  encoding: Encoding,
): { fragments: Uint8Array[]; end: number } {
  const fragments: Uint8Array[] = []
  let at = start
  while (at < end) {
    const { tag, length } = itemHead(cursor, at, end, encoding)
    if (tag === sequenceEnd) return { fragments, end: at + 8 }
    if (tag !== item)
      throw new FormatError(
        cursor.where,
        `at byte ${at} the compressed pixels go on with ${tagText(tag)} instead of a fragment; the file is damaged`,
      )
    if (length > end - at - 8) throw cut(cursor, at, length, end - at - 8, tags.PixelData)
    fragments.push(cursor.bytes.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return { fragments, end: at }
}

function itemHead(cursor: Cursor, at: number, end: number, encoding: Encoding): { tag: number; length: number } {
  if (end - at < 8) throw cut(cursor, at, 8, end - at)
  return { tag: tagAt(cursor, at, encoding), length: cursor.view.getUint32(at + 4, encoding.littleEndian) }
}

function tagAt({ view }: Cursor, at: number, { littleEndian }: Encoding): number {
  return view.getUint16(at, littleEndian) * 65536 + view.getUint16(at + 2, littleEndian)
}

function isItem(cursor: Cursor, start: number, end: number, encoding: Encoding): boolean {
  if (end - start < 8 || tagAt(cursor, start, encoding) !== item) return false
  const length = cursor.view.getUint32(start + 4, encoding.littleEndian)
  return length === undefinedLength || length <= end - start - 8
}

/** Whether the first element of a data set has no representation where explicit encoding has one, and a length that fits. */
function looksImplicit({ view, size }: Cursor, start: number, end: number, { littleEndian }: Encoding): boolean {
  if (end - start < 8 || view.getUint16(start, true) === 0xfffe || view.getUint16(start) === 0xfffe) return false
  const length = view.getUint32(start + 4, littleEndian)
  if (length !== undefinedLength && length > size - start - 8) return false
  return !known.has(String.fromCharCode(view.getUint8(start + 4), view.getUint8(start + 5)))
}

function onlyZeros({ bytes }: Cursor, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false
  return true
}

function cut({ where }: Cursor, at: number, needed: number, left: number, tag?: number): FormatError {
  const what = tag === undefined ? 'an element' : tagText(tag)
  return new FormatError(
    where,
    `${what} at byte ${at} takes ${needed} bytes, ${left} are left; the file is damaged or cut short`,
  )
}
