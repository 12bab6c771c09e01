import { GraphError, type Tensor } from 'volvox/core'
import {
  at,
  isOpName,
  makeNode,
  nameOf,
  ops,
  sorted,
  type AttrsOf,
  type Node,
  type Op,
  type OpName,
  type Program,
  type TensorType,
  type Value,
} from 'volvox/graph'
import { Model, type Name } from './model.ts'
import { lowerings } from './ops/index.ts'

/** One node of the graph, as its lowering sees it. */
export interface Site<A> {
  readonly inputs: readonly Name[]
  readonly attrs: A
  /** Types of the inputs. */
  readonly types: readonly TensorType[]
  readonly results: readonly TensorType[]
  /** Whether anything uses each result. */
  readonly used: readonly boolean[]
}

/** Writes one operation as ONNX nodes and names its results; null to have its decomposition lowered instead. */
export type Lower<N extends OpName> = (model: Model, site: Site<AttrsOf<N>>) => Name | readonly Name[] | null

/** How states enter a model. */
export type Weights =
  /** As inputs; their next values are outputs. */
  | { readonly kind: 'inputs' }
  /** As constants, for programs without updates. */
  | { readonly kind: 'constants'; readonly tensors: Readonly<Record<string, Tensor>> }

/** Names of a model's inputs and outputs, so that inputs, states, outputs and updates may share theirs. */
export interface Naming {
  input(name: string): Name
  state(name: string): Name
  output(name: string): Name
  update(name: string): Name
}

/** How a program is written. */
export interface Style {
  /** As in `Model`. */
  readonly isSizeless?: boolean
  /** Inputs of whole numbers are int64, as PyTorch has them, in place of int32. */
  readonly isLong?: boolean
}

/** The program as an ONNX graph. */
export function lower(
  program: Program,
  weights: Weights,
  naming: Naming,
  { isSizeless = false, isLong = false }: Style = {},
): Model {
  const model = new Model(program.name, isSizeless)
  const names = new Map<Value, Name>()
  for (const value of program.inputs) {
    const isWidened = isLong && value.dtype === 'int32'
    const { dtype, shape } = value
    const name = model.input({ dtype: isWidened ? 'int64' : dtype, shape, name: naming.input(nameOf(value)) })
    names.set(value, isWidened ? model.cast(name, 'int32') : name)
  }
  for (const value of program.states) {
    const name = naming.state(nameOf(value))
    if (weights.kind === 'inputs') names.set(value, model.input({ ...typeOf(value), name }))
    else names.set(value, model.initializer(value.dtype, value.shape, weights.tensors[nameOf(value)].data, name))
  }
  lowerNodes(model, program.nodes, [...Object.values(program.outputs), ...program.updates.values()], names)
  for (const [name, value] of Object.entries(program.outputs))
    model.output(names.get(value)!, { ...typeOf(value), name: naming.output(name) })
  for (const [name, value] of program.updates)
    model.output(names.get(value)!, { ...typeOf(value), name: naming.update(name) })
  return model
}

/** Lowers `nodes`, given in dependency order, and records the names of their results. */
function lowerNodes(model: Model, nodes: readonly Node[], results: readonly Value[], names: Map<Value, Name>): void {
  const used = new Set(results)
  for (const node of nodes) for (const value of node.inputs) used.add(value)
  for (const node of nodes) {
    if (node.outputs.every((value) => names.has(value))) continue
    const found = node.op === 'constant' ? [lowerConstant(model, node)] : lowerNode(model, node, names, used)
    node.outputs.forEach((value, i) => names.set(value, found[i]))
  }
}

function lowerNode(
  model: Model,
  node: Node,
  names: ReadonlyMap<Value, Name>,
  used: ReadonlySet<Value>,
): readonly Name[] {
  const { op, outputs, attrs } = node
  if (!isOpName(op)) throw new GraphError(at(op, node.scope), 'is not an operation that ONNX can be written from')
  const outer = model.label === ''
  if (outer) model.label = `${op}|${node.scope}`
  // Attributes have the operation's type: its `infer` checked them when the node was made.
  const write = lowerings[op] as Lower<OpName>
  const inputs = node.inputs.map((value) => names.get(value)!)
  const site = { inputs, attrs, types: node.inputs, results: outputs, used: outputs.map((value) => used.has(value)) }
  const found = write(model, site as unknown as Site<AttrsOf<OpName>>) ?? lowerDecomposed(model, node, inputs)
  if (outer) model.label = ''
  return typeof found === 'string' ? [found] : found
}

function lowerDecomposed(model: Model, node: Node, inputs: readonly Name[]): readonly Name[] {
  const { rules } = ops[node.op as OpName] as unknown as Op<unknown>
  if (!rules.decompose)
    throw new GraphError(
      at(node.op, node.scope),
      `has no ONNX form for ${node.inputs.map((value) => value.dtype).join(', ')}`,
    )
  // Stand-ins for the inputs, so that only the decomposition is walked.
  const standIns = node.inputs.map((value, i) => makeNode('input', [], { name: `${i}` }, [value]).outputs[0])
  const results = rules.decompose(standIns, node.attrs)
  const names = new Map(standIns.map((value, i) => [value, inputs[i]]))
  lowerNodes(model, sorted(results), results, names)
  return results.map((value) => names.get(value)!)
}

function lowerConstant(model: Model, { attrs, outputs: [value] }: Node): Name {
  const data = attrs.data
  if (!(data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array))
    throw new GraphError(
      'constant',
      `data of shape [${value.shape.join(', ')}] is not an array of numbers; use scalar() or constant()`,
    )
  return value.shape.length === 0 ? model.scalar(data[0], value.dtype) : model.constant(value.dtype, value.shape, data)
}

function typeOf({ dtype, shape }: Value): TensorType {
  return { dtype, shape }
}
