import { closeSync, existsSync, fstatSync, openSync, readSync, writevSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { crc32 } from 'node:zlib'
import { FormatError, type Files } from 'volvox/core'
import { codeOf, explained, makeFolder } from './explained.ts'

// Bytes by key in one file, for threads and processes at once. Records are only ever added, each by one write to the end of the file,
// which the system does not mix with others; the last one of a key counts. A record that is damaged or was cut short by a crash is
// stepped over: whoever needs it adds it anew. Nothing is mapped into memory, so no file, whatever is in it, ends the process.
//
//   0  mark          8 bytes
//   8  CRC-32        of what follows, up to the body
//  12  key length    4 bytes, little endian as all numbers
//  16  body length   8 bytes
//  24  key           UTF-8
//      body          checked by whoever reads it

const mark = Buffer.from('\x89VXREC\r\n', 'latin1')
const fixedBytes = 24
const longestKey = 256
/** Linux writes no more at once. */
const mostBytes = 0x7ffff000

type Database = ReturnType<NonNullable<Files['database']>>

/** One for each file and thread, so that a file is gone through once. */
const opened = new Map<string, RecordFile>()

/** Bytes by key in the file at `path`, which is made where it is missing. */
export function recordFile(path: string): Database {
  const full = resolve(path)
  const file = opened.get(full) ?? new RecordFile(full)
  opened.set(full, file)
  return file
}

interface Place {
  readonly at: number
  readonly length: number
}

class RecordFile implements Database {
  private readonly path: string
  private readonly file: number
  /** Why nothing can be added; null where it can. */
  private readonly refusal: unknown
  /** Where each key's last body lies. */
  private readonly places = new Map<string, Place>()
  /** Up to here records have been gone through; the body of the last one begins at `lastBody`. */
  private end = 0
  private lastBody = 0
  /** The size of the file when it was gone through. */
  private size = 0

  constructor(path: string) {
    this.path = path
    const { file, refusal } = opening(path)
    this.file = file
    this.refusal = refusal
    this.goThrough()
    const begins = this.bytesAt(0, mark.length)
    if (this.places.size > 0 || begins.equals(mark.subarray(0, begins.length))) return
    closeSync(file)
    throw new FormatError(path, 'is no file of kept samples; name another file, or delete this one')
  }

  get(key: string, room: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes)): Uint8Array | undefined {
    this.goThrough()
    const place = this.places.get(key)
    if (!place) return undefined
    const bytes = room(place.length)
    return bytes.subarray(
      0,
      explained(this.path, 'read', () => readSync(this.file, bytes, 0, bytes.length, place.at)),
    )
  }

  put(key: string, bytes: Uint8Array): void {
    const head = headOf(key, bytes.length)
    const total = head.length + bytes.length
    if (total > mostBytes)
      throw new FormatError(this.path, `takes no entry of ${bytes.length} bytes (2 GiB at most); use PersistentDataset`)
    explained(this.path, 'written', () => {
      if (this.refusal) throw this.refusal
      const written = writevSync(this.file, [head, bytes])
      if (written < total) throw new FormatError(this.path, 'cannot be written: the disk is full; make room and repeat')
    })
  }

  /** Finds the records that have been added since the last time, by whomever. */
  private goThrough(): void {
    const { size } = explained(this.path, 'read', () => fstatSync(this.file))
    if (size === this.size) return
    this.size = size
    if (size < this.end) {
      this.places.clear() // somebody has cut the file: from the beginning
      this.end = this.lastBody = 0
    }
    while (this.end < size) {
      const head = this.headAt(this.end)
      const at = head ? this.end + head.bytes : size
      if (head && at + head.length <= size) {
        this.places.set(head.key, { at, length: head.length })
        this.lastBody = at
        this.end = at + head.length
        continue
      }
      // This record is damaged, cut short by a crash, or being written; or the one before was cut short, and others lie in its body.
      const next = this.nextHead(head ? this.end + 1 : this.lastBody)
      if (next === null) return
      this.end = next
    }
  }

  /** The head of the record that begins at a place, `bytes` long, before a body of `length` bytes; null where none does. */
  private headAt(place: number): { key: string; bytes: number; length: number } | null {
    const head = this.bytesAt(place, fixedBytes + longestKey)
    if (head.length < fixedBytes || !head.subarray(0, mark.length).equals(mark)) return null
    const bytes = fixedBytes + head.readUInt32LE(12)
    if (bytes > head.length || crc32(head.subarray(12, bytes)) !== head.readUInt32LE(8)) return null
    return { key: head.toString('utf8', fixedBytes, bytes), bytes, length: Number(head.readBigUInt64LE(16)) }
  }

  /** Where the next record begins, from a place on; null where none does. */
  private nextHead(from: number): number | null {
    const step = 2 ** 20
    for (let at = from; at < this.size; at += step) {
      const bytes = this.bytesAt(at, step + mark.length - 1)
      for (let i = bytes.indexOf(mark); i >= 0; i = bytes.indexOf(mark, i + 1)) if (this.headAt(at + i)) return at + i
    }
    return null
  }

  private bytesAt(place: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, this.size - place)))
    return bytes.subarray(0, readSync(this.file, bytes, 0, bytes.length, place))
  }
}

/** Opens the file to add to it, or, where the system refuses that, to read it. */
function opening(path: string): { file: number; refusal: unknown } {
  return explained(path, 'opened', () => {
    try {
      makeFolder(dirname(path))
      return { file: openSync(path, 'a+'), refusal: null }
    } catch (refusal) {
      if (!['EACCES', 'EPERM', 'EROFS'].includes(codeOf(refusal)) || !existsSync(path)) throw refusal
      return { file: openSync(path, 'r'), refusal }
    }
  })
}

function headOf(key: string, length: number): Buffer {
  const name = Buffer.from(key, 'utf8')
  const head = Buffer.concat([mark, Buffer.alloc(fixedBytes - mark.length), name])
  head.writeUInt32LE(name.length, 12)
  head.writeBigUInt64LE(BigInt(length), 16)
  head.writeUInt32LE(crc32(head.subarray(12)), 8)
  return head
}
