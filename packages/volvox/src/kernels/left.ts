import type { TypedArray } from '../core/dtype.ts'
import type { StoredVoxels } from '../core/stored.ts'

/**
 * Bytes at the beginning of a kernel memory that the call which made them left there, so that the next one finds them without two
 * copies and without memory of JavaScript's, of which V8 counts each megabyte. They are there until others are to be left.
 */
export class Left {
  private bytes: Uint8Array | null = null
  /** Give those who hold elements of the bytes a copy. */
  private readonly copies = new Set<() => void>()

  /** The first address after them; 0 where nothing is left. */
  get end(): number {
    return this.bytes ? Math.ceil((this.bytes.byteOffset + this.bytes.length) / 16) * 16 : 0
  }

  /** Bytes that follow what is left already are left as well. */
  add(bytes: Uint8Array): Uint8Array {
    const { buffer, byteOffset, length } = bytes
    const first = this.bytes?.byteOffset ?? byteOffset
    this.bytes = new Uint8Array(buffer, first, byteOffset + length - first)
    return bytes
  }

  /** Whether an array lies in them. */
  holds({ buffer, byteOffset }: ArrayBufferView): boolean {
    return this.bytes?.buffer === buffer && byteOffset >= this.bytes.byteOffset && byteOffset < this.end
  }

  /** Keeps elements in them for later; null where they lie elsewhere. */
  hold(data: TypedArray): Pick<StoredVoxels, 'elements' | 'release'> | null {
    if (!this.holds(data)) return null
    let now = data
    const copy = (): void => {
      now = data.slice()
    }
    this.copies.add(copy)
    const release = (): void => {
      if (this.copies.delete(copy)) this.endLoan()
    }
    return { elements: () => now, release }
  }

  /** Makes room. */
  moveOut(): void {
    for (const copy of this.copies) copy()
    this.copies.clear()
    this.bytes = null
  }

  /** Forgets what nobody holds. */
  endLoan(): void {
    if (this.copies.size === 0) this.bytes = null
  }
}
