import { Gunzip } from 'fflate'
import { FormatError, VolvoxError } from '../core/errors.ts'
import { largestRatio } from '../kernels/inflate.ts'

export { largestRatio }

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8
}

/** The first `length` bytes that gzip data inflate to, or fewer where they hold fewer. Reads no further than it must. */
export function inflateHead(bytes: Uint8Array, length: number, where: string): Uint8Array {
  const head = new Uint8Array(length)
  const progress = { filled: 0 }
  const stream = new Gunzip((piece) => {
    const used = piece.subarray(0, length - progress.filled)
    head.set(used, progress.filled)
    progress.filled += used.length
  })
  const step = 512 // bounds what one step can inflate to
  try {
    for (let at = 0; at < bytes.length && progress.filled < length; at += step)
      stream.push(bytes.subarray(at, at + step), at + step >= bytes.length)
  } catch {
    if (progress.filled < length)
      throw new FormatError(where, 'the compressed data are damaged at the start; fetch the file again')
  }
  return head.subarray(0, progress.filled)
}

/**
 * Inflates gzip or zlib data that should hold at least `expected` bytes and may hold `slack` more. Before anything is
 * allocated, `expected` is checked against what so many compressed bytes can hold at best.
 */
export function inflateExpected(
  bytes: Uint8Array,
  expected: number,
  slack: number,
  inflate: (bytes: Uint8Array, limit: number) => Uint8Array,
  where: string,
): Uint8Array {
  if (!(expected <= bytes.length * largestRatio))
    throw new FormatError(
      where,
      `${bytes.length} compressed bytes cannot hold the ${expected} bytes that the header declares; the file is damaged or cut short`,
    )
  try {
    return inflate(bytes, expected + slack)
  } catch (error) {
    throw error instanceof VolvoxError ? error.within(where) : error
  }
}
