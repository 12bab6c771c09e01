import { FormatError } from '../../core/errors.ts'

/** Reads bytes in order; whatever is not there any more is an error. */
export class Cursor {
  at: number
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly where: string

  constructor(bytes: Uint8Array, where: string, at = 0) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.where = where
    this.at = at
  }

  u8(): number {
    return this.view.getUint8(this.skip(1))
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true)
  }

  i32(): number {
    return this.view.getInt32(this.skip(4), true)
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true)
  }

  /** A length or count; those beyond 2^53 are longer than any file. */
  u64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true))
  }

  /** Pickles have floats most significant byte first. */
  f64(): number {
    return this.view.getFloat64(this.skip(8), false)
  }

  take(length: number): Uint8Array {
    const start = this.skip(length)
    return this.bytes.subarray(start, start + length)
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length))
  }

  /** Text up to the next end of line. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at)
    const text = this.text((end < 0 ? this.bytes.length : end) - this.at)
    this.skip(1)
    return text
  }

  private skip(length: number): number {
    const start = this.at
    if (!(length <= this.bytes.length - start))
      throw new FormatError(
        this.where,
        `needs ${length} bytes at byte ${start}, of ${this.bytes.length} in all; it is cut off or damaged`,
      )
    this.at = start + length
    return start
  }
}
