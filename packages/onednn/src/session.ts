import { GraphError, ShapeError, sameShape, sizeOf, type Tensor } from 'volvox'
import {
  nameOf,
  Profiler,
  type Precision,
  type ProfileRow,
  type Program,
  type SessionOptions,
  type Tensors,
  type TraceEvent,
} from 'volvox/graph'
import { compile, prepare, type Compiled } from './compile.ts'
import { loadLibrary, viewOf, type Library } from './ffi.ts'
import { findChains } from './fuse.ts'
import type { Layout, MemoryType, Primitive } from './api.ts'
import { initialStates } from './initial.ts'
import { aligned, placeBlocks } from './memory.ts'
import { memoryType, type Block, type Form, type HostArray, type Plan, type Step } from './plan.ts'
import { profiledSteps, type ProfiledStep } from './stepFacts.ts'
import { stateLayouts } from './weights.ts'

/** A session whose calls return when all is done: what runs in the worker thread. */
export interface DirectSession {
  readonly precision: Precision
  /** Outputs are copied into the tensors of `into`, if given, which then come back. */
  run(program: string, inputs: Tensors, into?: Tensors): Record<string, Tensor>
  read(names?: readonly string[]): Record<string, Tensor>
  write(tensors: Tensors): void
  profile(): readonly ProfileRow[]
  trace(): readonly TraceEvent[]
  memoryBytes(): number
  /** What a program came to: its steps, and how many of them only move data between layouts. */
  describe(program: string): { readonly steps: number; readonly reorders: number; readonly arenaBytes: number }
  dispose(): void
}

export interface DirectOptions extends SessionOptions {
  /** Elements up to which elementwise operations and sums run in JavaScript, which needs no threads; 4096 unless given. */
  readonly small?: number
}

/** Opens a session in this thread, which is busy as long as a run takes. */
export function openInThread(
  programs: readonly Program[],
  initial: Tensors,
  options: DirectOptions = {},
): DirectSession {
  const states = initialStates(programs, initial)
  const session = openEmpty(programs, options)
  session.write(states)
  return session
}

/** A session whose states are zero until they are written. */
export function openEmpty(programs: readonly Program[], options: DirectOptions = {}): DirectSession {
  return new NativeSession(loadLibrary(), programs, options)
}

/** One step with everything bound: a primitive and its arguments, or a function. */
interface Bound {
  readonly primitive: bigint
  readonly count: number
  readonly args: bigint
  readonly host: (() => void) | null
}

interface Ready {
  readonly compiled: Compiled
  /** Run once, and again after states have changed. */
  readonly prelude: readonly Bound[]
  readonly steps: readonly Bound[]
}

interface Memory {
  readonly address: bigint
  readonly bytes: number
  readonly view: ArrayBuffer
}

interface StateEntry {
  readonly shape: readonly number[]
  readonly form: Form
  readonly plain: Layout
}

class NativeSession implements DirectSession {
  readonly precision: Precision
  private readonly library: Library
  private readonly memories: Memory[] = []
  private readonly states = new Map<string, StateEntry>()
  private readonly ready = new Map<string, Ready>()
  private readonly natives = new Map<string, bigint>()
  private readonly profiler: Profiler
  /** Programs whose preludes have run since states last changed. */
  private readonly settled = new Set<string>()
  private readonly facts = new Map<string, readonly ProfiledStep[]>()
  private readonly arenaBytes = new Map<string, number>()
  private disposed = false

  constructor(library: Library, programs: readonly Program[], options: DirectOptions) {
    this.library = library
    this.profiler = new Profiler(options.profile ?? false)
    this.precision = options.precision === 'bfloat16' && library.api.hasBfloat16 ? 'bfloat16' : 'float32'
    if (options.threads !== undefined) library.setThreads(options.threads)
    const prepared = programs.map(prepare)
    const layouts = stateLayouts(library.api, prepared)
    this.makeStates(programs, layouts)
    const forms = new Map([...this.states].map(([name, { form }]) => [name, form]))
    const { small = 4096 } = options
    const compiled = prepared.map((program) =>
      compile(library.api, program, forms, layouts, { small, precision: this.precision }),
    )
    this.place(compiled)
  }

  run(name: string, inputs: Tensors, into?: Tensors): Record<string, Tensor> {
    const ready = this.program(name)
    const { compiled, prelude, steps } = ready
    if (!this.settled.has(name)) this.runSteps(prelude) // before inputs come into the arena that it works in
    this.settled.add(name)
    this.feed(compiled, inputs)
    if (compiled.program.updates.size > 0) this.settled.clear()
    const events = this.profiler.begin(name)
    if (events) this.runTimed(ready, events)
    else this.runSteps(steps)
    const outputs = Object.entries(compiled.program.outputs).map(([key, { dtype, shape }]): [string, Tensor] => {
      const form = compiled.outputs.get(key)
      if (!form) throw new GraphError(name, `output "${key}" was not computed`)
      const array = this.arrayOf(form)
      const target = into?.[key]?.data
      if (!(target instanceof Float32Array || target instanceof Int32Array))
        return [key, { dtype: memoryType(dtype), shape, data: array.slice() }]
      target.set(array)
      return [key, { dtype: memoryType(dtype), shape, data: target }]
    })
    return Object.fromEntries(outputs)
  }

  private runSteps(steps: readonly Bound[]): void {
    const { execute, wait } = this.library.api
    let failed = 0
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]
      if (step.host) step.host()
      else failed |= execute(step.primitive, step.count, step.args)
    }
    failed |= wait()
    if (failed !== 0) throw new Error('oneDNN: a primitive failed')
  }

  /** Waits for each step, so that its time is its own. */
  private runTimed(ready: Ready, events: TraceEvent[]): void {
    const facts = this.factsOf(ready)
    const begun = performance.now()
    ready.steps.forEach((step, i) => {
      const start = performance.now()
      this.runSteps([step])
      events.push({ ...facts[i], startMs: start - begun, ms: performance.now() - start })
    })
    this.profiler.end(events)
  }

  private factsOf({ compiled: { program, plan } }: Ready): readonly ProfiledStep[] {
    const known = this.facts.get(program.name)
    if (known) return known
    const chains = findChains(program)
    const facts = profiledSteps(program.name, plan.steps, chains)
    this.facts.set(program.name, facts)
    return facts
  }

  private feed({ program, inputs }: Compiled, tensors: Tensors): void {
    for (const value of program.inputs) {
      const name = nameOf(value)
      const given = tensors[name]
      const form = inputs.get(name)
      if (!given) throw new GraphError(program.name, `input "${name}" is missing; it takes [${value.shape.join(', ')}]`)
      if (!sameShape(given.shape, value.shape))
        throw new ShapeError(
          program.name,
          `input "${name}" has shape [${given.shape.join(', ')}]; it takes [${value.shape.join(', ')}]`,
        )
      if (form) fill(this.arrayOf(form), given)
    }
  }

  read(names: readonly string[] = [...this.states.keys()]): Record<string, Tensor> {
    return Object.fromEntries(
      names.map((name): [string, Tensor] => {
        const { shape, form, plain } = this.state(name)
        const data = this.exchange(form, plain, null)
        return [name, { dtype: form.layout.dtype, shape, data }]
      }),
    )
  }

  write(tensors: Tensors): void {
    this.settled.clear()
    for (const [name, tensor] of Object.entries(tensors)) {
      const { shape, form, plain } = this.state(name)
      if (!sameShape(tensor.shape, shape))
        throw new ShapeError(
          'write',
          `state "${name}" has shape [${shape.join(', ')}], the tensor [${tensor.shape.join(', ')}]; they must agree`,
        )
      this.exchange(form, plain, tensor)
    }
  }

  profile(): readonly ProfileRow[] {
    return this.profiler.finish()
  }

  trace(): readonly TraceEvent[] {
    return this.profiler.trace()
  }

  memoryBytes(): number {
    return this.memories.reduce((total, { bytes }) => total + bytes, 0)
  }

  describe(name: string): { readonly steps: number; readonly reorders: number; readonly arenaBytes: number } {
    const { compiled, steps } = this.program(name)
    return { steps: steps.length, reorders: compiled.plan.reorders, arenaBytes: this.arenaBytes.get(name) ?? 0 }
  }

  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    const { api } = this.library
    for (const memory of this.natives.values()) api.destroyMemory(memory)
    for (const { compiled } of this.ready.values())
      compiled.plan.primitives.forEach((primitive) => api.destroy(primitive))
    for (const { address } of this.memories) this.library.free(address)
    this.memories.length = 0
    this.ready.clear()
    this.states.clear()
  }

  private makeStates(programs: readonly Program[], layouts: ReadonlyMap<string, Layout>): void {
    const { api } = this.library
    const types = new Map(programs.flatMap(({ states }) => states.map((value) => [nameOf(value), value] as const)))
    const plainOf = (shape: readonly number[], dtype: MemoryType) =>
      api.layout(dtype, shape.length === 0 ? [1] : shape, 'plain')
    const entries = [...types].map(([name, value]) => {
      const plain = plainOf(value.shape, memoryType(value.dtype))
      return { name, shape: value.shape, plain, layout: layouts.get(name) ?? plain }
    })
    const total = entries.reduce((sum, { layout }) => sum + aligned(layout.bytes), 0)
    let { address } = this.allocate(total)
    for (const { name, shape, plain, layout } of entries) {
      const block: Block = { bytes: layout.bytes, first: -1, last: Infinity, offset: 0, address, values: new Set() }
      this.states.set(name, { shape, form: { layout, block, offset: 0 }, plain })
      address += BigInt(aligned(layout.bytes))
    }
  }

  /** Gives every block its address and binds all steps to memory; one arena serves all programs. */
  private place(compiled: readonly Compiled[]): void {
    const sizes = compiled.map(({ plan }) => placeBlocks(plan.blocks))
    const arena = this.allocate(Math.max(64, ...sizes))
    compiled.forEach((one, i) => {
      this.arenaBytes.set(one.program.name, sizes[i])
      for (const block of one.plan.blocks) block.address = arena.address + BigInt(block.offset)
      this.placeApart(one.plan.kept)
      this.placeConstants(one.plan)
    })
    for (const one of compiled) {
      const { prelude, steps } = one.plan
      this.ready.set(one.program.name, { compiled: one, prelude: this.bind(prelude), steps: this.bind(steps) })
    }
  }

  private placeApart(blocks: readonly Block[]): void {
    let { address } = this.allocate(blocks.reduce((sum, { bytes }) => sum + aligned(bytes), 0))
    for (const block of blocks) {
      block.address = address
      address += BigInt(aligned(block.bytes))
    }
  }

  private placeConstants({ constants }: Plan): void {
    this.placeApart(constants.map(({ form }) => form.block))
    for (const { form, data } of constants) this.arrayOf(form, data.length).set(data)
  }

  private bind(steps: readonly Step[]): readonly Bound[] {
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
        words[2 * at + 1] = this.memoryOf(form)
        at++
      }
      return { primitive: step.primitive.handle, count: step.args.length, args, host: null }
    })
  }

  private memoryOf(form: Form): bigint {
    const address = addressOf(form)
    const key = `${form.layout.key}@${address}`
    let memory = this.natives.get(key)
    if (memory === undefined) this.natives.set(key, (memory = this.library.api.memory(form.layout, address)))
    return memory
  }

  private arrayOf(form: Form, length = sizeOf(form.layout.dims)): HostArray {
    const address = addressOf(form)
    const memory = this.memories.find((m) => address >= m.address && address < m.address + BigInt(Math.max(1, m.bytes)))
    if (!memory) throw new Error('oneDNN: memory outside of the session')
    const offset = Number(address - memory.address)
    const arrays = { int32: Int32Array, bfloat16: Uint16Array, float32: Float32Array }
    return new arrays[form.layout.dtype](memory.view, offset, length)
  }

  /** Writes a state from a tensor, or reads it, by way of its row-major form. */
  private exchange(form: Form, plain: Layout, tensor: Tensor | null): HostArray {
    if (form.layout.key === plain.key || plain.bytes === 0) {
      const array = this.arrayOf(form)
      if (tensor) fill(array, tensor)
      return array.slice()
    }
    const memory = this.allocate(plain.bytes)
    const block: Block = {
      bytes: plain.bytes,
      first: 0,
      last: 0,
      offset: 0,
      address: memory.address,
      values: new Set(),
    }
    const middle: Form = { layout: plain, block, offset: 0 }
    const array = this.arrayOf(middle)
    if (tensor) fill(array, tensor)
    this.reorderNow(...((tensor ? [middle, form] : [form, middle]) as [Form, Form]))
    const data = array.slice()
    this.release(memory)
    return data
  }

  private reorderNow(from: Form, to: Form): void {
    const { api } = this.library
    const primitive: Primitive | null = api.primitive({ kind: 'reorder', src: from.layout, dst: to.layout })
    if (!primitive) throw new Error('oneDNN: no reorder for a state')
    const scratch = primitive.layout('scratchpad')
    const memories = [api.memory(from.layout, addressOf(from)), api.memory(to.layout, addressOf(to))]
    const table = this.allocate(48 + scratch.bytes)
    const words = new BigInt64Array(table.view, 0, 6)
    if (scratch.bytes > 0) memories.push(api.memory(scratch, table.address + 48n))
    const roles = ['src', 'dst', 'scratchpad'] as const
    memories.forEach((memory, i) => words.set([BigInt(api.argument(roles[i])), memory], 2 * i))
    const failed = api.execute(primitive.handle, memories.length, table.address) | api.wait()
    memories.forEach((memory) => api.destroyMemory(memory))
    api.destroy(primitive)
    this.release(table)
    if (failed !== 0) throw new Error('oneDNN: a reorder failed')
  }

  private allocate(bytes: number): Memory {
    const size = aligned(bytes)
    const address = this.library.allocate(size)
    const memory = { address, bytes: size, view: viewOf(address, size) }
    this.memories.push(memory)
    return memory
  }

  private release(memory: Memory): void {
    this.memories.splice(this.memories.indexOf(memory), 1)
    this.library.free(memory.address)
  }

  private program(name: string): Ready {
    const ready = this.ready.get(name)
    if (!ready)
      throw new GraphError(
        'run',
        `there is no program "${name}"; there are ${[...this.ready.keys()].join(', ') || 'none'}`,
      )
    return ready
  }

  private state(name: string): StateEntry {
    const entry = this.states.get(name)
    if (!entry) throw new GraphError('session', `there is no state "${name}"; see the states of its programs`)
    return entry
  }
}

function addressOf({ block, offset }: Form): bigint {
  if (block.address === null) throw new Error('oneDNN: a block has no place')
  return block.address + BigInt(offset)
}

function fill(target: HostArray, { data }: Tensor): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) target.set(Array.from(data, Number))
  else target.set(data)
}
