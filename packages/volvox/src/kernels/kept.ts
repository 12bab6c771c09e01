import { unclearedFloats } from '../core/dtype.ts'

/** For how long values are kept. */
export interface Stay {
  over: boolean
  /** Where the memory begins that is given back in the end. */
  start: number
  /** Copies of inputs that several calls take; null where none are shared. */
  readonly inputs: Map<Float32Array, KeptFloats> | null
  readonly outer: Stay | null
}

/** Float32 values in the kernels' memory, for as long as the `keepingInKernels` in which they were made. */
export class KeptFloats {
  private readonly values: Float32Array
  private readonly stay: Stay

  constructor(values: Float32Array, during: Stay) {
    this.values = values
    this.stay = during
  }

  get length(): number {
    return this.values.length
  }

  /** Where they are, for a kernel. */
  get address(): number {
    return this.view().byteOffset
  }

  /** An array of its own with the same values. */
  copy(): Float32Array<ArrayBuffer> {
    const out = unclearedFloats(this.length)
    out.set(this.view())
    return out
  }

  private view(): Float32Array {
    if (this.stay.over) throw new Error('values in kernel memory were asked for when they were no longer kept')
    return this.values
  }
}
