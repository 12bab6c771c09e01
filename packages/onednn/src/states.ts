import { GraphError, ShapeError, sameShape, type Tensor } from 'volvox/core'
import { nameOf, type Program, type Tensors } from 'volvox/graph'
import type { Layout } from './api.ts'
import { memoryType, type Block, type Form, type HostArray } from './forms.ts'
import { aligned } from './memory.ts'
import { addressOf, fillArray, type NativeMemory } from './nativeMemory.ts'

interface State {
  readonly shape: readonly number[]
  readonly form: Form
  readonly plain: Layout
}

/** The state tensors of a session, each in the layout in which its programs want it; zero until they are written. */
export class States {
  private readonly memory: NativeMemory
  private readonly byName = new Map<string, State>()

  constructor(memory: NativeMemory, programs: readonly Program[], layouts: ReadonlyMap<string, Layout>) {
    this.memory = memory
    const { api } = memory.library
    const types = new Map(programs.flatMap(({ states }) => states.map((value) => [nameOf(value), value] as const)))
    const entries = [...types].map(([name, { dtype, shape }]) => {
      const plain = api.layout(memoryType(dtype), shape.length === 0 ? [1] : shape, 'plain')
      return { name, shape, plain, layout: layouts.get(name) ?? plain }
    })
    let { address } = memory.allocate(entries.reduce((sum, { layout }) => sum + aligned(layout.bytes), 0))
    for (const { name, shape, plain, layout } of entries) {
      this.byName.set(name, { shape, form: formAt(layout, address), plain })
      address += BigInt(aligned(layout.bytes))
    }
  }

  get forms(): ReadonlyMap<string, Form> {
    return new Map([...this.byName].map(([name, { form }]) => [name, form]))
  }

  read(names: readonly string[] = [...this.byName.keys()]): Record<string, Tensor> {
    return Object.fromEntries(
      names.map((name): [string, Tensor] => {
        const { shape, form, plain } = this.known(name)
        return [name, { dtype: form.layout.dtype, shape, data: this.exchange(form, plain, null) }]
      }),
    )
  }

  write(tensors: Tensors): void {
    for (const [name, tensor] of Object.entries(tensors)) {
      const { shape, form, plain } = this.known(name)
      if (!sameShape(tensor.shape, shape))
        throw new ShapeError(
          'write',
          `state "${name}" has shape [${shape.join(', ')}], the tensor [${tensor.shape.join(', ')}]; they must agree`,
        )
      this.exchange(form, plain, tensor)
    }
  }

  private known(name: string): State {
    const state = this.byName.get(name)
    if (!state) throw new GraphError('session', `there is no state "${name}"; see the states of its programs`)
    return state
  }

  /** Writes a state from a tensor, or reads it, by way of its row-major form. */
  private exchange(form: Form, plain: Layout, tensor: Tensor | null): HostArray {
    if (form.layout.key === plain.key || plain.bytes === 0) {
      const array = this.memory.arrayOf(form)
      if (tensor) fillArray(array, tensor)
      return array.slice()
    }
    const memory = this.memory.allocate(plain.bytes)
    const middle = formAt(plain, memory.address)
    const array = this.memory.arrayOf(middle)
    if (tensor) {
      fillArray(array, tensor)
      this.reorder(middle, form)
    } else this.reorder(form, middle)
    const data = array.slice()
    this.memory.release(memory)
    return data
  }

  private reorder(from: Form, to: Form): void {
    const { api } = this.memory.library
    const primitive = api.primitive({ kind: 'reorder', src: from.layout, dst: to.layout })
    if (!primitive) throw new Error('oneDNN: no reorder for a state')
    const scratch = primitive.layout('scratchpad')
    const objects = [api.memory(from.layout, addressOf(from)), api.memory(to.layout, addressOf(to))]
    const table = this.memory.allocate(48 + scratch.bytes)
    const words = new BigInt64Array(table.view, 0, 6)
    if (scratch.bytes > 0) objects.push(api.memory(scratch, table.address + 48n))
    const roles = ['src', 'dst', 'scratchpad'] as const
    objects.forEach((object, i) => words.set([BigInt(api.argument(roles[i])), object], 2 * i))
    const failed = api.execute(primitive.handle, objects.length, table.address) | api.wait()
    objects.forEach((object) => api.destroyMemory(object))
    api.destroy(primitive)
    this.memory.release(table)
    if (failed !== 0) throw new Error('oneDNN: a reorder failed')
  }
}

function formAt(layout: Layout, address: bigint): Form {
  const block: Block = { bytes: layout.bytes, first: -1, last: Infinity, offset: 0, address, values: new Set() }
  return { layout, block, offset: 0 }
}
