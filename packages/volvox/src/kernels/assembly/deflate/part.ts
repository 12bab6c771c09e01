import { atBegin, atEnd, atFirst, atOut, atOutEnd, atTables, fine, notFound, position, seek } from './bits'
import { beyond, inflateBlock } from './block'
import { findBlock } from './find'
import { prepare } from './tables'

// A long stream is inflated in parts, each in a thread of its own. Only the first knows what lies before it. The others look
// for the beginning of a block and inflate into 16-bit elements: up to 255 a byte, from 256 on a mark, one of the 32 KiB
// before the part. Once 32 KiB without marks have come out, bytes follow. (Kerbiriou & Chikhi 2019, pugz; Knespel & Brunst 2023,
// rapidgzip.)

const window: i32 = 32768

/** A part's record: 15 float64, then its stream. */
const recordBytes: usize = 256
const streamAt: usize = 128

// @ts-ignore: decorator
@inline
function field(part: usize, place: i32): f64 {
  return load<f64>(part + (<usize>place << 3))
}

// @ts-ignore: decorator
@inline
function setField(part: usize, place: i32, value: f64): void {
  store<f64>(part + (<usize>place << 3), value)
}

/**
 * Inflates parts begin..end of DEFLATE streams. Of each record the first nine fields tell what is wanted: the addresses of the
 * stream and of its end, after which 16 bytes may be read; the bit from which on to inflate; whether a block has to be looked
 * for there; the bit from which on the end of a block is the end of the part; the first address that distances may reach
 * back to; where to write, and up to where (640 bytes more may be written); memory for tables.
 * The others what came of it: how it ended (see `bits.ts`); the bits where it began and ended; how many elements of 16 bits
 * were written, 64 KiB behind the beginning; where the bytes begin, and how many they are.
 */
export function inflateParts(parts: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) inflatePart(parts + <usize>i * recordBytes)
}

function inflatePart(part: usize): void {
  const stream = part + streamAt
  const out = <usize>field(part, 6), searched = field(part, 3) != 0, stop = <u64>field(part, 4)
  store<u32>(stream + atBegin, <u32>field(part, 0))
  store<u32>(stream + atEnd, <u32>field(part, 1))
  store<u32>(stream + atOutEnd, <u32>field(part, 7))
  store<u32>(stream + atTables, <u32>field(part, 8))
  prepare(<usize>field(part, 8))
  let bit = <u64>field(part, 2)
  if (searched) bit = findBlock(stream, bit)
  setField(part, 10, <f64>bit)
  if (bit == u64.MAX_VALUE) return setField(part, 9, notFound)
  seek(stream, bit)
  let ended = fine, bytes = out, marked: usize = 0
  if (searched) {
    writeMarks(out)
    const begun = out + (window << 1)
    store<u32>(stream + atFirst, <u32>out)
    store<u32>(stream + atOut, <u32>begun)
    do ended = inflateBlock<u16>(stream)
    while (ended == fine && position(stream) < stop && marksIn(stream))
    const after = <usize>load<u32>(stream + atOut)
    marked = (after - begun) >> 1
    bytes = after
    if (ended == fine && position(stream) < stop) {
      // What distances may reach is repeated as bytes.
      const known = (after + (beyond << 1) + 15) & ~15
      marked -= window
      narrow(after - (window << 1), known, window)
      bytes = known
      store<u32>(stream + atFirst, <u32>known)
      store<u32>(stream + atOut, <u32>(known + window))
    }
  } else {
    store<u32>(stream + atFirst, <u32>field(part, 5))
    store<u32>(stream + atOut, <u32>out)
  }
  while (ended == fine && position(stream) < stop) ended = inflateBlock<u8>(stream)
  setField(part, 9, <f64>ended)
  setField(part, 11, <f64>position(stream))
  setField(part, 12, <f64>marked)
  setField(part, 13, <f64>bytes)
  setField(part, 14, <f64>(load<u32>(stream + atOut) - <u32>bytes))
}

function writeMarks(out: usize): void {
  for (let i = 0; i < window; i++) store<u16>(out + (i << 1), <u16>(256 + i))
}

/** Whether a mark is among the last 32 KiB that came out, or fewer did. */
function marksIn(stream: usize): bool {
  const end = <usize>load<u32>(stream + atOut)
  const above = i16x8.splat(<i16>0xff00)
  let seen = i16x8.splat(0)
  for (let at = end - (window << 1); at < end; at += 16) seen = v128.or(seen, v128.load(at))
  return v128.any_true(v128.and(seen, above))
}

/** Elements of 16 bits without marks as bytes; a multiple of 16. */
function narrow(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 16)
    v128.store(to + i, i8x16.narrow_i16x8_u(v128.load(from + (i << 1)), v128.load(from + (i << 1), 16)))
}

/** Writes as bytes what elements begin..end mean: those up to 255 themselves, others by the table `meanings`. */
export function resolveMarks(elements: usize, meanings: usize, to: usize, begin: i32, end: i32): void {
  let at = elements + (<usize>begin << 1)
  to += begin
  const stop = elements + (<usize>end << 1)
  for (; at + 8 <= stop; at += 8, to += 4) {
    const four = load<u64>(at)
    store<u32>(
      to,
      <u32>load<u8>(meanings + <usize>(four & 0xffff)) | (<u32>load<u8>(meanings + <usize>((four >> 16) & 0xffff)) << 8) |
        (<u32>load<u8>(meanings + <usize>((four >> 32) & 0xffff)) << 16) | (<u32>load<u8>(meanings + <usize>(four >> 48)) << 24),
    )
  }
  for (; at < stop; at += 2, to += 1) store<u8>(to, load<u8>(meanings + <usize>load<u16>(at)))
}
