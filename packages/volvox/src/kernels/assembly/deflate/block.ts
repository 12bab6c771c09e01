import {
  atBegin, atBuffer, atCount, atEnd, atFirst, atNext, atOut, atOutEnd, atTables, cutShort, damaged, fine, full, last, overrun, position, seek, take,
} from './bits'
import { distanceBits, distancesAt, ending, fixedTables, further, lengthBits, sentTables } from './tables'

/** What may be written beyond a stream's `outEnd`, elements: a match that begins before it, and the last 16 bytes of a copy. */
export const beyond: i32 = 320

/**
 * Inflates a block, from its first bit on. T is u8, or u16 where the elements may also be marks of bytes that lie before
 * what is known (see `part.ts`). `fine`, `last` for the last block of a stream, or what is wrong.
 */
export function inflateBlock<T>(stream: usize): i32 {
  const final = take(stream, 1), kind = take(stream, 2)
  let ended = damaged
  if (kind == 0) ended = stored<T>(stream)
  else if (kind == 1) {
    fixedTables(stream)
    ended = symbols<T>(stream)
  } else if (kind == 2) {
    ended = sentTables(stream)
    if (ended == fine) ended = symbols<T>(stream)
  }
  if (overrun(stream)) return cutShort
  return ended == fine && final ? last : ended
}

function stored<T>(stream: usize): i32 {
  const bit = (position(stream) + 7) & ~7
  seek(stream, bit)
  const length = take(stream, 16), check = take(stream, 16)
  if (overrun(stream)) return cutShort
  if ((length ^ check) != 0xffff) return damaged
  const from = load<u32>(stream + atBegin) + <u32>(bit >> 3) + 4, out = load<u32>(stream + atOut)
  if (from + length > load<u32>(stream + atEnd)) return cutShort
  if (out + (<u32>length << alignof<T>()) > load<u32>(stream + atOutEnd)) return full
  if (sizeof<T>() == 1) memory.copy(<usize>out, <usize>from, length)
  else for (let i = 0; i < length; i++) store<u16>(<usize>out + (i << 1), load<u8>(<usize>from + i))
  store<u32>(stream + atOut, out + (<u32>length << alignof<T>()))
  seek(stream, bit + 32 + (<u64>length << 3))
  return fine
}

/** Literals and copies, up to the end of the block. */
function symbols<T>(stream: usize): i32 {
  const lengths = <usize>load<u32>(stream + atTables), distances = lengths + distancesAt
  const first = <usize>load<u32>(stream + atFirst), outEnd = <usize>load<u32>(stream + atOutEnd)
  const inEnd = <usize>load<u32>(stream + atEnd) + 8
  const looked: u64 = (1 << lengthBits) - 1
  let out = <usize>load<u32>(stream + atOut), next = <usize>load<u32>(stream + atNext)
  let buffer = load<u64>(stream + atBuffer), count = load<u64>(stream + atCount)
  let ended = full
  while (out <= outEnd) {
    if (next > inEnd) {
      ended = cutShort
      break
    }
    buffer |= load<u64>(next) << count
    next += <usize>((63 - count) >> 3)
    count |= 56
    // Up to three looks at literals leave 23 bits for a length.
    let entry = load<u32>(lengths + (<usize>(buffer & looked) << 2))
    if (entry & 0xc0) {
      out = literals<T>(out, entry)
      buffer >>= entry
      count -= entry & 63
      entry = load<u32>(lengths + (<usize>(buffer & looked) << 2))
      if (entry & 0xc0) {
        out = literals<T>(out, entry)
        buffer >>= entry
        count -= entry & 63
        entry = load<u32>(lengths + (<usize>(buffer & looked) << 2))
        if (entry & 0xc0) {
          out = literals<T>(out, entry)
          buffer >>= entry
          count -= entry & 63
          continue
        }
      }
    }
    if (entry & further) {
      buffer >>= lengthBits
      count -= lengthBits
      entry = load<u32>(lengths + (<usize>(((entry >> 8) & 0xffff) + (<u32>buffer & 15)) << 2))
      if (entry & 0xc0) {
        out = literals<T>(out, entry)
        buffer >>= entry
        count -= entry & 63
        continue
      }
    }
    if (entry & ending) {
      ended = entry & (1 << 30) ? damaged : fine
      buffer >>= entry
      count -= entry & 63
      break
    }
    const length = valueOf(entry, buffer)
    buffer >>= entry
    count -= entry & 63
    buffer |= load<u64>(next) << count
    next += <usize>((63 - count) >> 3)
    count |= 56
    entry = load<u32>(distances + (<usize>(buffer & ((1 << distanceBits) - 1)) << 2))
    if (entry & further) {
      buffer >>= distanceBits
      count -= distanceBits
      entry = load<u32>(distances + (<usize>(((entry >> 8) & 0xffff) + (<u32>buffer & 63)) << 2))
    }
    const distance = valueOf(entry, buffer) << alignof<T>()
    if (entry & ending || distance > out - first) {
      ended = damaged
      break
    }
    buffer >>= entry
    count -= entry & 63
    copy<T>(out, distance, length << alignof<T>())
    out += length << alignof<T>()
  }
  store<u32>(stream + atOut, <u32>out)
  store<u32>(stream + atNext, <u32>next)
  store<u64>(stream + atBuffer, buffer)
  store<u64>(stream + atCount, count)
  return ended == fine && out > outEnd ? full : ended
}

/** Writes one or two literals, and a second one that does not count. */
// @ts-ignore: decorator
@inline
function literals<T>(out: usize, entry: u32): usize {
  if (sizeof<T>() == 1) {
    store<u16>(out, <u16>(entry >> 8))
    return out + ((entry >> 6) & 3)
  }
  store<u32>(out, ((entry >> 8) & 0xff) | (entry & 0xff0000))
  return out + (((entry >> 6) & 3) << 1)
}

/** The least value of a length or a distance and its extra bits. */
// @ts-ignore: decorator
@inline
function valueOf(entry: u32, buffer: u64): usize {
  const coded = (entry >> 24) & 15
  const extra = (entry & 63) - coded
  return ((entry >> 8) & 0xffff) + (<u32>(buffer >> coded) & ((1 << extra) - 1))
}

/** Copies what lies `distance` bytes before `out`, the copy's own beginning included. Writes up to 15 bytes more. */
// @ts-ignore: decorator
@inline
function copy<T>(out: usize, distance: usize, length: usize): void {
  const stop = out + length
  let from = out - distance
  if (distance >= 16) {
    do {
      v128.store(out, v128.load(from))
      out += 16
      from += 16
    } while (out < stop)
  } else if (distance == sizeof<T>()) {
    const many = sizeof<T>() == 1 ? i8x16.splat(load<i8>(from)) : i16x8.splat(load<i16>(from))
    do {
      v128.store(out, many)
      out += 16
    } while (out < stop)
  } else
    do {
      store<T>(out, load<T>(from))
      out += sizeof<T>()
      from += sizeof<T>()
    } while (out < stop)
}
