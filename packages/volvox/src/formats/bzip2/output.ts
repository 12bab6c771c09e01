import { damaged } from './bits.ts'

/** Bytes that grow up to a limit. */
export class Output {
  readonly #limit: number
  readonly #where: string
  #bytes = new Uint8Array(65536)
  #length = 0

  constructor(limit: number, where: string) {
    this.#limit = limit
    this.#where = where
  }

  put(byte: number, times: number): void {
    const end = this.#length + times
    if (end > this.#limit)
      throw damaged(this.#where, `it inflates to more than the ${this.#limit} bytes that are expected`)
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, Math.min(2 * this.#bytes.length, this.#limit)))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    if (times === 1) this.#bytes[this.#length] = byte
    else this.#bytes.fill(byte, this.#length, end)
    this.#length = end
  }

  joined(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}
