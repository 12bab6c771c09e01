import { FormatError, shown } from '../../core/errors.ts'
import { decodeText } from './text.ts'
import type { DataElement, DataSet } from './dataSet.ts'
import { tags, tagText, type Keyword, type Representation } from './tags.ts'

/** The element of a keyword, if it is there and not empty. */
export function elementOf(set: DataSet, keyword: Keyword): DataElement | undefined {
  const element = set.elements.get(tags[keyword])
  return element && element.bytes?.length === 0 ? undefined : element
}

/** The items of a sequence; none where it is absent. */
export function itemsOf(set: DataSet | undefined, keyword: Keyword): readonly DataSet[] {
  return set?.elements.get(tags[keyword])?.items ?? []
}

/** Text values, separated by backslashes in the file, without padding. Undefined where the attribute is absent or empty. */
export function textsOf(set: DataSet | undefined, keyword: Keyword): readonly string[] | undefined {
  const element = set && elementOf(set, keyword)
  if (!set || !element?.bytes) return undefined
  const texts = decodeText(element.bytes, set).split('\\').map(trimmed)
  return texts.length === 1 && texts[0] === '' ? undefined : texts
}

export function textOf(set: DataSet | undefined, keyword: Keyword): string | undefined {
  return textsOf(set, keyword)?.[0]
}

/** Numbers of any representation. Undefined where the attribute is absent or empty; text that is no number is told. */
export function numbersOf(set: DataSet | undefined, keyword: Keyword, where: string): readonly number[] | undefined {
  const element = set && elementOf(set, keyword)
  if (!set || !element?.bytes) return undefined
  const binary = binaryNumbers(element, set.littleEndian)
  if (binary) return binary.length > 0 ? binary : undefined
  const texts = decodeText(element.bytes, set).split('\\').map(trimmed)
  if (texts.every((text) => text === '')) return undefined
  return texts.map((text) => {
    const value = text === '' ? NaN : Number(text)
    if (!Number.isFinite(value))
      throw new FormatError(where, `${tagText(element.tag)} is ${shown(texts.join('\\'))}, which is no number; the file is damaged`) // prettier-ignore
    return value
  })
}

export function numberOf(set: DataSet | undefined, keyword: Keyword, where: string): number | undefined {
  return numbersOf(set, keyword, where)?.[0]
}

/** Exactly `count` numbers, or undefined where the attribute is absent. */
export function vectorOf(
  set: DataSet | undefined,
  keyword: Keyword,
  count: number,
  where: string,
): readonly number[] | undefined {
  const values = numbersOf(set, keyword, where)
  if (values && values.length !== count)
    throw new FormatError(
      where,
      `${tagText(tags[keyword])} has ${values.length} values, ${count} are needed; the file is damaged`,
    )
  return values
}

const readers: Partial<Record<Representation, { size: number; read: (view: DataView, at: number, little: boolean) => number }>> = {
  US: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  SS: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  UL: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  SL: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  FL: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  FD: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  SV: { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  UV: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  OV: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  AT: { size: 4, read: (view, at, little) => view.getUint16(at, little) * 65536 + view.getUint16(at + 2, little) },
} // prettier-ignore

/** The numbers of a binary representation; undefined for the others. */
export function binaryNumbers({ bytes, representation }: DataElement, littleEndian: boolean): number[] | undefined {
  const reader = readers[representation]
  if (!reader || !bytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: Math.floor(bytes.length / reader.size) }, (_, i) =>
    reader.read(view, i * reader.size, littleEndian),
  )
}

/** Without the spaces and zero bytes that pad values. */
function trimmed(text: string): string {
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text.charCodeAt(end - 1) === 32)) end--
  return text.slice(0, end).trimStart()
}
