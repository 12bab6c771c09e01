import { castArray, toFloats } from '../../core/convert.ts'
import { GraphError, ShapeError } from '../../core/errors.ts'
import { sameShape, tensor, type Tensor } from '../../core/tensor.ts'
import type { Executor, ProfileRow, Session, Tensors } from '../executor.ts'
import { at, nameOf, sorted, type Node, type Program, type TensorType, type Value } from '../ir.ts'
import { isOpName } from '../ops/index.ts'
import type { Kernel, NumberArray } from './array.ts'
import { kernels } from './kernels.ts'

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

/** Values in float64, given tensors for the inputs and states that they need by name. */
export function evaluate(values: readonly Value[], feeds: Tensors = {}): Tensor<Float64Array>[] {
  const results = compute(sorted(values), new Set(values), (leaf) => fed(feeds, leaf))
  return values.map((value) => {
    const { shape, data } = resultOf(results, value)
    return tensor('float64', shape, data)
  })
}

/** What `evaluate` does, for all outputs of a program; updates are given under their state's name. */
export function evaluateProgram(
  program: Program,
  feeds: Tensors,
): { outputs: Record<string, Tensor<Float64Array>>; updates: Record<string, Tensor<Float64Array>> } {
  const names = Object.keys(program.outputs)
  const updated = [...program.updates.keys()]
  const results = evaluate([...Object.values(program.outputs), ...program.updates.values()], feeds)
  return {
    outputs: Object.fromEntries(names.map((name, i) => [name, results[i]])),
    updates: Object.fromEntries(updated.map((name, i) => [name, results[names.length + i]])),
  }
}

class InterpreterSession implements Session {
  private readonly programs: ReadonlyMap<string, Program>
  private readonly types = new Map<string, TensorType>()
  private readonly states = new Map<string, NumberArray>()
  private readonly times: Map<string, ProfileRow> | null

  constructor(programs: readonly Program[], initial: Tensors, profile: boolean) {
    this.programs = new Map(programs.map((program) => [program.name, program]))
    this.times = profile ? new Map() : null
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
    const results = compute(program.nodes, kept, leaf, this.times)
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
    return [...(this.times?.values() ?? [])]
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

type Results = Map<Value, NumberArray>

/** Computes nodes in order; forgets what is neither kept nor needed any more. */
function compute(
  nodes: readonly Node[],
  kept: ReadonlySet<Value>,
  leaf: (value: Value) => NumberArray,
  times: Map<string, ProfileRow> | null = null,
): Results {
  const lastUse = new Map<Value, number>()
  nodes.forEach((node, i) => node.inputs.forEach((value) => lastUse.set(value, i)))
  const results: Results = new Map()
  nodes.forEach((node, i) => {
    const start = times ? performance.now() : 0
    computeNode(node, results, leaf)
    if (times) addTime(times, node, performance.now() - start)
    for (const value of node.inputs) if (lastUse.get(value) === i && !kept.has(value)) results.delete(value)
  })
  return results
}

function computeNode(node: Node, results: Results, leaf: (value: Value) => NumberArray): void {
  const [first] = node.outputs
  if (node.op === 'input' || node.op === 'state') results.set(first, leaf(first))
  else if (node.op === 'constant')
    results.set(first, { shape: first.shape, data: Float64Array.from(node.attrs.data as Float64Array) })
  else {
    if (!isOpName(node.op))
      throw new GraphError(
        at(node.op, node.scope),
        'is not an operation of the table; build nodes with ops from graph/ops',
      )
    const kernel = kernels[node.op] as Kernel<never> // attributes were checked by `infer` when the node was made
    const data = kernel(
      node.inputs.map((value) => resultOf(results, value)),
      node.attrs as never,
      node.outputs,
    )
    node.outputs.forEach((value, i) => results.set(value, { shape: value.shape, data: data[i] }))
  }
}

function resultOf(results: Results, value: Value): NumberArray {
  const array = results.get(value)
  if (!array)
    throw new GraphError(
      at(value.node.op, value.node.scope),
      'is needed before it is computed; build programs with `program`',
    )
  return array
}

function fed(feeds: Tensors, value: Value): NumberArray {
  const where = `${value.node.op} "${nameOf(value)}"`
  const given = Object.hasOwn(feeds, nameOf(value)) ? feeds[nameOf(value)] : undefined
  if (!given) throw new GraphError(where, `is not given; pass a tensor of type ${typeName(value)}`)
  return numbersOf(where, given, value)
}

function numbersOf(where: string, given: Tensor, type: TensorType): NumberArray {
  if (!sameShape(given.shape, type.shape))
    throw new ShapeError(where, `has shape [${given.shape.join(', ')}]; it takes ${typeName(type)}`)
  if (given.dtype !== type.dtype && !(given.dtype === 'float64' && type.dtype !== 'int32'))
    throw new GraphError(where, `is ${given.dtype}; it takes ${typeName(type)}`)
  return { shape: type.shape, data: Float64Array.from(toFloats(given.dtype, given.data)) }
}

function rounded(type: TensorType, { data }: NumberArray): Tensor {
  const converted = castArray(data, 'float64', type.dtype)
  return { dtype: type.dtype, shape: type.shape, data: converted === data ? data.slice() : converted }
}

function typeName({ dtype, shape }: TensorType): string {
  return `${dtype} [${shape.join(', ')}]`
}

function addTime(times: Map<string, ProfileRow>, { op, scope }: Node, ms: number): void {
  const key = `${op} ${scope}`
  const row = times.get(key) ?? { op, scope, calls: 0, ms: 0 }
  times.set(key, { ...row, calls: row.calls + 1, ms: row.ms + ms })
}
