import { GraphError, ShapeError, sameShape, type Tensor } from 'volvox/core'
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
import { loadLibrary, type Library } from './ffi.ts'
import { memoryType } from './forms.ts'
import { initialStates } from './initial.ts'
import { placeBlocks } from './memory.ts'
import { fillArray, NativeMemory, type Bound } from './nativeMemory.ts'
import type { Plan } from './plan.ts'
import { States } from './states.ts'
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

interface Ready {
  readonly compiled: Compiled
  /** Run once, and again after states have changed. */
  readonly prelude: readonly Bound[]
  readonly steps: readonly Bound[]
}

class NativeSession implements DirectSession {
  readonly precision: Precision
  private readonly library: Library
  private readonly memory: NativeMemory
  private readonly states: States
  private readonly ready = new Map<string, Ready>()
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
    this.memory = new NativeMemory(library)
    this.states = new States(this.memory, programs, layouts)
    const { small = 4096 } = options
    const compiled = prepared.map((program) =>
      compile(library.api, program, this.states.forms, layouts, { small, precision: this.precision }),
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
      const array = this.memory.arrayOf(form)
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

  private factsOf({ compiled: { program, plan, chains } }: Ready): readonly ProfiledStep[] {
    const known = this.facts.get(program.name)
    if (known) return known
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
      if (form) fillArray(this.memory.arrayOf(form), given)
    }
  }

  read(names?: readonly string[]): Record<string, Tensor> {
    return this.states.read(names)
  }

  write(tensors: Tensors): void {
    this.settled.clear()
    this.states.write(tensors)
  }

  profile(): readonly ProfileRow[] {
    return this.profiler.finish()
  }

  trace(): readonly TraceEvent[] {
    return this.profiler.trace()
  }

  memoryBytes(): number {
    return this.memory.bytes
  }

  describe(name: string): { readonly steps: number; readonly reorders: number; readonly arenaBytes: number } {
    const { compiled, steps } = this.program(name)
    return { steps: steps.length, reorders: compiled.plan.reorders, arenaBytes: this.arenaBytes.get(name) ?? 0 }
  }

  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    const { api } = this.library
    for (const { compiled } of this.ready.values())
      compiled.plan.primitives.forEach((primitive) => api.destroy(primitive))
    this.memory.dispose()
    this.ready.clear()
  }

  /** Gives every block its address and binds all steps to memory; one arena serves all programs. */
  private place(compiled: readonly Compiled[]): void {
    const sizes = compiled.map(({ plan }) => placeBlocks(plan.blocks))
    const arena = this.memory.allocate(Math.max(64, ...sizes))
    compiled.forEach((one, i) => {
      this.arenaBytes.set(one.program.name, sizes[i])
      for (const block of one.plan.blocks) block.address = arena.address + BigInt(block.offset)
      this.memory.place(one.plan.kept)
      this.placeConstants(one.plan)
    })
    for (const one of compiled) {
      const { prelude, steps } = one.plan
      this.ready.set(one.program.name, {
        compiled: one,
        prelude: this.memory.bind(prelude),
        steps: this.memory.bind(steps),
      })
    }
  }

  private placeConstants({ constants }: Plan): void {
    this.memory.place(constants.map(({ form }) => form.block))
    for (const { form, data } of constants) this.memory.arrayOf(form, data.length).set(data)
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
}
