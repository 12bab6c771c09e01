import { FormatError } from '../../core/errors.ts'
import { joinedBytes } from '../../core/lists.ts'
import { bunzip2 } from '../bzip2/bunzip2.ts'
import type { Reading } from '../format.ts'
import { inflateExpected } from '../gzip.ts'
import type { NrrdHeader } from './header.ts'

interface Piece {
  readonly bytes: Uint8Array
  readonly where: string
}

/** What may lie before the voxels in a compressed stream of which they are the end. */
const slack = 2 ** 20

/** The bytes of all voxels; `own` when nobody else holds them. */
export function binaryData(
  bytes: Uint8Array,
  header: NrrdHeader,
  needed: number,
  reading: Reading,
): { bytes: Uint8Array; own: boolean } {
  const pieces = piecesOf(bytes, header, reading)
  const briefly = pieces.length === 1
  const decoded = pieces.map((piece) => decodedPiece(piece, header, needed / pieces.length, reading, briefly))
  if (decoded.length > 1) return { bytes: joinedBytes(decoded), own: true }
  return { bytes: decoded[0], own: header.encoding !== 'raw' }
}

/** The text of all voxels. */
export function textData(bytes: Uint8Array, header: NrrdHeader, reading: Reading): Uint8Array {
  const newline = Uint8Array.of(10)
  const pieces = piecesOf(bytes, header, reading).flatMap(({ bytes: text }) => [
    text.subarray(Math.max(0, header.byteSkip)),
    newline,
  ])
  return pieces.length === 2 ? pieces[0] : joinedBytes(pieces)
}

/** The data of each file, after the lines to skip. */
function piecesOf(bytes: Uint8Array, header: NrrdHeader, reading: Reading): Piece[] {
  const pieces = header.dataFiles?.names.map((name) => ({
    bytes: reading.sidecar(name),
    where: `${reading.name} (${name})`,
  })) ?? [{ bytes: bytes.subarray(header.bytes), where: reading.name }]
  return pieces.map((piece) => ({ ...piece, bytes: afterLines(piece, header.lineSkip) }))
}

function afterLines({ bytes, where }: Piece, lines: number): Uint8Array {
  let at = 0
  for (let line = 0; line < lines; line++) {
    const newline = bytes.indexOf(10, at)
    if (newline < 0) throw new FormatError(where, `"line skip" is ${lines}, but there are only ${line} lines of data`)
    at = newline + 1
  }
  return bytes.subarray(at)
}

function decodedPiece(
  { bytes, where }: Piece,
  header: NrrdHeader,
  needed: number,
  reading: Reading,
  briefly: boolean,
): Uint8Array {
  const { encoding, byteSkip } = header
  const skip = Math.max(0, byteSkip)
  const more = byteSkip === -1 ? slack : 0
  const unpacked =
    encoding === 'gzip'
      ? inflateExpected(bytes, skip + needed, more, reading.inflate, where, briefly)
      : encoding === 'bzip2'
        ? bunzip2(bytes, skip + needed, more, where)
        : encoding === 'hex'
          ? bytesOfHex(bytes, skip + needed, where)
          : bytes
  const start = byteSkip === -1 ? unpacked.length - needed : skip
  if (!(start >= 0 && unpacked.length - start >= needed))
    throw new FormatError(
      where,
      `${Math.max(0, unpacked.length - skip)} bytes of voxels are there, the header declares ${needed}; the data are cut short`,
    )
  return unpacked.subarray(start, start + needed)
}

function bytesOfHex(text: Uint8Array, most: number, where: string): Uint8Array {
  const out = new Uint8Array(Math.min(most, Math.ceil(text.length / 2)))
  let digits = 0
  for (const code of text) {
    if (digits === 2 * out.length) break
    if (code <= 32) continue
    const lower = code | 32
    const digit = code >= 48 && code <= 57 ? code - 48 : lower >= 97 && lower <= 102 ? lower - 87 : -1
    if (digit < 0)
      throw new FormatError(
        where,
        `${JSON.stringify(String.fromCharCode(code))} is no hexadecimal digit; the data are damaged`,
      )
    out[digits >> 1] |= digit << (digits % 2 === 0 ? 4 : 0)
    digits++
  }
  return out.subarray(0, digits >> 1)
}
