import { Gunzip, Inflate, Unzlib } from 'fflate'
import { FormatError, VolvoxError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { joinedBytes } from '../core/lists.ts'
import { crc32 } from './crc32.ts'
import { isGzip } from './gzip.ts'

/** `Files.inflate` in pure JavaScript, for where no zlib is. */
export const inflate: Files['inflate'] = (bytes, limit, container) =>
  container === 'raw' ? inflateRaw(bytes, limit) : isGzip(bytes) ? gunzip(bytes, limit) : unzlib(bytes, limit)

/** Bytes of input a step: bounds what can come out before the limit is checked. */
const step = 65536

function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  const output = collector(limit)
  let crc = 0
  const stream = new Gunzip((piece) => {
    crc = crc32(piece, crc)
    output.add(piece)
  })
  // A member ends with its checksum and its length.
  const checkMember = (end: number): void => {
    if (end < 8 || new DataView(bytes.buffer, bytes.byteOffset + end - 8, 4).getUint32(0, true) !== crc)
      throw damaged('its checksum does not match')
    crc = 0
  }
  stream.onmember = checkMember
  pushAll(bytes, (piece, last) => stream.push(piece, last))
  checkMember(bytes.length)
  return output.joined()
}

function unzlib(bytes: Uint8Array, limit: number): Uint8Array {
  const output = collector(limit)
  const stream = new Unzlib((piece) => output.add(piece))
  pushAll(bytes, (piece, last) => stream.push(piece, last))
  const data = output.joined()
  if (
    bytes.length < 6 ||
    new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0) !== adler32(data)
  )
    throw damaged('its checksum does not match')
  return data
}

function inflateRaw(bytes: Uint8Array, limit: number): Uint8Array {
  const output = collector(limit)
  const stream = new Inflate((piece) => output.add(piece))
  pushAll(bytes, (piece, last) => stream.push(piece, last))
  return output.joined()
}

/** The first bytes of a DEFLATE stream, at least `length` where it has them and is not damaged before. */
export function inflateRawHead(bytes: Uint8Array, length: number): Uint8Array {
  const pieces: Uint8Array[] = []
  const progress = { filled: 0 }
  const stream = new Inflate((piece) => {
    pieces.push(piece)
    progress.filled += piece.length
  })
  const headStep = 512 // bounds what one step can inflate to
  try {
    for (let at = 0; at < bytes.length && progress.filled < length; at += headStep)
      stream.push(bytes.subarray(at, at + headStep), at + headStep >= bytes.length)
  } catch {
    // What came before the damage; whoever inflates all of it says where it is.
  }
  return joinedBytes(pieces)
}

function pushAll(bytes: Uint8Array, push: (piece: Uint8Array, last: boolean) => void): void {
  try {
    for (let at = 0; at === 0 || at < bytes.length; at += step)
      push(bytes.subarray(at, at + step), at + step >= bytes.length)
  } catch (error) {
    throw error instanceof VolvoxError ? error : damaged(error instanceof Error ? error.message : String(error))
  }
}

function damaged(how: string): FormatError {
  return new FormatError('compressed data', `${how}; the file is damaged or cut short`)
}

function collector(limit: number): { add(piece: Uint8Array): void; joined(): Uint8Array } {
  const pieces: Uint8Array[] = []
  let length = 0
  return {
    add(piece) {
      length += piece.length
      if (length > limit)
        throw new FormatError(
          'compressed data',
          `inflate to more than the ${limit} bytes that are expected; the file is damaged`,
        )
      pieces.push(piece)
    },
    joined: () => joinedBytes(pieces),
  }
}

/** The checksum of zlib (RFC 1950). */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0]
  for (let start = 0; start < bytes.length; start += 3800) {
    const end = Math.min(bytes.length, start + 3800) // the sums stay below 2^32 for so long
    for (let i = start; i < end; i++) {
      a += bytes[i]
      b += a
    }
    a %= 65521
    b %= 65521
  }
  return ((b << 16) | a) >>> 0
}
