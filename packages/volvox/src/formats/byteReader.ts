import { FormatError } from '../core/errors.ts'

/** Numbers at places of a file, each checked to lie within it. */
export class ByteReader {
  readonly where: string
  readonly littleEndian: boolean
  /** Bytes of the file. */
  readonly length: number
  /** Holds what was located last. */
  protected view: DataView

  constructor(bytes: Uint8Array, where: string, littleEndian: boolean, length: number = bytes.length) {
    this.where = where
    this.littleEndian = littleEndian
    this.length = length
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  u8(at: number): number {
    const place = this.located(at, 1)
    return this.view.getUint8(place)
  }

  i16(at: number): number {
    const place = this.located(at, 2)
    return this.view.getInt16(place, this.littleEndian)
  }

  u16(at: number): number {
    const place = this.located(at, 2)
    return this.view.getUint16(place, this.littleEndian)
  }

  i32(at: number): number {
    const place = this.located(at, 4)
    return this.view.getInt32(place, this.littleEndian)
  }

  u32(at: number): number {
    const place = this.located(at, 4)
    return this.view.getUint32(place, this.littleEndian)
  }

  /** Exact up to 2^53; beyond that no file has a place. */
  u64(at: number): number {
    const place = this.located(at, 8)
    return Number(this.view.getBigUint64(place, this.littleEndian))
  }

  f32(at: number): number {
    const place = this.located(at, 4)
    return this.view.getFloat32(place, this.littleEndian)
  }

  f64(at: number): number {
    const place = this.located(at, 8)
    return this.view.getFloat64(place, this.littleEndian)
  }

  /** `length` bytes, a view where they are in memory. */
  slice(at: number, length: number): Uint8Array {
    const place = this.located(at, length)
    return new Uint8Array(this.view.buffer, this.view.byteOffset + place, length)
  }

  /** `length` bytes as Latin-1 text. */
  text(at: number, length: number): string {
    return String.fromCharCode(...this.slice(at, length))
  }

  /** The place in `view` of bytes that must be in the file. */
  protected located(at: number, length: number): number {
    if (!(at >= 0 && at + length <= this.length))
      throw new FormatError(
        this.where,
        `${length} bytes at byte ${at} are needed, the file ends after ${this.length}; it is damaged or cut short`,
      )
    return at
  }
}
