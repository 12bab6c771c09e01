import { castArray } from '../../core/convert.ts'
import { GraphError } from '../../core/errors.ts'
import { sameShape, type Tensor } from '../../core/tensor.ts'
import type { Executor, ProfileOptions, ProfileRow, Session, Tensors, TraceEvent } from '../executor.ts'
import { flopsOf } from '../flops.ts'
import { elements, nameOf, type Node, type Program, type TensorType, type Value } from '../ir.ts'
import { Profiler } from '../profile.ts'
import type { NumberArray } from './array.ts'
import { compute, fed, numbersOf, resultOf, typeName } from './evaluate.ts'

/**
 * Runs graphs slowly and obviously right, to judge the other executors. Everything is computed and kept in float64:
 * floating-point types of values are not rounded to, only what `run` and `read` hand out is. For results in full
 * precision use `evaluate`. Takes float64 tensors for inputs and states of any floating-point type.
 */
export const interpreter: Executor = {
  name: 'interpreter',
  async open(programs, initial, options = {}) {
    return new InterpreterSession(programs, initial, options.profile ?? false)
  },
}

class InterpreterSession implements Session {
  readonly precision = 'float32' // results; sums are float64
  private readonly programs: ReadonlyMap<string, Program>
  private readonly types = new Map<string, TensorType>()
  private readonly states = new Map<string, NumberArray>()
  private readonly profiler: Profiler

  constructor(programs: readonly Program[], initial: Tensors, profile: boolean | ProfileOptions) {
    this.programs = new Map(programs.map((program) => [program.name, program]))
    this.profiler = new Profiler(profile)
    for (const value of programs.flatMap((program) => program.states)) {
      const known = this.types.get(nameOf(value))
      if (known && (known.dtype !== value.dtype || !sameShape(known.shape, value.shape)))
        throw new GraphError(
          `state "${nameOf(value)}"`,
          `is ${typeName(known)} in one program and ${typeName(value)} in another; give it one type`,
        )
      this.types.set(nameOf(value), value)
      this.states.set(nameOf(value), fed(initial, value))
    }
    for (const program of programs)
      for (const [state, value] of program.updates) {
        const type = this.typeOf(state)
        if (type.dtype !== value.dtype || !sameShape(type.shape, value.shape))
          throw new GraphError(
            program.name,
            `updates state "${state}" with ${typeName(value)}; it is ${typeName(type)}`,
          )
      }
  }

  async run(name: string, inputs: Tensors): Promise<Record<string, Tensor>> {
    const program = this.programs.get(name)
    if (!program)
      throw new GraphError(name, `is not a program of this session; it has ${[...this.programs.keys()].join(', ')}`)
    const unknown = Object.keys(inputs).find((key) => !program.inputs.some((value) => nameOf(value) === key))
    if (unknown !== undefined)
      throw new GraphError(
        name,
        `has no input "${unknown}"; it takes ${program.inputs.map(nameOf).join(', ') || 'none'}`,
      )
    const kept = new Set([...Object.values(program.outputs), ...program.updates.values()])
    const leaf = (value: Value) => (value.node.op === 'state' ? this.stateOf(nameOf(value)) : fed(inputs, value))
    const events = this.profiler.begin(name)
    const begun = performance.now()
    const timed = (node: Node, start: number, end: number) =>
      events?.push(eventOf(name, node, start - begun, end - start))
    const results = compute(program.nodes, kept, leaf, events && timed)
    if (events) this.profiler.end(events)
    for (const [state, value] of program.updates) this.states.set(state, resultOf(results, value))
    return Object.fromEntries(
      Object.entries(program.outputs).map(([key, value]) => [key, rounded(value, resultOf(results, value))]),
    )
  }

  async read(names: readonly string[] = [...this.states.keys()]): Promise<Record<string, Tensor>> {
    return Object.fromEntries(names.map((name) => [name, rounded(this.typeOf(name), this.stateOf(name))]))
  }

  async write(tensors: Tensors): Promise<void> {
    const checked = Object.keys(tensors).map(
      (name) => [name, numbersOf(`state "${name}"`, tensors[name], this.typeOf(name))] as const,
    )
    for (const [name, array] of checked) this.states.set(name, array)
  }

  async profile(): Promise<readonly ProfileRow[]> {
    return this.profiler.finish()
  }

  async trace(): Promise<readonly TraceEvent[]> {
    return this.profiler.trace()
  }

  async memoryBytes(): Promise<number> {
    return 0 // everything is on JavaScript's heap
  }

  async dispose(): Promise<void> {
    this.states.clear()
  }

  private stateOf(name: string): NumberArray {
    const array = this.states.get(name)
    if (!array) throw new GraphError(`state "${name}"`, 'is not in this session; its programs declare all there are')
    return array
  }

  private typeOf(name: string): TensorType {
    this.stateOf(name)
    return this.types.get(name)!
  }
}

function eventOf(program: string, node: Node, startMs: number, ms: number): TraceEvent {
  const { op, scope, inputs, outputs } = node
  const bytes = 8 * [...inputs, ...outputs].reduce((sum, value) => sum + elements(value), 0) // all is float64 here
  return { program, op, scope, kernel: 'javascript', isReorder: false, startMs, ms, flops: flopsOf(node), bytes }
}

function rounded(type: TensorType, { data }: NumberArray): Tensor {
  const converted = castArray(data, 'float64', type.dtype)
  return { dtype: type.dtype, shape: type.shape, data: converted === data ? data.slice() : converted }
}
