import { FormatError } from '../../core/errors.ts'
import { BitReader, damaged, readCode, type Code } from './bits.ts'
import { Output } from './output.ts'

/**
 * Inflates bzip2 data, several streams in a row too, that should hold `expected` bytes and may hold `slack` more. Holds one block (900 kB of symbols at most)
 * beside the result. The format is that of bzip2 1.0: run lengths, Burrows-Wheeler, move to front, runs of zeros, Huffman.
 */
export function bunzip2(bytes: Uint8Array, expected: number, slack: number, where: string): Uint8Array {
  if (!(expected <= Math.max(leastTrusted, bytes.length * largestRatio)))
    throw new FormatError(
      where,
      `${bytes.length} bytes of bzip2 are not trusted to hold the ${expected} bytes that the header declares; the file is damaged or cut short`,
    )
  const bits = new BitReader(bytes, where)
  const out = new Output(expected + slack, where)
  while (bits.left >= 80) readStream(bits, out, where)
  return out.joined()
}

/** bzip2 can shrink a constant a million-fold; files are trusted to do so up to 256 MiB, beyond that as far as gzip can. */
const [leastTrusted, largestRatio] = [2 ** 28, 1032]

const [blockMagic, endMagic] = [0x314159265359, 0x177245385090]

function readStream(bits: BitReader, out: Output, where: string): void {
  if (bits.read(24) !== 0x425a68) throw damaged(where, 'a stream does not begin with "BZh"')
  const level = bits.read(8) - 48
  if (!(level >= 1 && level <= 9)) throw damaged(where, 'the block size is not 1 to 9')
  const symbols = new Uint32Array(level * 100_000)
  let combined = 0
  for (;;) {
    const magic = bits.read(24) * 2 ** 24 + bits.read(24)
    const crc = bits.read(32)
    if (magic === endMagic) {
      if (crc !== combined) throw damaged(where, 'its checksum does not match')
      bits.align()
      return
    }
    if (magic !== blockMagic) throw damaged(where, 'a block does not begin as it must')
    const found = readBlock(bits, symbols, out, where)
    if (found !== crc) throw damaged(where, 'the checksum of a block does not match')
    combined = ((((combined << 1) | (combined >>> 31)) >>> 0) ^ crc) >>> 0
  }
}

/** Writes one block out; gives its checksum. */
function readBlock(bits: BitReader, symbols: Uint32Array, out: Output, where: string): number {
  if (bits.read(1) === 1) throw damaged(where, 'a block is randomised, as only versions before 0.9.5 wrote it')
  const origin = bits.read(24)
  const used = usedSymbols(bits)
  if (used.length === 0) throw damaged(where, 'a block uses no symbol')
  const alphabet = used.length + 2
  const tables = bits.read(3)
  const selectors = readSelectors(bits, tables, where)
  const codes = Array.from({ length: tables }, () => readCode(bits, alphabet, where))
  const counts = new Uint32Array(256)
  const length = readSymbols(bits, symbols, counts, used, selectors, codes, where)
  if (origin >= length) throw damaged(where, 'a block begins beyond its end')
  // Undo the Burrows-Wheeler transform: the upper 24 bits of an entry say which one comes next.
  let sum = 0
  const firsts = counts.map((count) => (sum += count) - count)
  for (let i = 0; i < length; i++) symbols[firsts[symbols[i] & 255]++] |= i << 8
  return expandRuns(symbols, symbols[origin] >>> 8, length, out)
}

function usedSymbols(bits: BitReader): number[] {
  const ranges = bits.read(16)
  const used: number[] = []
  for (let i = 0; i < 16; i++) {
    if (!((ranges >> (15 - i)) & 1)) continue
    const row = bits.read(16)
    for (let j = 0; j < 16; j++) if ((row >> (15 - j)) & 1) used.push(16 * i + j)
  }
  return used
}

/** Which code each group of 50 symbols is in. */
function readSelectors(bits: BitReader, tables: number, where: string): Uint8Array {
  const count = bits.read(15)
  if (!(tables >= 2 && tables <= 6 && count >= 1))
    throw damaged(where, `a block declares ${tables} codes, ${count} groups`)
  const order = [0, 1, 2, 3, 4, 5]
  return Uint8Array.from({ length: count }, () => {
    let place = 0
    while (bits.read(1) === 1) if (++place >= tables) throw damaged(where, 'a group names a code that is not there')
    const [table] = order.splice(place, 1)
    order.unshift(table)
    return table
  })
}

/** Huffman, runs of zeros and move to front; fills `symbols` and `counts`, gives how many there are. */
function readSymbols(
  bits: BitReader,
  symbols: Uint32Array,
  counts: Uint32Array,
  used: readonly number[],
  selectors: Uint8Array,
  codes: readonly Code[],
  where: string,
): number {
  const end = used.length + 1
  const front = Uint8Array.from(used)
  let [length, group, left, run, runBit] = [0, 0, 0, 0, 1]
  let code = codes[0]
  const put = (symbol: number, times: number): void => {
    if (length + times > symbols.length) throw damaged(where, 'a block is longer than its size allows')
    symbols.fill(symbol, length, length + times)
    counts[symbol] += times
    length += times
  }
  for (;;) {
    if (left === 0) {
      if (group >= selectors.length) throw damaged(where, 'a block has more symbols than groups')
      code = codes[selectors[group++]]
      left = 50
    }
    left--
    const symbol = bits.symbol(code)
    if (symbol <= 1) {
      // Runs of the front symbol in bijective base 2.
      run += runBit << symbol
      runBit *= 2
      if (run > symbols.length) throw damaged(where, 'a block is longer than its size allows')
      continue
    }
    if (run > 0) put(front[0], run)
    ;[run, runBit] = [0, 1]
    if (symbol === end) return length
    const value = front[symbol - 1]
    front.copyWithin(1, 0, symbol - 1)
    front[0] = value
    put(value, 1)
  }
}

/** Four equal bytes are followed by how many more of them there are. */
function expandRuns(symbols: Uint32Array, start: number, length: number, out: Output): number {
  let [at, last, equal, crc] = [start, -1, 0, -1]
  for (let i = 0; i < length; i++) {
    const entry = symbols[at]
    const byte = entry & 255
    at = entry >>> 8
    if (equal === 4) {
      for (let j = 0; j < byte; j++) crc = (crc << 8) ^ table[(crc >>> 24) ^ last]
      out.put(last, byte)
      ;[equal, last] = [0, -1]
      continue
    }
    equal = byte === last ? equal + 1 : 1
    last = byte
    crc = (crc << 8) ^ table[(crc >>> 24) ^ byte]
    out.put(byte, 1)
  }
  return ~crc >>> 0
}

/** The checksum of bzip2: that of gzip with the bits of each byte the other way round. */
const table = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n << 24
  for (let bit = 0; bit < 8; bit++) c = c < 0 ? (c << 1) ^ 0x04c11db7 : c << 1
  return c
})
