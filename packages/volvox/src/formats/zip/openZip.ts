import { FormatError, shown, VolvoxError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { crc32 } from '../crc32.ts'
import { largestRatio } from '../gzip.ts'
import { inflate as inflateHere } from '../inflate.ts'

/** The files in a zip archive. Contents are inflated when they are asked for. */
export interface ZipArchive {
  readonly names: readonly string[]
  /** The contents: a view of the archive where they are stored as they are, which PyTorch does. */
  read(name: string): Uint8Array
}

interface Entry {
  readonly name: string
  readonly method: number
  readonly crc: number
  /** Bytes in the archive, and inflated. */
  readonly packed: number
  readonly size: number
  /** Where its local header and its contents begin. */
  readonly header: number
  readonly start: number
}

const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50 }
const [stored, deflated] = [0, 8]

type Inflate = Files['inflate']

/** How much an archive may inflate to in all: so many bytes, and so many times its length if that is more. */
interface InflateLimit {
  readonly least: number
  readonly ratio: number
}

/** Weights do not shrink much. */
const limitOfWeights: InflateLimit = { least: 2 ** 28, ratio: 16 }

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
}

/**
 * Opens a zip archive, as PyTorch writes them (APPNOTE 6.3, with zip64). Names that lead elsewhere or come twice, parts
 * that overlap, and sizes beyond what is there are refused. `where` names the file in errors.
 */
export function openZip(
  bytes: Uint8Array,
  where: string,
  inflatesTo = limitOfWeights,
  inflate: Inflate = inflateHere,
): ZipArchive {
  const entries = new Map<string, Entry>()
  for (const entry of centralDirectory(bytes, where)) {
    if (entries.has(entry.name))
      throw new FormatError(where, `holds ${shown(entry.name)} twice; the archive is damaged`)
    entries.set(entry.name, entry)
  }
  checkOverlaps([...entries.values()], where)
  let left = Math.max(inflatesTo.least, inflatesTo.ratio * bytes.length)
  const contents = new Map<string, Uint8Array>()
  return {
    names: [...entries.keys()],
    read(name) {
      const known = contents.get(name)
      if (known) return known
      const entry = entries.get(name)
      if (!entry)
        throw new FormatError(where, `has no file ${shown(name)} inside; the archive is damaged or of something else`)
      if (entry.method === deflated) left -= entry.size
      if (left < 0)
        throw new FormatError(
          where,
          `inflates to far more than its ${bytes.length} bytes; it is damaged or made to exhaust memory`,
        )
      const content = contentOf(bytes, entry, where, inflate)
      contents.set(name, content)
      return content
    },
  }
}

function contentOf(bytes: Uint8Array, entry: Entry, where: string, inflate: Inflate): Uint8Array {
  const { name, method, crc, packed, size, start } = entry
  const raw = bytes.subarray(start, start + packed)
  const content = method === stored ? raw : inflated(raw, size, name, where, inflate)
  // PyTorch may be told to leave checksums out, and then writes 0.
  if (crc !== 0 && crc32(content) !== crc)
    throw new FormatError(
      where,
      `${shown(name)} inside does not agree with its checksum; the file is damaged, fetch it again`,
    )
  return content
}

function inflated(raw: Uint8Array, size: number, name: string, where: string, inflate: Inflate): Uint8Array {
  let content: Uint8Array | null = null
  try {
    content = inflate(raw, size, 'raw')
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error
  }
  if (content?.length !== size)
    throw new FormatError(
      where,
      `${shown(name)} inside does not inflate to the ${size} bytes that it should; the file is damaged`,
    )
  return content
}

function centralDirectory(bytes: Uint8Array, where: string): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { count, start, end } = endRecord(view, where)
  const entries: Entry[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== signatures.central)
      throw new FormatError(where, `its list of files is cut off after ${i} of ${count}; the archive is damaged`)
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true))
    const next = at + 46 + nameLength + extraLength + commentLength
    if (next > end)
      throw new FormatError(
        where,
        `its list of files is cut off in number ${i + 1} of ${count}; the archive is damaged`,
      )
    entries.push(entryAt(view, bytes, at, start, where))
    at = next
  }
  return entries
}

/** Where the list of files is. */
function endRecord(view: DataView, where: string): { count: number; start: number; end: number } {
  const length = view.byteLength
  let at = length - 22
  const lowest = Math.max(0, length - 22 - 0xffff)
  while (
    at >= lowest &&
    !(view.getUint32(at, true) === signatures.end && at + 22 + view.getUint16(at + 20, true) === length)
  )
    at--
  if (at < lowest)
    throw new FormatError(where, 'begins as a zip archive, but its end is not there; it is cut off, fetch it again')
  let [count, size, start] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ]
  if ((count === 0xffff || size === 0xffffffff || start === 0xffffffff) && at >= 20) {
    const record = view.getUint32(at - 20, true) === signatures.locator64 ? wide(view, at - 12) : NaN
    if (!(record + 56 <= at) || view.getUint32(record, true) !== signatures.end64)
      throw new FormatError(where, 'its zip64 record is not where it says; the archive is damaged')
    ;[count, size, start] = [wide(view, record + 32), wide(view, record + 40), wide(view, record + 48)]
  }
  if (!(start + size <= at) || count * 46 > size)
    throw new FormatError(
      where,
      `lists ${count} files in ${size} bytes from byte ${start}, of ${length} in all; the archive is damaged`,
    )
  return { count, start, end: start + size }
}

function entryAt(view: DataView, bytes: Uint8Array, at: number, directory: number, where: string): Entry {
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)]
  const nameLength = view.getUint16(at + 28, true)
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
  checkName(name, where)
  const place = wideFields(view, at, nameLength)
  const file = `file ${shown(name)} inside`
  if (flags & 1) throw new FormatError(where, `${file} is encrypted; write the archive without a password`)
  if (method !== stored && method !== deflated)
    throw new FormatError(where, `${file} is packed by method ${method}; only stored and deflated ones can be read`)
  const { packed, size, header } = place
  if (!(header + 30 <= directory) || view.getUint32(header, true) !== signatures.local)
    throw new FormatError(where, `${file} does not begin at byte ${header}, where it should; the archive is damaged`)
  const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true)
  if (!(start + packed <= directory) || (method === stored ? size !== packed : size > packed * largestRatio))
    throw new FormatError(
      where,
      `${file} takes ${packed} bytes from byte ${start} for ${size}, which cannot be; the archive is damaged`,
    )
  return { name, method, crc: view.getUint32(at + 16, true), packed, size, header, start }
}

/** Sizes and place of a listed file, from the zip64 field where the usual ones are full. */
function wideFields(view: DataView, at: number, nameLength: number): { packed: number; size: number; header: number } {
  const narrow = [24, 20, 42].map((offset) => view.getUint32(at + offset, true)) // in the order of the zip64 field
  let from = at + 46 + nameLength
  const end = from + view.getUint16(at + 30, true)
  while (from + 4 <= end && view.getUint16(from, true) !== 1) from += 4 + view.getUint16(from + 2, true)
  from += 4
  const [size, packed, header] = narrow.map((value) => {
    if (value !== 0xffffffff || from + 8 > end) return value
    from += 8
    return wide(view, from - 8)
  })
  return { size, packed, header }
}

function wide(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true))
}

function checkName(name: string, where: string): void {
  if (name === '' || name.includes('\0') || name.includes('\\') || /^\/|^[a-z]:|(^|\/)\.\.(\/|$)/i.test(name))
    throw new FormatError(where, `holds a file named ${shown(name)}, which leads out of the archive; it may be harmful`)
}

function checkOverlaps(entries: readonly Entry[], where: string): void {
  let end = 0
  for (const { name, header, start, packed } of entries.toSorted((a, b) => a.header - b.header)) {
    if (header < end)
      throw new FormatError(where, `file ${shown(name)} inside overlaps the one before; the archive is damaged`)
    end = start + packed
  }
}
