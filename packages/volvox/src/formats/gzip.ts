import { Gunzip, Inflate } from 'fflate'
import { FormatError, VolvoxError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { joinedBytes } from '../core/lists.ts'
import { inflateBeginning, largestRatio, sharedFrom } from '../kernels/inflate.ts'

export { largestRatio }

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8
}

/** Bytes of a member before its stream (RFC 1952): ten, then what the flags announce. */
export function gzipHeadLength(member: Uint8Array): number {
  const flags = member[3]
  let at = 10
  if (flags & 4) at += 2 + (member[at] | (member[at + 1] << 8)) // extra fields
  for (const flag of [8, 16]) if (flags & flag) at = member.indexOf(0, at) + 1 || member.length // name, comment
  return Math.min(flags & 2 ? at + 2 : at, member.length)
}

/**
 * For heads of long files: whatever array is made while a large one is young makes V8 look through the young ones, and what is seen
 * twice gets old.
 */
const ownHead = new Uint8Array(1024)

/**
 * The first `length` bytes that gzip data inflate to, or fewer where they hold fewer. Reads no further than it must. They are to be
 * used before another head is inflated.
 */
export function inflateHead(bytes: Uint8Array, length: number, where: string): Uint8Array {
  const own = ownHead.subarray(0, length)
  if (own.length === length && bytes.length >= sharedFrom && inflateBeginning(bytes, gzipHeadLength(bytes), own))
    return own
  const head = headOf((take) => new Gunzip(take), bytes, length)
  if (!head.damaged) return head.bytes
  throw new FormatError(where, 'the compressed data are damaged at the start; fetch the file again')
}

/** The same of a DEFLATE stream; what comes before damage, where it is damaged. */
export function inflateRawHead(bytes: Uint8Array, length: number): Uint8Array {
  return headOf((take) => new Inflate(take), bytes, length).bytes
}

/** Input of one step: bounds what it can inflate to. */
const headStep = 512

function headOf(
  open: (take: (piece: Uint8Array) => void) => { push(bytes: Uint8Array, last: boolean): void },
  bytes: Uint8Array,
  length: number,
): { readonly bytes: Uint8Array; readonly damaged: boolean } {
  const pieces: Uint8Array[] = []
  const progress = { left: length }
  const stream = open((piece) => {
    const used = piece.subarray(0, progress.left)
    pieces.push(used)
    progress.left -= used.length
  })
  let damaged = false
  try {
    for (let at = 0; at < bytes.length && progress.left > 0; at += headStep)
      stream.push(bytes.subarray(at, at + headStep), at + headStep >= bytes.length)
  } catch {
    damaged = progress.left > 0
  }
  return { bytes: joinedBytes(pieces), damaged }
}

/**
 * Inflates gzip or zlib data that should hold at least `expected` bytes and may hold `slack` more. Before anything is
 * allocated, `expected` is checked against what so many compressed bytes can hold at best. With `briefly` they are to be used
 * within the present reading, see `Files.inflate`.
 */
export function inflateExpected(
  bytes: Uint8Array,
  expected: number,
  slack: number,
  inflate: Files['inflate'],
  where: string,
  briefly = false,
): Uint8Array {
  if (!(expected <= bytes.length * largestRatio))
    throw new FormatError(
      where,
      `${bytes.length} compressed bytes cannot hold the ${expected} bytes that the header declares; the file is damaged or cut short`,
    )
  try {
    return inflate(bytes, expected + slack, undefined, briefly)
  } catch (error) {
    throw error instanceof VolvoxError ? error.within(where) : error
  }
}
