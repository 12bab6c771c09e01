import { joinedBytes } from '../../core/lists.ts'
import { FormatError } from '../../core/errors.ts'
import type { DataElement, DataSet, Encoding } from './dataSet.ts'
import { longForm } from './parse.ts'
import { representationOf, tags, tagText, type Keyword, type Representation } from './tags.ts'
import { explicitLittleEndian, type TransferSyntax } from './transferSyntax.ts'

/** A value as it is given: text, numbers, bytes, or the items of a sequence. */
export type Value = string | number | readonly string[] | readonly number[] | Uint8Array | readonly Attributes[]

/** Attributes of an object that is to be written; undefined ones are left out. */
export type Attributes = { readonly [K in Keyword]?: Value | undefined }

/** A data set in memory, text in UTF-8. */
export function dataSetOf(attributes: Attributes, littleEndian = true): DataSet {
  const elements = Object.entries(attributes)
    .filter((entry): entry is [Keyword, Value] => entry[1] !== undefined)
    .map(([keyword, value]) => elementFrom(tags[keyword], representationOf(tags[keyword]) ?? 'UN', value, littleEndian))
    .sort((a, b) => a.tag - b.tag)
  return { elements: new Map(elements.map((element) => [element.tag, element])), littleEndian }
}

export function elementFrom(
  tag: number,
  representation: Representation,
  value: Value,
  littleEndian = true,
): DataElement {
  const head = { tag, representation, at: 0 }
  if (representation === 'SQ')
    return { ...head, items: (value as readonly Attributes[]).map((item) => dataSetOf(item, littleEndian)) }
  return { ...head, bytes: bytesOfValue(representation, value, littleEndian, tag) }
}

const binary: Partial<Record<Representation, readonly [size: number, set: (view: DataView, at: number, value: number, little: boolean) => void]>> = {
  US: [2, (view, at, value, little) => view.setUint16(at, value, little)],
  SS: [2, (view, at, value, little) => view.setInt16(at, value, little)],
  UL: [4, (view, at, value, little) => view.setUint32(at, value, little)],
  SL: [4, (view, at, value, little) => view.setInt32(at, value, little)],
  FL: [4, (view, at, value, little) => view.setFloat32(at, value, little)],
  FD: [8, (view, at, value, little) => view.setFloat64(at, value, little)],
  AT: [4, (view, at, value, little) => {
    view.setUint16(at, value >>> 16, little)
    view.setUint16(at + 2, value & 0xffff, little)
  }],
} // prettier-ignore

function bytesOfValue(representation: Representation, value: Value, littleEndian: boolean, tag: number): Uint8Array {
  if (value instanceof Uint8Array) return even(value, 0)
  const values = (Array.isArray(value) ? value : [value]) as readonly (string | number)[]
  const coder = binary[representation]
  if (!coder) {
    const texts = values.map((one) => (typeof one === 'number' ? decimal(one) : one))
    return even(new TextEncoder().encode(texts.join('\\')), representation === 'UI' ? 0 : 0x20)
  }
  const [size, set] = coder
  const bytes = new Uint8Array(values.length * size)
  const view = new DataView(bytes.buffer)
  values.forEach((one, i) => {
    if (typeof one !== 'number') throw new FormatError(tagText(tag), `${one} is no number, as ${representation} needs`)
    set(view, i * size, one, littleEndian)
  })
  return bytes
}

/** At most 16 letters, as DS allows (PS3.5, 6.2). */
export function decimal(value: number): string {
  const exact = String(value)
  if (exact.length <= 16) return exact
  for (let digits = 15; ; digits--) {
    const shorter = String(Number(value.toPrecision(digits)))
    if (shorter.length <= 16) return shorter
  }
}

function even(bytes: Uint8Array, padding: number): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : joinedBytes([bytes, Uint8Array.of(padding)])
}

/** Makes files of Volvox known as such; a UID from a UUID (PS3.5, B.2). */
const implementation = { uid: '2.25.175219372306180384190346582941377213861', name: 'VOLVOX' }

/** A whole file: preamble, what describes the file, and the data set in `syntax` (which must not be deflated). */
export function encodeFile(set: DataSet, syntax: TransferSyntax = explicitLittleEndian): Uint8Array {
  const own = (tag: number) => set.elements.get(tag)?.bytes ?? new Uint8Array(0)
  const meta = dataSetOf({
    FileMetaInformationVersion: Uint8Array.of(0, 1),
    MediaStorageSOPClassUID: own(tags.SOPClassUID),
    MediaStorageSOPInstanceUID: own(tags.SOPInstanceUID),
    TransferSyntaxUID: syntax.uid,
    ImplementationClassUID: implementation.uid,
    ImplementationVersionName: implementation.name,
  })
  const rest = joinedBytes(encodeDataSet(meta, explicitLittleEndian))
  const length = dataSetOf({ FileMetaInformationGroupLength: rest.length })
  return joinedBytes([
    new Uint8Array(128),
    new TextEncoder().encode('DICM'),
    ...encodeDataSet(length, explicitLittleEndian),
    rest,
    ...encodeDataSet(set, syntax),
  ])
}

/** The elements in the order of their tags, in pieces. Sequences and items have their lengths in front. */
export function encodeDataSet(set: DataSet, encoding: Encoding): Uint8Array[] {
  return [...set.elements.values()].sort((a, b) => a.tag - b.tag).flatMap((element) => encodeElement(element, encoding))
}

const undefinedLength = 0xffffffff

function encodeElement(element: DataElement, encoding: Encoding): Uint8Array[] {
  const { tag, representation, bytes, items, fragments } = element
  if (fragments)
    return [
      head(tag, representation === 'OW' ? 'OB' : representation, undefinedLength, encoding),
      ...fragments.flatMap((piece) => [itemHead(0xfffee000, even(piece, 0).length, encoding), even(piece, 0)]),
      itemHead(0xfffee0dd, 0, encoding),
    ]
  const parts = items
    ? items.flatMap((set) => {
        if (set.littleEndian !== encoding.littleEndian)
          throw new FormatError(tagText(tag), 'is in another byte order than its file; convert the file to little endian') // prettier-ignore
        const inside = encodeDataSet(set, encoding)
        return [itemHead(0xfffee000, sizeOf(inside), encoding), ...inside]
      })
    : [even(bytes ?? new Uint8Array(0), 0)]
  return [head(tag, items ? 'SQ' : representation, sizeOf(parts), encoding), ...parts]
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

function head(tag: number, given: Representation, length: number, { explicit, littleEndian }: Encoding): Uint8Array {
  const representation = explicit && !longForm.has(given) && length > 0xffff ? 'UN' : given // PS3.5, 6.2.2, note 7
  const wide = explicit && longForm.has(representation)
  const bytes = new Uint8Array(wide ? 12 : 8)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, tag >>> 16, littleEndian)
  view.setUint16(2, tag & 0xffff, littleEndian)
  if (explicit) bytes.set([representation.charCodeAt(0), representation.charCodeAt(1)], 4)
  if (explicit && !wide) view.setUint16(6, length, littleEndian)
  else view.setUint32(wide ? 8 : 4, length, littleEndian)
  return bytes
}

function itemHead(tag: number, length: number, encoding: Encoding): Uint8Array {
  return head(tag, 'UN', length, { ...encoding, explicit: false })
}
