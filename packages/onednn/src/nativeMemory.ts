import { sizeOf, type Tensor } from 'volvox/core'
import { viewOf, type Library } from './ffi.ts'
import type { Block, Form, HostArray, Step } from './forms.ts'
import { aligned } from './memory.ts'

/** One step with everything bound: a primitive and its arguments, or a function. */
export interface Bound {
  readonly primitive: bigint
  readonly count: number
  readonly args: bigint
  readonly host: (() => void) | null
}

export interface Memory {
  readonly address: bigint
  readonly bytes: number
  readonly view: ArrayBuffer
}

/** The native memory of a session, and what the library needs to know of it. */
export class NativeMemory {
  readonly library: Library
  private readonly memories: Memory[] = []
  /** The library's memory objects, by layout and address. */
  private readonly objects = new Map<string, bigint>()

  constructor(library: Library) {
    this.library = library
  }

  get bytes(): number {
    return this.memories.reduce((total, { bytes }) => total + bytes, 0)
  }

  allocate(bytes: number): Memory {
    const size = aligned(bytes)
    const address = this.library.allocate(size)
    const memory = { address, bytes: size, view: viewOf(address, size) }
    this.memories.push(memory)
    return memory
  }

  release(memory: Memory): void {
    this.memories.splice(this.memories.indexOf(memory), 1)
    this.library.free(memory.address)
  }

  dispose(): void {
    for (const object of this.objects.values()) this.library.api.destroyMemory(object)
    for (const { address } of this.memories) this.library.free(address)
    this.objects.clear()
    this.memories.length = 0
  }

  /** Gives blocks memory of their own, one after the other. */
  place(blocks: readonly Block[]): void {
    let { address } = this.allocate(blocks.reduce((sum, { bytes }) => sum + aligned(bytes), 0))
    for (const block of blocks) {
      block.address = address
      address += BigInt(aligned(block.bytes))
    }
  }

  /** The elements of a form, as JavaScript sees them. */
  arrayOf(form: Form, length = sizeOf(form.layout.dims)): HostArray {
    const address = addressOf(form)
    const memory = this.memories.find((m) => address >= m.address && address < m.address + BigInt(Math.max(1, m.bytes)))
    if (!memory) throw new Error('oneDNN: memory outside of the session')
    const offset = Number(address - memory.address)
    const arrays = { int32: Int32Array, bfloat16: Uint16Array, float32: Float32Array }
    return new arrays[form.layout.dtype](memory.view, offset, length)
  }

  bind(steps: readonly Step[]): readonly Bound[] {
    const pairs = steps.reduce((sum, step) => sum + (step.kind === 'primitive' ? step.args.length : 0), 0)
    const table = this.allocate(16 * pairs) // dnnl_exec_arg_t: an int, padding, a pointer
    const words = new BigInt64Array(table.view, 0, 2 * pairs)
    let at = 0
    return steps.map((step): Bound => {
      if (step.kind === 'host') {
        const host = step.make(step.forms.map((form) => this.arrayOf(form)))
        return { primitive: 0n, count: 0, args: 0n, host }
      }
      const args = table.address + BigInt(16 * at)
      for (const [role, form] of step.args) {
        words[2 * at] = BigInt(this.library.api.argument(role))
        words[2 * at + 1] = this.objectOf(form)
        at++
      }
      return { primitive: step.primitive.handle, count: step.args.length, args, host: null }
    })
  }

  private objectOf(form: Form): bigint {
    const address = addressOf(form)
    const key = `${form.layout.key}@${address}`
    let object = this.objects.get(key)
    if (object === undefined) this.objects.set(key, (object = this.library.api.memory(form.layout, address)))
    return object
  }
}

export function addressOf({ block, offset }: Form): bigint {
  if (block.address === null) throw new Error('oneDNN: a block has no place')
  return block.address + BigInt(offset)
}

export function fillArray(target: HostArray, { data }: Tensor): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) target.set(Array.from(data, Number))
  else target.set(data)
}
