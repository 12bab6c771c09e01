import { uncleared } from '../core/dtype.ts'
import { FormatError } from '../core/errors.ts'
import {
  partBytes,
  partsInflater,
  readBeyond,
  spareBytes,
  windowBytes,
  type Ending,
  type Piece,
} from './inflateParts.ts'
import { withEmptyScratch, withScratch, type Scratch } from './runtime.ts'
import { kernelThreads } from './threads.ts'

/** No DEFLATE stream grows more than 1032-fold (258 bytes from 2 bits). */
export const largestRatio = 1032
/** Threads share a stream from so many bytes on. */
export const sharedFrom = 2 ** 20

/** What one stream may come to at first, bytes: only data that come to more are begun anew. */
const firstCapacity = 2 ** 26

/**
 * The bytes of DEFLATE streams (RFC 1951), one after the other, by a kernel that threads share where a stream is long. `next` gives the
 * byte where the next stream begins, or null: it is asked with 0 first, then with the byte after a stream and what that came to.
 * Throws `FormatError` where one is damaged, ends too soon, or all come to more than `limit` bytes. With `briefly` the bytes may be
 * left in kernel memory, see `borrowing`.
 */
export function inflateStreams(
  bytes: Uint8Array,
  limit: number,
  next: (at: number, length: number) => number | null,
  briefly = false,
): Uint8Array {
  const most = Math.min(limit, bytes.length * largestRatio)
  for (
    let capacity = Math.min(most, Math.max(firstCapacity, 8 * bytes.length));
    ;
    capacity = Math.min(most, 8 * capacity)
  ) {
    const data = inflateWithin(bytes, capacity, next, briefly)
    if (data) return data
    if (capacity === most)
      throw new FormatError(
        'compressed data',
        `inflate to more than the ${limit} bytes that are expected; the file is damaged or cut short`,
      )
  }
}

/** The same, or null where more than `capacity` bytes come out. */
function inflateWithin(
  bytes: Uint8Array,
  capacity: number,
  next: (at: number, length: number) => number | null,
  briefly: boolean,
): Uint8Array | null {
  const parts = bytes.length >= sharedFrom ? kernelThreads() : 1
  // Each part has as much room as all bytes need, of which it touches what it uses.
  const room = bytes.length + parts * (capacity + spareBytes + partBytes + 2 * windowBytes)
  const inflate = (scratch: Scratch): Uint8Array | null => {
    const memory = arranged(scratch, bytes, capacity, parts)
    const pieces: Piece[] = []
    for (let at = next(0, 0); at !== null;) {
      const stream = new Stream(memory, at)
      const end = stream.inflate()
      if (end === null) return null
      pieces.push(...stream.pieces)
      at = next(end, stream.length)
    }
    return (briefly ? inPlace(scratch, pieces) : null) ?? joined(scratch, pieces)
  }
  const all = room + meaningBytes + 4096
  return briefly
    ? withEmptyScratch('compressed data', all, bytes, inflate)
    : withScratch('compressed data', all, inflate)
}

/** Fills `out` with the first bytes of the DEFLATE stream at byte `at`; false where they are not found, for whatever reason. */
export function inflateBeginning(bytes: Uint8Array, at: number, out: Uint8Array): boolean {
  const input = bytes.subarray(at, at + 4 * out.length + 4096)
  const room = input.length + readBeyond + out.length + spareBytes + partBytes
  return withScratch('compressed data', room + 4096, (scratch) => {
    const source = scratch.take(input.length + readBeyond)
    scratch.bytes(source, input.length).set(input)
    scratch.bytes(source + input.length, readBeyond).fill(0)
    const first = scratch.take(out.length + spareBytes)
    const inflateParts = partsInflater(scratch, source + input.length, 1)
    const job = { from: 0, search: false, stop: Infinity, first, out: first, room: out.length }
    const [{ ending, bytes: found }] = inflateParts(source, [job])
    if (ending === 'damaged' || found.length < out.length) return false
    out.set(scratch.bytes(found.at, out.length))
    return true
  })
}

/** Room for a file of `length` bytes that are to be inflated, in kernel memory, to be used as `borrowing` says. */
export function bytesToInflate(length: number): Uint8Array {
  const all = length + readBeyond
  return withEmptyScratch('compressed data', all, null, (scratch) => scratch.leave(all)).subarray(0, length)
}

type Memory = ReturnType<typeof arranged>

function arranged(scratch: Scratch, bytes: Uint8Array, capacity: number, parts: number) {
  const next = scratch.take(capacity + spareBytes + 2 * parts * windowBytes)
  const source = scratch.put(bytes)
  scratch.take(readBeyond)
  scratch.bytes(source + bytes.length, readBeyond).fill(0)
  const end = source + bytes.length
  return {
    scratch,
    source,
    end,
    inflateParts: partsInflater(scratch, end, parts),
    meanings: scratch.take(meaningBytes),
    /** Bytes that may still come out. */
    left: capacity,
    /** Where the next ones of a first part go, and the regions of other parts; both are used up. */
    next,
    regions: Array.from({ length: parts - 1 }, () => scratch.take(capacity + spareBytes)),
  }
}

/** Of elements of 16 bits that are bytes or marks. */
const meaningBytes = 256 + windowBytes

/** One DEFLATE stream, and the pieces that have come out of it. */
class Stream {
  readonly pieces: Piece[] = []
  length = 0
  private readonly memory: Memory
  private readonly begin: number
  private bit = 0
  private last = false
  private overflows = false

  constructor(memory: Memory, at: number) {
    this.memory = memory
    this.begin = memory.source + at
  }

  /** The byte after the stream's last one; null where there is no room for what comes out. */
  inflate(): number | null {
    const regions = this.memory.regions.splice(0) // for the first stream alone
    if (regions.length > 0) this.inflateShared(regions)
    while (!this.ended) this.goOn(Infinity)
    return this.overflows ? null : this.begin - this.memory.source + Math.ceil(this.bit / 8)
  }

  /** All parts at once; then each is joined to what comes before it, where that ends where it began. */
  private inflateShared(regions: readonly number[]): void {
    const { memory } = this
    const step = Math.ceil((8 * (memory.end - this.begin)) / (regions.length + 1))
    const out = memory.next
    const first = { from: 0, search: false, stop: step, first: out, out, room: memory.left }
    const others = regions.map((region, i) => {
      const from = step * (i + 1)
      return { from, search: true, stop: from + step, first: 0, out: region, room: memory.left }
    })
    const [begun, ...found] = memory.inflateParts(this.begin, [first, ...others])
    this.add(begun.ending, begun.to, begun.bytes)
    memory.next += begun.bytes.length
    for (const { ending, from, to, marked, bytes } of found) {
      if (ending !== 'stopped' && ending !== 'last') continue
      if (!this.ended && from > this.bit) this.goOn(from)
      // Else it took something else for a block.
      if (this.ended || from !== this.bit || this.length < windowBytes) continue
      if (marked.length > memory.left) return this.overflow()
      this.add('stopped', from, this.resolved(marked))
      this.add(ending, to, bytes)
    }
  }

  /** From where the last piece ends to the first end of a block from bit `stop` on. */
  private goOn(stop: number): void {
    const { memory } = this
    const known = Math.min(windowBytes, this.length)
    this.copyWindow(memory.next, known)
    const out = memory.next + known
    const job = { from: this.bit, search: false, stop, first: memory.next, out, room: memory.left }
    const [{ ending, to, bytes }] = memory.inflateParts(this.begin, [job])
    this.add(ending, to, bytes)
    memory.next = out + bytes.length
  }

  /** The bytes that elements of 16 bits stand for, where they follow the last piece. */
  private resolved({ at, length }: Piece): Piece {
    const { scratch, meanings, next } = this.memory
    const identity = scratch.bytes(meanings, 256)
    for (let i = 0; i < 256; i++) identity[i] = i
    this.copyWindow(meanings + 256, windowBytes)
    scratch.overRows('resolveMarks', [at, meanings, next], 0, length)
    this.memory.next += length
    return { at: next, length }
  }

  private add(ending: Ending, to: number, piece: Piece): void {
    const { memory } = this
    if (ending === 'damaged')
      throw new FormatError('compressed data', 'are no valid DEFLATE stream; the file is damaged or cut short')
    if (ending === 'cutShort') throw cutShort()
    if (piece.length > 0) this.pieces.push(piece)
    this.length += piece.length
    memory.left -= piece.length
    if (ending === 'full' || memory.left < 0) this.overflow()
    this.bit = to
    this.last = ending === 'last'
  }

  private overflow(): void {
    this.overflows = true
  }

  private get ended(): boolean {
    return this.last || this.overflows
  }

  /** Writes the last `size` bytes that came out to an address. */
  private copyWindow(to: number, size: number): void {
    const { scratch } = this.memory
    for (let i = this.pieces.length - 1, left = size; left > 0; i--) {
      const { at, length } = this.pieces[i]
      const count = Math.min(left, length)
      left -= count
      scratch.bytes(to + left, count).set(scratch.bytes(at + length - count, count))
    }
  }
}

export function cutShort(): FormatError {
  return new FormatError('compressed data', 'end too soon; the file is damaged or cut short')
}

/** The pieces moved together at the first address; null where one would be written over before it is moved. */
function inPlace(scratch: Scratch, pieces: readonly Piece[]): Uint8Array | null {
  if (pieces.some(({ at }, i) => i > 0 && at < pieces[i - 1].at)) return null
  const memory = scratch.leave(pieces.reduce((sum, { length }) => sum + length, 0))
  let next = 0
  for (const { at, length } of pieces) {
    if (at > memory.byteOffset + next) memory.set(scratch.bytes(at, length), next)
    next += length
  }
  return memory
}

function joined(scratch: Scratch, pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const out = uncleared(
    'uint8',
    pieces.reduce((sum, { length }) => sum + length, 0),
  ) as Uint8Array<ArrayBuffer>
  let next = 0
  for (const { at, length } of pieces) {
    out.set(scratch.bytes(at, length), next)
    next += length
  }
  return out
}
