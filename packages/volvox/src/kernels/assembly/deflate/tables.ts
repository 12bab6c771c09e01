import { atTables, damaged, drop, fine, look, overrun, take } from './bits'

// Tables that decode a Huffman code. Bits 0-5 of an entry are the bits to take, extra ones included, bits 24-27 those of the
// code alone. Then, by kind:
//   literals: bits 6-7 their number, 1 or 2, and bits 8-23 their bytes, where both codes fit into one look;
//   a length or a distance: bits 8-23 its least value;
//   a longer code: `further` is set, and bits 8-23 are the entry where its own table begins;
//   `ending`: the end of the block, or a code that means nothing.

export const further: u32 = 1 << 28
export const ending: u32 = 1 << 29
const nothing: u32 = ending | (1 << 30)

/** Bits of one look, and entries: a complete code has no more than half its symbols' number of longer tables. */
export const lengthBits: i32 = 11
export const distanceBits: i32 = 9
const mostBits: i32 = 15
const lengthEntries: usize = (1 << lengthBits) + (144 << (mostBits - lengthBits))
const distanceEntries: usize = (1 << distanceBits) + (16 << (mostBits - distanceBits))

/** What lies in the memory of a stream's tables, bytes. */
export const distancesAt: usize = lengthEntries << 2
const meaningsAt: usize = distancesAt + (distanceEntries << 2)
/** Of each symbol: 288 of literals and lengths, 32 of distances. */
const codeLengthsAt: usize = meaningsAt + (320 << 2)
const countsAt: usize = codeLengthsAt + 512
const startsAt: usize = countsAt + 64
const sortedAt: usize = startsAt + 64
export const tableBytes: usize = sortedAt + 1024

const precodeOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

/** Writes what each symbol means, once for all blocks. */
export function prepare(tables: usize): void {
  const meanings = tables + meaningsAt
  for (let i = 0; i < 256; i++) store<u32>(meanings + (<usize>i << 2), (1 << 6) | (i << 8))
  store<u32>(meanings + (256 << 2), ending)
  // RFC 1951, 3.2.5: eight lengths of each kind of extra bits first, then four; 285 is 258 alone.
  let least = 3
  for (let i = 0; i < 28; i++) {
    const extra = i < 8 ? 0 : (i >> 2) - 1
    store<u32>(meanings + (<usize>(257 + i) << 2), extra | (least << 8))
    least += 1 << extra
  }
  store<u32>(meanings + (285 << 2), 258 << 8)
  for (let i = 286; i < 288; i++) store<u32>(meanings + (<usize>i << 2), nothing)
  least = 1
  for (let i = 0; i < 30; i++) {
    const extra = i < 4 ? 0 : (i >> 1) - 1
    store<u32>(meanings + (<usize>(288 + i) << 2), extra | (least << 8))
    least += 1 << extra
  }
  for (let i = 318; i < 320; i++) store<u32>(meanings + (<usize>i << 2), nothing)
}

/** The tables of a block with the code that needs none to be sent (RFC 1951, 3.2.6). */
export function fixedTables(stream: usize): void {
  const tables = <usize>load<u32>(stream + atTables), lengths = tables + codeLengthsAt
  memory.fill(lengths, 8, 144)
  memory.fill(lengths + 144, 9, 112)
  memory.fill(lengths + 256, 7, 24)
  memory.fill(lengths + 280, 8, 8)
  build(tables, tables, 0, 288, lengthBits)
  pairLiterals(tables)
  memory.fill(lengths, 5, 32)
  build(tables, tables + distancesAt, 288, 32, distanceBits)
}

/** Reads the codes of a block and builds its tables; `fine`, or `damaged` where they are no codes. */
export function sentTables(stream: usize): i32 {
  const tables = <usize>load<u32>(stream + atTables)
  const lengths = tables + codeLengthsAt
  const literals = take(stream, 5) + 257, distances = take(stream, 5) + 1, sent = take(stream, 4) + 4
  if (literals > 286 || distances > 30) return damaged
  memory.fill(lengths, 0, 19)
  for (let i = 0; i < sent; i++) store<u8>(lengths + <usize>load<u8>(precodeOrder + i), <u8>take(stream, 3))
  // The code of code lengths has at most 7 bits; its table takes the place of the distances'.
  const precode = tables + distancesAt
  if (build(tables, precode, -1, 19, 7) == damaged) return damaged
  const all = literals + distances
  for (let i = 0; i < all; ) {
    const before = load<u8>(lengths + i - 1)
    const ahead = <i32>(look(stream) & 0x3fff)
    const entry = load<u32>(precode + (<usize>(ahead & 127) << 2))
    if (entry & ending) return damaged
    const bits = <i32>(entry & 63), symbol = <i32>((entry >> 8) & 0xff)
    const repeats = symbol < 16 ? 1 : symbol == 16 ? 3 + ((ahead >> bits) & 3) : symbol == 17 ? 3 + ((ahead >> bits) & 7) : 11 + ((ahead >> bits) & 127)
    drop(stream, bits + (symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7))
    if (i + repeats > all || (symbol == 16 && i == 0)) return damaged
    memory.fill(lengths + i, symbol < 16 ? <u8>symbol : symbol == 16 ? before : 0, repeats)
    i += repeats
  }
  if (overrun(stream) || load<u8>(lengths + 256) == 0) return damaged
  // Distances first: they lie behind the literals' lengths.
  memory.copy(lengths + 288, lengths + literals, distances)
  memory.fill(lengths + literals, 0, 288 - literals)
  if (build(tables, tables, 0, 288, lengthBits) == damaged) return damaged
  pairLiterals(tables)
  memory.copy(lengths, lengths + 288, distances)
  return build(tables, tables + distancesAt, 288, distances, distanceBits)
}

/**
 * Builds the table of a code from the lengths of its symbols' codes (RFC 1951, 3.2.2). The meaning of symbol 0 is number
 * `first`; symbols mean themselves where that is -1. A code has to be complete but for one of a single symbol or none.
 */
function build(tables: usize, table: usize, first: i32, symbols: i32, bits: i32): i32 {
  const lengths = tables + codeLengthsAt, counts = tables + countsAt, starts = tables + startsAt, sorted = tables + sortedAt
  memory.fill(counts, 0, 64)
  for (let i = 0; i < symbols; i++) {
    const count = counts + (<usize>load<u8>(lengths + i) << 2)
    store<u32>(count, load<u32>(count) + 1)
  }
  let left = 1, longest = 0
  store<u32>(starts + 4, 0)
  for (let length = 1; length <= mostBits; length++) {
    const count = load<i32>(counts + (length << 2))
    if (count) longest = length
    left = (left << 1) - count
    if (left < 0) return damaged
    if (length < mostBits) store<i32>(starts + ((length + 1) << 2), load<i32>(starts + (length << 2)) + count)
  }
  if (left > 0 && (first < 0 || longest > 1)) return damaged
  for (let i = 0; i < symbols; i++) {
    const length = <usize>load<u8>(lengths + i)
    if (length == 0) continue
    const start = load<u32>(starts + (length << 2))
    store<u16>(sorted + (<usize>start << 1), <u16>i)
    store<u32>(starts + (length << 2), start + 1)
  }
  if (left > 0) for (let i = 0; i < 1 << bits; i++) store<u32>(table + (<usize>i << 2), nothing | 1)
  let next = 1 << bits // where the table of the next longer codes begins
  let code = 0, at = sorted // codes run backwards: their first bit is the lowest
  let own = -1
  for (let length = 1; length <= longest; length++)
    for (let count = load<i32>(counts + (length << 2)); count > 0; count--, at += 2) {
      const symbol = <i32>load<u16>(at)
      const meaning: u32 = first < 0 ? symbol << 8 : load<u32>(tables + meaningsAt + (<usize>(first + symbol) << 2))
      if (length <= bits) {
        const entry = entryOf(meaning, length)
        for (let i = code; i < 1 << bits; i += 1 << length) store<u32>(table + (<usize>i << 2), entry)
      } else {
        const prefix = code & ((1 << bits) - 1)
        if (prefix != own) {
          own = prefix
          store<u32>(table + (<usize>prefix << 2), further | bits | (next << 8))
          next += 1 << (mostBits - bits)
        }
        const entry = entryOf(meaning, length - bits)
        const begin = next - (1 << (mostBits - bits))
        for (let i = code >> bits; i < 1 << (mostBits - bits); i += 1 << (length - bits)) store<u32>(table + (<usize>(begin + i) << 2), entry)
      }
      let bit = 1 << (length - 1)
      while (code & bit) bit >>= 1
      code = bit ? (code & (bit - 1)) | bit : 0
    }
  return fine
}

function entryOf(meaning: u32, length: i32): u32 {
  return (meaning + length) | (length << 24)
}

/** Two literals at once where both codes fit into one look. From the end: an entry's second literal lies before it. */
function pairLiterals(table: usize): void {
  for (let i = (1 << lengthBits) - 1; i > 0; i--) {
    const entry = load<u32>(table + (<usize>i << 2))
    if (!(entry & 0xc0)) continue
    const bits = entry & 63
    const after = load<u32>(table + (<usize>(i >> bits) << 2))
    const together = bits + (after & 63)
    if (!(after & 0xc0) || together > <u32>lengthBits) continue
    store<u32>(table + (<usize>i << 2), (2 << 6) | together | (entry & 0xff00) | ((after & 0xff00) << 8))
  }
}
