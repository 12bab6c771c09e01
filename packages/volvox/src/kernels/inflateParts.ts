import type { Scratch } from './runtime.ts'

/** A stretch of kernel memory. */
export interface Piece {
  readonly at: number
  readonly length: number
}

/** What is wanted of one part of a DEFLATE stream; bits are counted from the stream's first byte. */
export interface PartJob {
  /** The bit from which on to inflate, or with `search` to look for the beginning of a block. */
  readonly from: number
  readonly search: boolean
  /** The first end of a block from this bit on is the part's. */
  readonly stop: number
  /** The first address that distances may reach back to, where it is known. */
  readonly first: number
  readonly out: number
  /** Bytes that may be written from `out` on; `spareBytes` more have to be there. */
  readonly room: number
}

/** What came of it. */
export interface PartResult {
  readonly ending: Ending
  /** The bits where it began and ended. */
  readonly from: number
  readonly to: number
  /** Elements of 16 bits, bytes or marks of bytes before the part; then bytes. */
  readonly marked: Piece
  readonly bytes: Piece
}

/** In the kernel's order: at the end of a block, of the stream, or why not. */
const endings = ['stopped', 'last', 'damaged', 'cutShort', 'full', 'notFound'] as const
export type Ending = (typeof endings)[number]

/** What distances reach back at most. */
export const windowBytes: number = 2 ** 15
/** What may be read behind the stream. */
export const readBeyond = 32
/** What a part may need beside `room`: marks of what is before it, that again as bytes, and what a copy writes too much. */
export const spareBytes: number = 3 * windowBytes + 2048

const recordBytes = 256
/** What the kernel needs for the tables of a part. */
const tableBytes = 2 ** 15
export const partBytes: number = recordBytes + tableBytes

/** Inflates parts of the stream at `begin`, each in a thread. */
export type InflateParts = (begin: number, jobs: readonly PartJob[]) => PartResult[]

/** What inflates at most so many parts at a time, of bytes that end at `end`. */
export function partsInflater(scratch: Scratch, end: number, most: number): InflateParts {
  const records = scratch.take(recordBytes * most)
  const tables = scratch.take(tableBytes * most)
  const fields = (i: number) => scratch.doubles(records + recordBytes * i, 15)
  return (begin, jobs) => {
    jobs.forEach(({ from, search, stop, first, out, room }, i) =>
      fields(i).set([begin, end, from, search ? 1 : 0, stop, first, out, out + room, tables + tableBytes * i]),
    )
    scratch.overRows('inflateParts', [records], 0, jobs.length)
    return jobs.map(({ out }, i) => {
      const [ending, from, to, marked, bytesAt, bytes] = fields(i).subarray(9)
      return {
        ending: endings[ending],
        from,
        to,
        marked: { at: out + 2 * windowBytes, length: marked },
        bytes: { at: bytesAt, length: bytes },
      }
    })
  }
}
