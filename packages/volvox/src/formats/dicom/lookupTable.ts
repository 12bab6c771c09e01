import { allocate, type TypedArray } from '../../core/dtype.ts'
import { FormatError } from '../../core/errors.ts'
import { roundEven } from '../../core/convert.ts'
import type { DataSet } from './dataSet.ts'
import { tags, tagText, type Keyword } from './tags.ts'
import { elementOf, numbersOf } from './values.ts'

/** A table of values (PS3.3, C.11.1 and C.7.9): stored value `first` has entry 0; those outside have the nearest entry. */
export interface LookupTable {
  readonly values: Uint16Array
  readonly first: number
  readonly bits: 8 | 16
}

/** Where a table stands: its size, first value and bits, and its entries, as they are or in segments. */
export interface TableKeywords {
  readonly descriptor: Keyword
  readonly data: Keyword
  readonly segmented?: Keyword
}

/** The table; `signed` says whether stored values are. */
export function lookupTable(set: DataSet, keywords: TableKeywords, signed: boolean, where: string): LookupTable {
  const [declared, first = 0, bits = 0] = numbersOf(set, keywords.descriptor, where) ?? []
  const count = declared === 0 ? 65536 : declared
  if (count === undefined || count > 65536 || bits < 8 || bits > 16)
    throw new FormatError(where, `${tagText(tags[keywords.descriptor])} is not the size, first value and bits (8 to 16) of a table; read it with raw values`) // prettier-ignore
  return {
    values: entriesOf(set, keywords, count, bits, where),
    first: signed && first > 32767 ? first - 65536 : first, // implicit encoding does not tell the sign
    bits: bits === 8 ? 8 : 16,
  }
}

/** What the table gives for `data`, into every `step`-th place of `out` from `start` on. */
export function lookUp({ values, first }: LookupTable, data: TypedArray, out: TypedArray, start = 0, step = 1): void {
  const last = values.length - 1
  for (let i = 0, at = start; i < data.length; i++, at += step)
    out[at] = values[Math.min(last, Math.max(0, Number(data[i]) - first))]
}

function entriesOf(set: DataSet, keywords: TableKeywords, count: number, bits: number, where: string): Uint16Array {
  const { data, segmented } = keywords
  const bytes = elementOf(set, data)?.bytes
  const pieces = bytes === undefined && segmented ? elementOf(set, segmented)?.bytes : undefined
  if (pieces) {
    const codes = { words: words(pieces, bits === 8, set), bytewise: bits === 8, littleEndian: set.littleEndian }
    return unfolded(codes, count, `${where}: ${tagText(tags[segmented!])}`)
  }
  if (!bytes) throw new FormatError(where, `${tagText(tags[data])} is missing; read it with raw values`)
  // Entries of 8 bits are packed, or, by some writers, one in each 16 bits.
  const packed = bits === 8 && bytes.length < 2 * count
  if (bytes.length < (packed ? count : 2 * count))
    throw new FormatError(where, `${tagText(tags[data])} has ${bytes.length} bytes, ${count} entries need more; the file is damaged`) // prettier-ignore
  return words(bytes, packed, set).subarray(0, count)
}

function words(bytes: Uint8Array, packed: boolean, { littleEndian }: DataSet): Uint16Array {
  if (packed) return Uint16Array.from(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(2 * i, littleEndian))
}

/** Kinds of segments (PS3.3, C.7.9.2). */
const discrete = 0
const linear = 1
const indirect = 2

interface Codes {
  readonly words: Uint16Array
  /** Places take four codes instead of two. */
  readonly bytewise: boolean
  readonly littleEndian: boolean
}

/** The entries that segments stand for: given one by one, on a line from the entry before, or as other segments again. */
function unfolded({ words: codes, bytewise, littleEndian }: Codes, count: number, where: string): Uint16Array {
  const out = allocate('uint16', count) as Uint16Array
  let filled = 0
  const damaged = (what: string): FormatError => new FormatError(where, `${what}; the file is damaged`)
  const put = (value: number): void => {
    if (filled === count) throw damaged(`its segments make more than the ${count} entries that are declared`)
    out[filled++] = value
  }
  /** Up to `most` segments from `at` on, where fewer than two codes are padding. */
  const unfold = (at: number, most: number, inside: boolean): void => {
    for (let done = 0; done < most && at + 1 < codes.length; done++) {
      const start = at
      const [kind, length] = [codes[at], codes[at + 1]]
      if (kind > indirect || (kind === linear && filled === 0) || (kind === indirect && inside))
        throw damaged(`the segment at place ${start} is of kind ${kind}, which cannot stand there`)
      const taken = kind === discrete ? length : kind === linear ? 1 : bytewise ? 4 : 2
      const values = codes.subarray(start + 2, start + 2 + taken)
      if (values.length < taken) throw damaged(`it ends in the middle of the segment at place ${start}`)
      at = start + 2 + taken
      if (kind === discrete) values.forEach(put)
      else if (kind === linear) {
        const from = out[filled - 1]
        for (let i = 1; i <= length; i++) put(roundEven(from + ((values[0] - from) * i) / length))
      } else unfold(placeOf(values), length, true)
    }
  }
  /** The lower half comes first. GDCM and pydicom count codes, where the standard says bytes. */
  const placeOf = (values: Uint16Array): number => {
    const word = (i: number): number => values[i + (littleEndian ? 0 : 1)] + 256 * values[i + (littleEndian ? 1 : 0)]
    return bytewise ? word(0) + 65536 * word(2) : values[0] + 65536 * values[1]
  }
  unfold(0, Infinity, false)
  if (filled < count) throw damaged(`its segments make ${filled} entries, ${count} are declared`)
  return out
}
