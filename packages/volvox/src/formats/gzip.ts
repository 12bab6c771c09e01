import { Gunzip, Inflate } from 'fflate'
import { FormatError, VolvoxError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { joinedBytes } from '../core/lists.ts'
import { largestRatio } from '../kernels/inflate.ts'

export { largestRatio }

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8
}

/** The first `length` bytes that gzip data inflate to, or fewer where they hold fewer. Reads no further than it must. */
export function inflateHead(bytes: Uint8Array, length: number, where: string): Uint8Array {
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
