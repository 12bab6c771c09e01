import { GraphError, sizeOf, stridesOf } from 'volvox/core'
import { at, type Node, type Precision, type Program, type TensorType, type Value } from 'volvox/graph'
import type { Api, Layout, MemoryType, Operation, PostOp, Primitive, Tag } from './api.ts'
import {
  ITS_OWN,
  memoryType,
  samePlaces,
  seenAs,
  type Argument,
  type Block,
  type Form,
  type HostArray,
  type Step,
} from './forms.ts'
import { joinedPlaces, type Place } from './joins.ts'
import { preciseValues } from './precision.ts'

export interface PlanOptions {
  /** Elements up to which elementwise chains and sums run in JavaScript. */
  readonly small: number
  readonly precision: Precision
}

/**
 * Turns a program into steps. Lowerings ask for the forms in which they want their inputs, say in which form their
 * results are, and add primitives; the plan adds reorders, knows when memory is free again, and counts.
 */
export class Plan {
  readonly api: Api
  readonly steps: Step[] = []
  /** Steps before the first run, and again after states have changed: weights into the layouts of their convolutions. */
  readonly prelude: Step[] = []
  readonly blocks: Block[] = []
  /** Blocks that the prelude fills, which nothing else may lie on. */
  readonly kept: Block[] = []
  readonly constants: { readonly form: Form; readonly data: ArrayLike<number> }[] = []
  readonly small: number
  /** Element type of activations where convolutions and matrix products meet. */
  readonly compute: MemoryType
  reorders = 0
  /** Layouts that values should have where nothing else decides: those of the weights for all that is added to them. */
  readonly wanted: ReadonlyMap<Value, Layout>
  private readonly forms = new Map<Value, Form[]>()
  private readonly pending = new Map<Value, number>()
  /** The state that a value will replace, and its memory. */
  private readonly successors = new Map<Value, Form>()
  private readonly scalars = new Map<number, Form>()
  private readonly memo = new Map<string, unknown>()
  private readonly noted = new Map<Value, Map<string, Form>>()
  private readonly owned: Primitive[] = []
  private readonly scratches = new Map<string, Form>()
  private readonly precise: ReadonlySet<Value>
  private readonly onlyReads: boolean
  private readonly places: ReadonlyMap<Value, Place>
  /** Concatenations that parts have been computed into. */
  private readonly wholes = new Map<Value, Form>()
  private node: Node
  /** What the nodes that are being lowered read. */
  private reading = new Set<Value>()

  constructor(
    api: Api,
    program: Program,
    states: ReadonlyMap<string, Form>,
    wanted: ReadonlyMap<Value, Layout>,
    { small, precision }: PlanOptions,
  ) {
    this.api = api
    this.small = small
    this.compute = precision
    this.precise = precision === 'bfloat16' ? preciseValues(program) : new Set()
    this.wanted = wanted
    this.node = program.nodes[0]
    this.onlyReads = program.updates.size === 0
    this.places = joinedPlaces(program)
    const kept = [...Object.values(program.outputs), ...program.updates.values()]
    for (const value of [...program.nodes.flatMap((node) => node.inputs), ...kept])
      this.pending.set(value, (this.pending.get(value) ?? 0) + 1)
    for (const value of program.states) {
      const form = states.get(String(value.node.attrs.name))
      if (form) this.assign(value, form)
    }
    for (const [name, value] of program.updates) {
      const form = states.get(name)
      if (form && !this.successors.has(value)) this.successors.set(value, form)
    }
  }

  get primitives(): readonly Primitive[] {
    return this.owned
  }

  /** Announces the nodes that are lowered next: from here on their inputs count as read by them. */
  begin(nodes: readonly Node[]): void {
    this.node = nodes[nodes.length - 1]
    const inputs = nodes.flatMap((node) => node.inputs)
    this.reading = new Set(inputs)
    this.scratches.clear()
    for (const value of inputs) this.pending.set(value, (this.pending.get(value) ?? 0) - 1)
  }

  /** The forms that a value has so far, the one it was computed in first. */
  form(value: Value): Form {
    const forms = this.forms.get(value)
    if (!forms)
      throw new GraphError(at(this.node.op, this.node.scope), `needs a ${value.node.op} that was not computed`)
    return forms[0]
  }

  /** The value in a given layout; reordered when it has none like it yet. */
  as(value: Value, layout: Layout): Form {
    const forms = this.forms.get(value) ?? [this.form(value)]
    const there = forms.find((form) => form.layout.key === layout.key)
    if (there) return there
    const alike = forms.find((form) => samePlaces(form.layout, layout))
    if (alike) return seenAs(alike, layout)
    const form = this.converted(forms[0], layout)
    form.block.values.add(value)
    forms.push(form)
    return form
  }

  /** A copy in another layout; of a state that no run of this program changes, made ahead of the runs. */
  converted(from: Form, layout: Layout): Form {
    const form = this.temporary(layout)
    if (this.onlyReads && from.block.address !== null) {
      this.blocks.pop()
      this.kept.push(form.block)
      form.block.address = ITS_OWN
      this.prelude.push(this.step(...this.copying(from, form), true))
    } else this.reorder(from, form)
    return form
  }

  /** The value in row-major order, as JavaScript can read it. */
  plain(value: Value): Form {
    return this.as(value, this.plainLayout(value))
  }

  /** The value in row-major order, in the element type in which it is kept. */
  rows(value: Value): Form {
    return this.as(value, this.rowMajor(value.shape, this.form(value).layout.dtype))
  }

  plainLayout({ dtype, shape }: TensorType): Layout {
    return this.rowMajor(shape, memoryType(dtype))
  }

  rowMajor(shape: readonly number[], dtype: MemoryType = 'float32'): Layout {
    const dims = shape.length === 0 ? [1] : shape
    return this.api.strided(dtype, dims, stridesOf(dims.map((n) => Math.max(1, n))))
  }

  layout(shape: readonly number[], tag: Tag, dtype: MemoryType = 'float32'): Layout {
    return tag === 'plain' ? this.rowMajor(shape, dtype) : this.api.layout(dtype, shape, tag)
  }

  /** The same places for elements of another type. */
  retyped(layout: Layout, dtype: MemoryType): Layout {
    if (layout.dtype === dtype) return layout
    const { dims, strides, blocks } = layout
    return blocks.length > 0 ? this.layout(dims, 'blocked16', dtype) : this.api.strided(dtype, dims, strides)
  }

  /** The element type for a result of a convolution or a matrix product. */
  typeOf(value: Value): MemoryType {
    if (value.dtype !== 'float32') return memoryType(value.dtype)
    return this.precise.has(value) || sizeOf(value.shape) <= this.small ? 'float32' : this.compute
  }

  /** The element type for a result of what is computed element by element: that of its operands. */
  typeFrom(value: Value, operands: readonly Value[]): MemoryType {
    const reduced = operands.some((operand) => this.form(operand).layout.dtype === 'bfloat16')
    return reduced ? this.typeOf(value) : memoryType(value.dtype)
  }

  /** Memory for a result that no value stands for. */
  temporary(layout: Layout): Form {
    const block: Block = { bytes: layout.bytes, first: Infinity, last: -1, offset: 0, address: null, values: new Set() }
    this.blocks.push(block)
    return { layout, block, offset: 0 }
  }

  /**
   * Memory for a value: that of the state which it replaces, when all who read the state have done so; else its part of
   * a concatenation; else that of one of `reuse` (inputs of an operation that may overwrite them) when it is needed no
   * longer; else new.
   */
  output(value: Value, layout: Layout, reuse: readonly Form[] = []): Form {
    const successor = this.successors.get(value)
    if (successor && successor.layout.key === layout.key && this.dies(successor.block, reuse.includes(successor)))
      return this.assign(value, successor)
    const part = this.forms.has(value) ? null : this.partOfWhole(value, layout)
    if (part) return this.assign(value, part)
    const old = reuse.find(
      ({ layout: l, block, offset }) =>
        offset === 0 &&
        l.bytes === layout.bytes &&
        block.bytes === layout.bytes &&
        block.address === null &&
        this.dies(block, true),
    )
    return this.assign(value, old ? { layout, block: old.block, offset: 0 } : this.temporary(layout))
  }

  /** The memory of a concatenation, if parts have been computed into it. */
  joined(whole: Value): Form | undefined {
    return this.wholes.get(whole)
  }

  private partOfWhole(value: Value, layout: Layout): Form | null {
    const place = this.places.get(value)
    const { dtype } = layout
    if (!place || layout.key !== this.layout(value.shape, 'blocked16', dtype).key) return null
    const whole = this.wholes.get(place.whole) ?? this.temporary(this.layout(place.whole.shape, 'blocked16', dtype))
    this.wholes.set(place.whole, whole)
    return whole.layout.dtype === dtype ? seenAs(whole, layout, place.at) : null
  }

  /** Says where a value is: in memory that is there already. */
  assign(value: Value, form: Form): Form {
    form.block.values.add(value)
    const forms = this.forms.get(value)
    if (forms) forms.push(form)
    else this.forms.set(value, [form])
    return form
  }

  /** Whether nobody after the current node reads the block. The node itself may, but only where it says so. */
  private dies(block: Block, readNow: boolean): boolean {
    for (const value of block.values) {
      if ((this.pending.get(value) ?? 0) > 0) return false
      if (!readNow && this.reading.has(value)) return false
    }
    return true
  }

  /** A primitive, or null where the library has no fast kernel for it. Made once for equal operations. */
  tryPrimitive(operation: Operation, postOps: readonly PostOp[] = []): Primitive | null {
    const key = JSON.stringify([operation, postOps], (_, item: unknown) => (isLayout(item) ? item.key : item))
    return this.once(key, () => {
      const made = this.api.primitive(operation, postOps)
      if (made) this.owned.push(made)
      return made
    })
  }

  primitive(operation: Operation, postOps: readonly PostOp[] = []): Primitive {
    const made = this.tryPrimitive(operation, postOps)
    if (!made) {
      const { op, scope } = this.node
      throw new GraphError(
        at(op, scope),
        `oneDNN ${this.api.version} has no kernel for this ${operation.kind}; try executor "ort"`,
      )
    }
    return made
  }

  /** Forms that belong to a value beside its own, by name. */
  notes(value: Value): Map<string, Form> {
    let found = this.noted.get(value)
    if (!found) this.noted.set(value, (found = new Map()))
    return found
  }

  /** What `make` gave for this key the first time in this program. */
  once<T>(key: string, make: () => T): T {
    if (!this.memo.has(key)) this.memo.set(key, make())
    return this.memo.get(key) as T // keys name what they stand for
  }

  execute(primitive: Primitive, args: readonly Argument[], isReorder = false): void {
    this.steps.push(this.step(primitive, args, isReorder))
  }

  private step(primitive: Primitive, args: readonly Argument[], isReorder: boolean): Step {
    const scratchpad = primitive.layout('scratchpad')
    const all: Argument[] = [...args]
    if (scratchpad.bytes > 0) all.push(['scratchpad', this.scratch(scratchpad)])
    all.forEach(([, form]) => this.touch(form.block))
    return { kind: 'primitive', node: this.node, primitive, args: all, isReorder }
  }

  /** Steps of one node run one after the other, so they share theirs. */
  private scratch(layout: Layout): Form {
    const known = this.scratches.get(layout.key) ?? this.temporary(layout)
    this.scratches.set(layout.key, known)
    return known
  }

  /** A step in JavaScript over arrays of the forms; for what the library cannot do. Forms must be dense. */
  host(forms: readonly Form[], make: (arrays: readonly HostArray[]) => () => void): void {
    forms.forEach((form) => this.touch(form.block))
    this.steps.push({ kind: 'host', node: this.node, forms, make })
  }

  reorder(from: Form, to: Form): void {
    this.reorders++
    this.copy(from, to, true)
  }

  /** A reorder that is the work asked for, so it is not counted as one. */
  copy(from: Form, to: Form, isReorder = false): void {
    this.execute(...this.copying(from, to), isReorder)
  }

  private copying(from: Form, to: Form): [Primitive, readonly Argument[]] {
    const args: readonly Argument[] = [
      ['src', from],
      ['dst', to],
    ]
    return [this.primitive({ kind: 'reorder', src: from.layout, dst: to.layout }), args]
  }

  constant(data: ArrayLike<number>, layout: Layout): Form {
    const form = this.temporary(layout)
    this.blocks.pop()
    form.block.address = ITS_OWN
    this.constants.push({ form, data })
    return form
  }

  /** A one-element tensor for use as an operand of any rank. */
  number(value: number, layout: Layout): Form {
    const known = this.scalars.get(value) ?? this.constant([value], layout)
    this.scalars.set(value, known)
    return { ...known, layout }
  }

  private touch(block: Block): void {
    block.first = Math.min(block.first, this.steps.length)
    block.last = Math.max(block.last, this.steps.length)
  }
}

function isLayout(item: unknown): item is Layout {
  return typeof item === 'object' && item !== null && 'ref' in item && 'key' in item
}
