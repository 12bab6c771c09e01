import { FormatError } from '../core/errors.ts'
import { cutShort, inflateStreams } from '../kernels/inflate.ts'
import { crc32 } from './crc32.ts'
import { gzipHeadLength, isGzip } from './gzip.ts'

export { isGzip }
export { bytesToInflate, largestRatio } from '../kernels/inflate.ts'

/** The checksum of gzip; a platform may have a faster one. */
export type Checksum = (bytes: Uint8Array) => number

/** `Files.inflate` by a kernel, in as many threads as kernels have. */
export function inflate(
  bytes: Uint8Array,
  limit: number,
  container?: 'raw',
  briefly = false,
  checksum: Checksum = crc32,
): Uint8Array {
  if (container === 'raw') return inflateStreams(bytes, limit, (at) => (at === 0 ? 0 : null), briefly)
  return isGzip(bytes) ? gunzip(bytes, limit, checksum, briefly) : unzlib(bytes, limit, briefly)
}

/** Members of a gzip file (RFC 1952), one after the other; what follows the last one is read over, as by zlib. */
function gunzip(bytes: Uint8Array, limit: number, checksum: Checksum, briefly: boolean): Uint8Array {
  const members: { end: number; length: number }[] = []
  const next = (at: number, length: number): number | null => {
    if (at > 0) members.push({ end: at, length })
    const next = at > 0 ? at + 8 : 0 // after checksum and length
    return at === 0 || isGzip(bytes.subarray(next)) ? next + gzipHeadLength(bytes.subarray(next)) : null
  }
  const data = inflateStreams(bytes, limit, next, briefly)
  let from = 0
  for (const { end, length } of members) {
    if (end + 8 > bytes.length) throw cutShort()
    const trailer = new DataView(bytes.buffer, bytes.byteOffset + end, 8)
    const matches = checksum(data.subarray(from, from + length)) === trailer.getUint32(0, true)
    if (!matches || trailer.getUint32(4, true) !== length % 2 ** 32) throw mismatch()
    from += length
  }
  return data
}

/** RFC 1950. */
function unzlib(bytes: Uint8Array, limit: number, briefly: boolean): Uint8Array {
  if (bytes.length < 2) throw cutShort()
  if ((bytes[0] & 15) !== 8 || ((bytes[0] << 8) | bytes[1]) % 31 !== 0 || bytes[1] & 32)
    throw new FormatError('compressed data', 'begin neither as gzip nor as zlib data; the file is damaged')
  let end = 0
  const next = (at: number): number | null => {
    end = at
    return at === 0 ? 2 : null
  }
  const data = inflateStreams(bytes, limit, next, briefly)
  if (end + 4 > bytes.length) throw cutShort()
  if (new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0) !== adler32(data)) throw mismatch()
  return data
}

function mismatch(): FormatError {
  return new FormatError('compressed data', 'do not agree with their checksum; the file is damaged or cut short')
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
