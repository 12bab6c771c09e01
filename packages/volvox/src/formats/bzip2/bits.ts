import { FormatError } from '../../core/errors.ts'

/** A Huffman code. */
export interface Code {
  /** For each length of bits: the largest code of it (-1 where there is none), and the place of its symbols less their codes. */
  readonly largest: Int32Array
  readonly shift: Int32Array
  readonly symbols: Uint16Array
}

const longestCode = 20

/** Reads the lengths of a code, each as a step from the one before. */
export function readCode(bits: BitReader, alphabet: number, where: string): Code {
  let length = bits.read(5)
  const lengths = Array.from({ length: alphabet }, () => {
    for (;;) {
      if (!(length >= 1 && length <= longestCode)) throw damaged(where, 'a code is longer than 20 bits')
      if (bits.read(1) === 0) return length
      length += bits.read(1) === 0 ? 1 : -1
    }
  })
  const largest = new Int32Array(longestCode + 1).fill(-1)
  const shift = new Int32Array(longestCode + 1)
  const symbols: number[] = []
  let code = 0
  for (let n = 1; n <= longestCode; n++) {
    shift[n] = symbols.length - code
    lengths.forEach((l, symbol) => l === n && symbols.push(symbol))
    const next = symbols.length - shift[n]
    if (next > code) largest[n] = next - 1
    code = next << 1
  }
  return { largest, shift, symbols: Uint16Array.from(symbols) }
}

/** Bits of bzip2 data, the highest of a byte first. */
export class BitReader {
  readonly #bytes: Uint8Array
  readonly #where: string
  #at = 0
  #bits = 0
  #count = 0

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes
    this.#where = where
  }

  get left(): number {
    return 8 * (this.#bytes.length - this.#at) + this.#count
  }

  read(count: number): number {
    if (count > 24) return this.read(count - 16) * 65536 + this.read(16)
    while (this.#count < count) {
      if (this.#at >= this.#bytes.length) throw damaged(this.#where, 'it ends too soon')
      this.#bits = ((this.#bits << 8) | this.#bytes[this.#at++]) >>> 0
      this.#count += 8
    }
    this.#count -= count
    const value = (this.#bits >>> this.#count) & ((1 << count) - 1)
    this.#bits &= (1 << this.#count) - 1
    return value
  }

  symbol({ largest, shift, symbols }: Code): number {
    let code = 0
    for (let n = 1; n <= longestCode; n++) {
      code = (code << 1) | this.read(1)
      if (code <= largest[n]) return symbols[code + shift[n]]
    }
    throw damaged(this.#where, 'a code is not in its table')
  }

  align(): void {
    this.read(this.#count % 8)
  }
}

export function damaged(where: string, how: string): FormatError {
  return new FormatError(where, `the bzip2 data are damaged: ${how}`)
}
