import { castArray, type Tensor } from 'volvox/core'
import {
  decomposeFor,
  isOpName,
  makeNode,
  nameOf,
  ops,
  program as makeProgram,
  rewrite,
  scoped,
  state,
  type GraphDType,
  type Node,
  type Op,
  type OpName,
  type Program,
  type Tensors,
  type Value,
} from 'volvox/graph'

/**
 * How an operation is computed in a float16 model; in float32, with float32 results, unless listed.
 * - `half`: in float16. Kernels sum up in float32.
 * - `carry`: in float16 when all that it is given is float16: it makes no number much larger or smaller.
 * - `around`: in float32, since it sums over many voxels; the result is of ordinary size and goes on in float16.
 */
const rules: { readonly [N in OpName]?: 'half' | 'carry' | 'around' } = {
  conv: 'half',
  convInputGrad: 'half',
  matmul: 'half',
  instanceNorm: 'around',
  batchNorm: 'around',
  batchNormInference: 'around',
  layerNorm: 'around',
  groupNorm: 'around',
  averagePool: 'around',
  neg: 'carry',
  abs: 'carry',
  sign: 'carry',
  clip: 'carry',
  relu: 'carry',
  sigmoid: 'carry',
  tanh: 'carry',
  elu: 'carry',
  leakyRelu: 'carry',
  gelu: 'carry',
  swish: 'carry',
  mish: 'carry',
  hardSwish: 'carry',
  prelu: 'carry',
  add: 'carry',
  sub: 'carry',
  mul: 'carry',
  max: 'carry',
  min: 'carry',
  where: 'carry',
  maxPool: 'carry',
  resize: 'carry',
  concat: 'carry',
  slice: 'carry',
  roll: 'carry',
  pad: 'carry',
  transpose: 'carry',
  reshape: 'carry',
  broadcastTo: 'carry',
  gather: 'carry',
  after: 'carry',
  detach: 'carry',
}

/** Largest float16, and the smallest with full precision. */
const [largest, smallest] = [65504, 2 ** -14]

/**
 * The program with its float32 arithmetic in float16 where that is safe, and the weights that it then takes. Inputs and
 * outputs stay as they are.
 */
export function halved(program: Program, tensors: Tensors): { program: Program; tensors: Record<string, Tensor> } {
  const wide = inHalf(
    decomposeFor(program, (op) => op !== 'attention'), // its products are half, its softmax is not
    tensors,
  )
  const narrow = narrowStates(wide)
  const tensorOf = (name: string, to: GraphDType): Tensor => {
    const { dtype, shape, data } = tensors[name]
    return { dtype: to, shape, data: castArray(data, dtype, to) }
  }
  return {
    program: narrow,
    tensors: Object.fromEntries(narrow.states.map((value) => [nameOf(value), tensorOf(nameOf(value), value.dtype)])),
  }
}

/** Weights are still float32 here, with casts behind them. */
function inHalf(program: Program, tensors: Tensors): Program {
  const current = new Map<Value, Value>()
  const casts = new Map<Value, Value>()
  const as = (value: Value, dtype: GraphDType): Value => {
    if (value.dtype === dtype) return value
    const known = casts.get(value)
    if (known) return known
    const { op, inputs, attrs, scope } = value.node
    const made =
      op === 'constant'
        ? halfConstant(value)
        : scoped(scope, () =>
            dtype === 'float16' && isMove(op) && sourceOf(value)
              ? (ops[op] as unknown as Op<unknown>)([as(inputs[0], dtype)], attrs) // so that the weight itself can be float16
              : ops.cast([value], { to: dtype }),
          )
    casts.set(value, made)
    if (value.node.op !== 'constant') casts.set(made, value)
    return made
  }
  /** Whether a value is there in float16 or may as well be: constants and weights may when they fit. */
  const mayBeHalf = (value: Value): boolean => {
    const { op, attrs } = (sourceOf(value) ?? value).node
    if (op === 'constant') return fits(attrs.data as ArrayLike<number>, smallest)
    if (op === 'state') return fits(tensors[String(attrs.name)].data as ArrayLike<number>, 0)
    return value.dtype === 'float16'
  }
  const isLeaf = (value: Value) => sourceOf(value) !== null

  for (const node of program.nodes) {
    const { op, attrs, scope } = node
    if (!isOpName(op)) continue
    const rule = rules[op]
    const inputs = node.inputs.map((value) => current.get(value) ?? value)
    // The condition of a `where` is 0 or 1 in any type.
    const numbers = inputs.filter((_, i) => node.inputs[i].dtype === 'float32' && !(op === 'where' && i === 0))
    const halfLeaves = numbers.filter(isLeaf).every(mayBeHalf)
    const computed = numbers.filter((value) => !isLeaf(value))
    const half =
      halfLeaves && (rule === 'half' || (rule === 'carry' && computed.length > 0 && computed.every(mayBeHalf)))
    const taken = inputs.map((value) => (numbers.includes(value) ? as(value, half ? 'float16' : 'float32') : value))
    const results = taken.every((value, i) => value === node.inputs[i])
      ? node.outputs
      : scoped(scope, () => (ops[op] as unknown as Op<unknown>).all(taken, attrs))
    node.outputs.forEach((value, i) => {
      const handedOn = rule === 'around' && i === 0 && value.dtype === 'float32' && computed.length > 0
      current.set(value, handedOn ? as(results[i], 'float16') : results[i])
    })
  }
  const outputs = Object.entries(program.outputs).map(([name, value]) => {
    const result = current.get(value) ?? value
    return [name, value.dtype === 'float32' ? as(result, 'float32') : result] as const
  })
  return makeProgram(program.name, Object.fromEntries(outputs))
}

/** The weight or constant that a value is, turned or reshaped at most; null for what is computed. */
function sourceOf(value: Value): Value | null {
  const { op, inputs } = value.node
  if (op === 'constant' || op === 'state') return value
  return isMove(op) ? sourceOf(inputs[0]) : null
}

function isMove(op: string): op is 'reshape' | 'transpose' {
  return op === 'reshape' || op === 'transpose'
}

/** Makes a weight float16 when nothing uses it as float32. */
function narrowStates(program: Program): Program {
  const wide = new Set(Object.values(program.outputs))
  for (const node of program.nodes) if (!isHalving(node)) node.inputs.forEach((value) => wide.add(value))
  return rewrite(program, (node) => {
    const [weight] = node.inputs
    if (!isHalving(node) || weight.node.op !== 'state' || wide.has(weight)) return null
    return [state(nameOf(weight), { dtype: 'float16', shape: weight.shape })]
  })
}

function isHalving({ op, attrs }: Node): boolean {
  return op === 'cast' && attrs.to === 'float16'
}

/** Constants hold numbers, whatever their type. */
function halfConstant(value: Value): Value {
  const { data } = value.node.attrs
  return makeNode('constant', [], { data }, [{ dtype: 'float16', shape: value.shape }]).outputs[0]
}

function fits(data: ArrayLike<number>, tiniest: number): boolean {
  for (let i = 0; i < data.length; i++) {
    const magnitude = Math.abs(data[i])
    if (!(magnitude <= largest) || (magnitude > 0 && magnitude < tiniest)) return false
  }
  return true
}
