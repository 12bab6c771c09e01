import { GraphError } from '../core/errors.ts'
import { sizeOf, type Tensor } from '../core/tensor.ts'

/** Element types that a graph computes with. Comparisons give float32 0 or 1, so there is no bool. */
export type GraphDType = 'float32' | 'bfloat16' | 'float16' | 'float64' | 'int32'

export interface TensorType {
  readonly dtype: GraphDType
  readonly shape: readonly number[]
}

/** Attributes of a node: plain data that survives `postMessage` and JSON. */
export type Attrs = Readonly<Record<string, unknown>>

/** One result of one node; what network, loss and optimiser code passes around. */
export interface Value extends TensorType {
  readonly node: Node
  /** Which result of the node. */
  readonly index: number
}

/** One application of an operation. */
export interface Node {
  readonly op: string
  readonly inputs: readonly Value[]
  readonly attrs: Attrs
  readonly outputs: readonly Value[]
  /** Where it was built, e.g. `model.1.submodule.0.conv`; for errors and profiles. */
  readonly scope: string
}

export interface GradientContext<A> {
  readonly node: Node
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attrs: A
  /** Gradient of each output; null where nothing depends on it. */
  readonly grads: readonly (Value | null)[]
  /** Gradient of the first output; the usual case. */
  readonly grad: Value
}

/** What is known about one operation, independent of who runs it. */
export interface OpRules<A> {
  /** Types of the results; throws `GraphError` when inputs and attributes do not fit. */
  infer(inputs: readonly TensorType[], attrs: A): TensorType | readonly TensorType[]
  /** Gradient of each input, null where there is none; absent when the operation has no gradient at all. */
  gradient?(context: GradientContext<A>): readonly (Value | null)[]
  /** The operation in terms of others, for executors without a lowering of their own. */
  decompose?(inputs: readonly Value[], attrs: A): readonly Value[]
}

/** An operation: call it with inputs and attributes to add a node. */
export interface Op<A> {
  (inputs: readonly Value[], attrs: A): Value
  /** All results of the node. */
  all(inputs: readonly Value[], attrs: A): readonly Value[]
  readonly opName: string
  readonly rules: OpRules<A>
}

/** Makes an operation. Pure: the table of all operations is `ops/index.ts`. */
export function defineOp<A>(opName: string, rules: OpRules<A>): Op<A> {
  const all = (inputs: readonly Value[], attrs: A) =>
    makeNode(opName, inputs, attrs as Attrs, asList(rules.infer(inputs, attrs))).outputs
  return Object.assign((inputs: readonly Value[], attrs: A) => all(inputs, attrs)[0], { all, opName, rules })
}

/** A tensor that is fed at every run. */
export function input(name: string, type: TensorType): Value {
  return makeNode('input', [], { name }, [type]).outputs[0]
}

/**
 * A tensor that lives as long as the session: a weight, a running statistic, an optimiser's moment. The program
 * reads its value from before the run and may replace it (`Program.updates`). State is shared between the programs
 * of a session by name.
 */
export function state(name: string, type: TensorType): Value {
  return makeNode('state', [], { name }, [type]).outputs[0]
}

/** A constant tensor. Constants hold numbers, not bits: 16-bit ones (made by `scalar`) keep theirs as float32. */
export function constant(value: Tensor<Float32Array | Int32Array | Float64Array>): Value {
  return makeNode('constant', [], { data: value.data }, [{ dtype: value.dtype as GraphDType, shape: value.shape }])
    .outputs[0]
}

/** A constant scalar, of shape []. */
export function scalar(value: number, dtype: GraphDType = 'float32'): Value {
  const arrays = {
    int32: Int32Array,
    float64: Float64Array,
    float32: Float32Array,
    float16: Float32Array,
    bfloat16: Float32Array,
  }
  return makeNode('constant', [], { data: arrays[dtype].of(value) }, [{ dtype, shape: [] }]).outputs[0]
}

/** Adds a node by hand; `defineOp` is the usual way. */
export function makeNode(
  op: string,
  inputs: readonly Value[],
  attrs: Attrs,
  types: readonly TensorType[],
  scope = currentScope(),
): Node {
  const outputs: Value[] = []
  const node: Node = { op, inputs, attrs, outputs, scope }
  types.forEach(({ dtype, shape }, index) => {
    if (!shape.every((n) => Number.isInteger(n) && n >= 0))
      throw new GraphError(at(op, scope), `would give the impossible shape [${shape.join(', ')}]`)
    outputs.push({ node, index, dtype, shape })
  })
  return node
}

/** What one compiled function of a session computes: outputs and state updates from inputs and state. */
export interface Program {
  readonly name: string
  /** In dependency order; nothing that is not needed for an output or an update. */
  readonly nodes: readonly Node[]
  readonly inputs: readonly Value[]
  readonly states: readonly Value[]
  readonly outputs: Readonly<Record<string, Value>>
  /** State name to its next value, assigned after everything was computed. */
  readonly updates: ReadonlyMap<string, Value>
}

/** Collects what `outputs` and `updates` need, in dependency order. */
export function program(
  name: string,
  outputs: Readonly<Record<string, Value>>,
  updates: ReadonlyMap<string, Value> = new Map(),
): Program {
  const nodes = sorted([...Object.values(outputs), ...updates.values()])
  const inputs = nodes.filter((node) => node.op === 'input').map((node) => node.outputs[0])
  const states = nodes.filter((node) => node.op === 'state').map((node) => node.outputs[0])
  for (const list of [inputs, states]) {
    const names = list.map(nameOf)
    const twice = names.find((n, i) => names.indexOf(n) !== i)
    if (twice) throw new GraphError(name, `"${twice}" is declared by two nodes; make it once and pass it on`)
  }
  return { name, nodes, inputs, states, outputs, updates }
}

/**
 * Nodes that `values` depend on, dependencies first; without those in `until` and what only they need. Iterative,
 * since graphs are deeper than the call stack.
 */
export function sorted(values: readonly Value[], until: Iterable<Node> = []): Node[] {
  const done = new Set<Node>(until)
  const order: Node[] = []
  const stack: { node: Node; next: number }[] = []
  for (const value of values) {
    stack.push({ node: value.node, next: 0 })
    while (stack.length > 0) {
      const top = stack[stack.length - 1]
      if (done.has(top.node)) stack.pop()
      else if (top.next < top.node.inputs.length) stack.push({ node: top.node.inputs[top.next++].node, next: 0 })
      else {
        done.add(top.node)
        order.push(top.node)
        stack.pop()
      }
    }
  }
  return order
}

/** The name of an input or state. */
export function nameOf(value: Value): string {
  return String(value.node.attrs.name)
}

/** Runs `build` with `name` added to the scope that new nodes record. */
export function scoped<T>(name: string, build: () => T): T {
  scopes.push(name)
  try {
    return build()
  } finally {
    scopes.pop()
  }
}

const scopes: string[] = []

/** Where nodes are being built: the names given to `scoped`, joined by dots. */
export function currentScope(): string {
  return scopes.join('.')
}

/** `conv (model.0.conv)`: how errors name a node. */
export function at(op: string, scope: string = currentScope()): string {
  return scope ? `${op} (${scope})` : op
}

export function elements(type: TensorType): number {
  return sizeOf(type.shape)
}

function asList(types: TensorType | readonly TensorType[]): readonly TensorType[] {
  return Array.isArray(types) ? types : [types as TensorType]
}
