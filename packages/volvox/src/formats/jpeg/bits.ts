import { FormatError } from '../../core/errors.ts'

/** A Huffman code of JPEG (ITU-T T.81, annex C): short codes are looked up, longer ones searched by length. */
export interface HuffmanTable {
  /** By the next 9 bits: length of the code in the upper byte, its value in the lower; 0 where the code is longer. */
  readonly short: Uint16Array
  /** Largest code of each length, -1 where there is none. */
  readonly largest: Int32Array
  /** Added to a code of that length it gives its place in `values`. */
  readonly offset: Int32Array
  readonly values: Uint8Array
}

const shortBits = 9

/** From the number of codes of each length 1 to 16 and their values. */
export function huffmanTable(counts: Uint8Array, values: Uint8Array, where: string): HuffmanTable {
  const short = new Uint16Array(1 << shortBits)
  const largest = new Int32Array(17).fill(-1)
  const offset = new Int32Array(17)
  let [code, at] = [0, 0]
  for (let length = 1; length <= 16; length++) {
    offset[length] = at - code
    const count = counts[length - 1]
    if (code + count > 1 << length)
      throw new FormatError(where, `its Huffman table has ${count} codes of ${length} bits, more than are free; the file is damaged`) // prettier-ignore
    for (let i = 0; i < count; i++, code++, at++) {
      if (length > shortBits) continue
      const first = code << (shortBits - length)
      short.fill((length << 8) | values[at], first, first + (1 << (shortBits - length)))
    }
    if (count > 0) largest[length] = code - 1
    code <<= 1
  }
  return { short, largest, offset, values }
}

/** Entropy-coded bits of one scan, from `at` to the next marker; stuffed zeros are taken out. */
export class BitReader {
  /** Where the next byte is read; after the scan, the place of its marker. */
  at: number
  private readonly data: Uint8Array
  private readonly where: string
  private bits = 0
  private count = 0
  /** Bits of zeros that were given in place of what is not there. */
  private invented = 0

  constructor(data: Uint8Array, at: number, where: string) {
    this.data = data
    this.at = at
    this.where = where
  }

  private fill(): void {
    while (this.count <= 24) {
      let byte = this.data[this.at]
      if (byte === undefined || (byte === 0xff && this.data[this.at + 1] !== 0)) {
        byte = 0
        this.invented += 8
      } else this.at += byte === 0xff ? 2 : 1
      this.bits = (this.bits << 8) | byte
      this.count += 8
    }
  }

  /** The next 0 to 16 bits as a number. */
  take(length: number): number {
    if (length === 0) return 0
    if (this.count < length) this.fill()
    this.count -= length
    return (this.bits >>> this.count) & ((1 << length) - 1)
  }

  /** A number of `length` bits as JPEG codes differences: the lower half of the codes is negative (F.2.2.1, EXTEND). */
  takeSigned(length: number): number {
    const value = this.take(length)
    return length > 0 && value < 1 << (length - 1) ? value - (1 << length) + 1 : value
  }

  symbol(table: HuffmanTable): number {
    if (this.count < 16) this.fill()
    const next = (this.bits >>> (this.count - 16)) & 0xffff
    const known = table.short[next >>> (16 - shortBits)]
    if (known !== 0) {
      this.count -= known >>> 8
      return known & 0xff
    }
    for (let length = shortBits + 1; length <= 16; length++) {
      const code = next >>> (16 - length)
      if (code > table.largest[length]) continue
      this.count -= length
      return table.values[code + table.offset[length]]
    }
    throw this.damaged('hold a code that its Huffman table does not have')
  }

  /** Fails where more was read than is there. */
  check(): void {
    if (this.count < this.invented) throw this.damaged('end too soon')
  }

  /** Goes on behind a restart marker. */
  restart(): void {
    this.check()
    const { data } = this
    while (this.at + 1 < data.length && !(data[this.at] === 0xff && data[this.at + 1] % 0xff > 0)) this.at++
    const marker = data[this.at + 1]
    if (!(marker >= 0xd0 && marker <= 0xd7)) throw this.damaged('lack a restart marker')
    this.at += 2
    this.bits = this.count = this.invented = 0
  }

  private damaged(how: string): FormatError {
    return new FormatError(this.where, `its JPEG data ${how} (byte ${this.at}); the file is damaged or cut short`)
  }
}
