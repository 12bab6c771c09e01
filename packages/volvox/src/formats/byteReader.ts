import { FormatError } from '../core/errors.ts'

/** Numbers at places of a file, each checked to lie within it. */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly where: string
  readonly littleEndian: boolean
  readonly #view: DataView

  constructor(bytes: Uint8Array, where: string, littleEndian: boolean) {
    this.bytes = bytes
    this.where = where
    this.littleEndian = littleEndian
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#checked(at, 1))
  }

  i16(at: number): number {
    return this.#view.getInt16(this.#checked(at, 2), this.littleEndian)
  }

  u16(at: number): number {
    return this.#view.getUint16(this.#checked(at, 2), this.littleEndian)
  }

  i32(at: number): number {
    return this.#view.getInt32(this.#checked(at, 4), this.littleEndian)
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#checked(at, 4), this.littleEndian)
  }

  /** Exact up to 2^53; beyond that no file has a place. */
  u64(at: number): number {
    return Number(this.#view.getBigUint64(this.#checked(at, 8), this.littleEndian))
  }

  f32(at: number): number {
    return this.#view.getFloat32(this.#checked(at, 4), this.littleEndian)
  }

  f64(at: number): number {
    return this.#view.getFloat64(this.#checked(at, 8), this.littleEndian)
  }

  /** A view of `length` bytes. */
  slice(at: number, length: number): Uint8Array {
    this.#checked(at, length)
    return this.bytes.subarray(at, at + length)
  }

  /** `length` bytes as Latin-1 text. */
  text(at: number, length: number): string {
    return String.fromCharCode(...this.slice(at, length))
  }

  #checked(at: number, length: number): number {
    if (!(at >= 0 && at + length <= this.bytes.length))
      throw new FormatError(
        this.where,
        `${length} bytes at byte ${at} are needed, the file ends after ${this.bytes.length}; it is damaged or cut short`,
      )
    return at
  }
}
