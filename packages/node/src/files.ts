import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { constants } from 'node:buffer'
import { homedir } from 'node:os'
import { crc32, deflateSync, gunzipSync, gzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { codeOf, explained } from './explained.ts'
import { FormatError, prepared, type Files, type OpenFile } from 'volvox/core'
import { bytesToInflate, inflate as inflateShared, isGzip, largestRatio } from 'volvox/formats/inflate'
import { kernelThreads } from 'volvox/kernels/threads'
import { imageDecoder } from './imageDecoder.ts'
import { useLargePages } from './largePages.ts'
import { markRarely } from './markRarely.ts'
import { recordFile } from './recordFile.ts'
import { temporaryName } from './temporaryName.ts'

useLargePages() // whatever is read with these is large
markRarely()

/** The file system and zlib of Node. */
export const nodeFiles: Files = {
  home: homedir(),
  read,
  open,
  write,
  stat,
  list,
  inflate,
  deflate,
  crc32,
  database: recordFile,
  imageDecoder,
}

/** What Node reads in one piece. */
const largestFile = 2 ** 31 - 1

function read(path: string, limit?: number, briefly?: boolean): Uint8Array {
  return explained(path, 'read', () => {
    const { size } = statSync(path)
    // Node reads what has no size, such as pipes, and says what is too large.
    if (limit === undefined && (size === 0 || size > largestFile)) return bytesOf(readFileSync(path))
    const file = openSync(path, 'r')
    try {
      const room = briefly && isLongGzip(file, size) ? bytesToInflate(size) : prepared(new Uint8Array(limit ?? size))
      return filled(file, room, null)
    } finally {
      closeSync(file)
    }
  })
}

/** What `isGzip` looks at. */
const firstBytes = new Uint8Array(3)

/** Whether a file is going to be inflated by the kernel. */
function isLongGzip(file: number, size: number): boolean {
  if (kernelThreads() === 1 || size < shared.least || size > shared.most) return false
  readSync(file, firstBytes, 0, firstBytes.length, 0)
  return isGzip(firstBytes)
}

/** What the file holds from place `at` (or from where it has been read to), at most what `buffer` takes. */
function filled(file: number, buffer: Uint8Array, at: number | null): Uint8Array {
  let length = 0
  for (let count = 1; count > 0 && length < buffer.length; length += count)
    count = readSync(file, buffer, length, buffer.length - length, at === null ? null : at + length)
  return buffer.subarray(0, length)
}

function open(path: string): OpenFile {
  const file = explained(path, 'read', () => openSync(path, 'r'))
  return {
    size: fstatSync(file).size,
    read: (at, length, into = prepared(new Uint8Array(length))) =>
      explained(path, 'read', () => filled(file, into.subarray(0, length), at)),
    close: () => closeSync(file),
  }
}

/** The bytes are on the disk before the file has its name: after a crash the old file or the new is there, whole. */
function write(path: string, bytes: Uint8Array, { lasting = true }: { readonly lasting?: boolean } = {}): void {
  explained(path, 'written', () => {
    const temporary = temporaryName(path)
    try {
      const file = openSync(temporary, 'w')
      try {
        for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
        if (lasting) fsyncSync(file)
      } finally {
        closeSync(file)
      }
      renameSync(temporary, path)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  })
}

function list(path: string): readonly string[] | null {
  return explained(path, 'read', () => {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return null
    const entries = readdirSync(path, { withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  })
}

function stat(path: string): { size: number; modifiedMs: number } | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() ? { size: found.size, modifiedMs: found.mtimeMs } : null
}

/** What threads share is inflated by the kernel: from so many bytes on, as long as all that comes out fits well into its memory. */
const shared = { least: 2 ** 20, most: 2 ** 28 }

function inflate(bytes: Uint8Array, limit: number, container?: 'raw', briefly?: boolean): Uint8Array {
  if (kernelThreads() > 1 && bytes.length >= shared.least && limit <= shared.most)
    return inflateShared(bytes, limit, container, briefly, crc32)
  if (limit > constants.MAX_LENGTH)
    throw new FormatError(
      'compressed data',
      `${limit} bytes are more than Node holds in one piece (${constants.MAX_LENGTH}); store them in parts`,
    )
  // One buffer that holds the whole result (and is not quite filled by it) spares zlib growing and joining others.
  const options = {
    maxOutputLength: Math.max(1, limit),
    chunkSize: Math.max(64, Math.min(limit, bytes.length * largestRatio, constants.MAX_LENGTH - 64) + 64),
  }
  try {
    const unpack = container === 'raw' ? inflateRawSync : isGzip(bytes) ? gunzipSync : inflateSync
    return bytesOf(unpack(bytes, options))
  } catch (error) {
    const code = codeOf(error)
    const why =
      code === 'ERR_BUFFER_TOO_LARGE'
        ? `inflate to more than the ${limit} bytes that are expected`
        : (zlibReasons[code] ?? `cannot be inflated (${String(error)})`)
    throw new FormatError('compressed data', `${why}; the file is damaged or cut short`)
  }
}

const zlibReasons: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'end too soon',
  Z_DATA_ERROR: 'do not agree with their checksum or are no valid stream',
}

function deflate(bytes: Uint8Array, container: 'gzip' | 'zlib', level = 6): Uint8Array {
  return bytesOf(container === 'gzip' ? gzipSync(bytes, { level }) : deflateSync(bytes, { level }))
}

/** A plain view, so that Node's Buffer and its pool stay inside this file. */
function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
