import type { OpenFile } from '../core/files.ts'
import { ByteReader } from './byteReader.ts'

/** Bytes that are read at a time where single numbers are asked for. */
const blockBytes = 65536

/** A reader of a file that stays on the disk: of a large one only what is asked for comes into memory. */
export class FileReader extends ByteReader {
  readonly #file: OpenFile
  #start = 0
  #end = 0

  constructor(file: OpenFile, where: string, littleEndian: boolean) {
    super(new Uint8Array(0), where, littleEndian, file.size)
    this.#file = file
  }

  override slice(at: number, length: number): Uint8Array {
    if (length <= blockBytes / 2) return super.slice(at, length).slice()
    super.located(at, length)
    return this.#file.read(at, length)
  }

  protected override located(at: number, length: number): number {
    super.located(at, length)
    if (at < this.#start || at + length > this.#end) {
      const block = this.#file.read(at, Math.min(Math.max(blockBytes, length), this.length - at))
      this.view = new DataView(block.buffer, block.byteOffset, block.length)
      this.#start = at
      this.#end = at + block.length
    }
    return at - this.#start
  }
}
