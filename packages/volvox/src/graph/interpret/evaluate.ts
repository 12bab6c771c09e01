import { toFloats } from '../../core/convert.ts'
import { GraphError, ShapeError } from '../../core/errors.ts'
import { sameShape, tensor, type Tensor } from '../../core/tensor.ts'
import type { Tensors } from '../executor.ts'
import { at, nameOf, sorted, type Node, type Program, type TensorType, type Value } from '../ir.ts'
import { isOpName } from '../ops/index.ts'
import type { Kernel, NumberArray } from './array.ts'
import { kernels } from './kernels.ts'

/** Values in float64, given tensors for the inputs and states that they need by name. */
export function evaluate(values: readonly Value[], feeds: Tensors = {}): Tensor<Float64Array>[] {
  const results = compute(sorted(values), new Set(values), (leaf) => fed(feeds, leaf))
  return values.map((value) => {
    const { shape, data } = resultOf(results, value)
    return tensor('float64', shape, data)
  })
}

/** Results of a program; those of updates under their state's name. */
export interface Evaluated {
  readonly outputs: Readonly<Record<string, Tensor<Float64Array>>>
  readonly updates: Readonly<Record<string, Tensor<Float64Array>>>
}

/** What `evaluate` does, for everything that a program computes. */
export function evaluateProgram(program: Program, feeds: Tensors): Evaluated {
  const names = Object.keys(program.outputs)
  const updated = [...program.updates.keys()]
  const results = evaluate([...Object.values(program.outputs), ...program.updates.values()], feeds)
  return {
    outputs: Object.fromEntries(names.map((name, i) => [name, results[i]])),
    updates: Object.fromEntries(updated.map((name, i) => [name, results[names.length + i]])),
  }
}

/** What was computed so far. */
export type Results = Map<Value, NumberArray>

/** Computes nodes in order; forgets what is neither kept nor needed any more. `timed` is told what each took. */
export function compute(
  nodes: readonly Node[],
  kept: ReadonlySet<Value>,
  leaf: (value: Value) => NumberArray,
  timed: ((node: Node, start: number, end: number) => void) | null = null,
): Results {
  const lastUse = new Map<Value, number>()
  nodes.forEach((node, i) => node.inputs.forEach((value) => lastUse.set(value, i)))
  const results: Results = new Map()
  nodes.forEach((node, i) => {
    const start = timed ? performance.now() : 0
    computeNode(node, results, leaf)
    timed?.(node, start, performance.now())
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

/** The numbers of a value that was computed. */
export function resultOf(results: Results, value: Value): NumberArray {
  const array = results.get(value)
  if (!array)
    throw new GraphError(
      at(value.node.op, value.node.scope),
      'is needed before it is computed; build programs with `program`',
    )
  return array
}

/** The numbers that are given for an input or a state. */
export function fed(feeds: Tensors, value: Value): NumberArray {
  const where = `${value.node.op} "${nameOf(value)}"`
  const given = Object.hasOwn(feeds, nameOf(value)) ? feeds[nameOf(value)] : undefined
  if (!given) throw new GraphError(where, `is not given; pass a tensor of type ${typeName(value)}`)
  return numbersOf(where, given, value)
}

/** The numbers of a tensor that must be of a type, or float64 for any floating-point type. */
export function numbersOf(where: string, given: Tensor, type: TensorType): NumberArray {
  if (!sameShape(given.shape, type.shape))
    throw new ShapeError(where, `has shape [${given.shape.join(', ')}]; it takes ${typeName(type)}`)
  if (given.dtype !== type.dtype && !(given.dtype === 'float64' && type.dtype !== 'int32'))
    throw new GraphError(where, `is ${given.dtype}; it takes ${typeName(type)}`)
  return { shape: type.shape, data: Float64Array.from(toFloats(given.dtype, given.data)) }
}

/** `float32 [2, 3]`: a type as error sentences write it. */
export function typeName({ dtype, shape }: TensorType): string {
  return `${dtype} [${shape.join(', ')}]`
}
