import { Gunzip, Inflate, Unzlib, gzipSync, zlibSync, type GzipOptions } from 'fflate'
import { FormatError, MissingError, VolvoxError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { crc32 } from './crc32.ts'
import { isGzip } from './gzip.ts'

/**
 * Files held in memory by path, e.g. those that the user of a page picked; what is written is added to `entries`.
 * (De)compression is pure JavaScript, so this works where Node does not. Decoders of compressed DICOM are to be handed in, see
 * `wasmImageDecoder`.
 */
export function memoryFiles(
  entries: Map<string, Uint8Array> = new Map(),
  given: Pick<Files, 'imageDecoder'> = {},
): Files {
  return {
    ...given,
    list(path) {
      const folder = path.replace(/\/?$/, '/')
      const inside = [...entries.keys()].filter((key) => key.startsWith(folder)).map((key) => key.slice(folder.length))
      return inside.length > 0 && !entries.has(path) ? inside.filter((name) => !name.includes('/')).sort() : null
    },
    read(path, limit) {
      const bytes = entries.get(path)
      if (!bytes) throw new MissingError(path, 'there is no such file; pick it too')
      return limit === undefined ? bytes : bytes.subarray(0, limit)
    },
    write(path, bytes) {
      entries.set(path, bytes.slice())
    },
    inflate: (bytes, limit, container) =>
      container === 'raw' ? inflateRaw(bytes, limit) : isGzip(bytes) ? gunzip(bytes, limit) : unzlib(bytes, limit),
    deflate: (bytes, container, level = 6) => {
      const options = { level: Math.min(9, Math.max(0, Math.round(level))) as GzipOptions['level'], mtime: 0 } // whole and 0 to 9: one of fflate's levels
      return container === 'gzip' ? gzipSync(bytes, options) : zlibSync(bytes, options)
    },
  }
}

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
    joined() {
      const out = new Uint8Array(length)
      let at = 0
      for (const piece of pieces) {
        out.set(piece, at)
        at += piece.length
      }
      return out
    },
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
