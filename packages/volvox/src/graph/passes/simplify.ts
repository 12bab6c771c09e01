import { sameShape } from '../../core/tensor.ts'
import { makeNode, type Node, type Value } from '../ir.ts'
import { isOpName, ops, type AttrsOf, type OpName } from '../ops/index.ts'
import { broadcastTo, reshape, transpose } from '../math.ts'
import { broadcastShape } from '../ops/check.ts'

/** Replaces a node by a value that is known to be the same; null when nothing is known. */
export function simplify(node: Node): readonly Value[] | null {
  const rule = isOpName(node.op) ? (rules[node.op] as SimpleRule<never> | undefined) : undefined
  const value = rule?.(node.inputs, node.attrs as never, node) ?? null
  return value && [value]
}

type SimpleRule<A> = (inputs: readonly Value[], attrs: A, node: Node) => Value | null

const rules: { readonly [N in OpName]?: SimpleRule<AttrsOf<N>> } = {
  add: (inputs, _, node) =>
    neutral(inputs, 0, 0, node) ?? neutral(inputs, 1, 0, node) ?? withoutBroadcast(inputs, node),
  sub: (inputs, _, node) => neutral(inputs, 1, 0, node) ?? withoutBroadcast(inputs, node),
  mul: (inputs, _, node) =>
    neutral(inputs, 0, 1, node) ?? neutral(inputs, 1, 1, node) ?? withoutBroadcast(inputs, node),
  div: (inputs, _, node) => neutral(inputs, 1, 1, node) ?? withoutBroadcast(inputs, node),
  pow: (inputs, _, node) => neutral(inputs, 1, 1, node) ?? withoutBroadcast(inputs, node),
  max: broadcasting,
  min: broadcasting,
  less: broadcasting,
  lessEqual: broadcasting,
  greater: broadcasting,
  greaterEqual: broadcasting,
  equal: broadcasting,
  where: broadcasting,
  neg: ([x]) => (x.node.op === 'neg' ? x.node.inputs[0] : null),
  clip: ([x], { min, max }) => (min === -Infinity && max === Infinity ? x : null),
  // Attributes of nodes below were checked when they were made.
  reshape: ([x], { shape }) =>
    sameShape(x.shape, shape) ? x : x.node.op === 'reshape' ? reshape(x.node.inputs[0], shape) : null,
  transpose([x], { perm }) {
    if (perm.every((axis, i) => axis === i)) return x
    if (x.node.op !== 'transpose') return null
    const inner = (x.node.attrs as unknown as AttrsOf<'transpose'>).perm
    return transpose(
      x.node.inputs[0],
      perm.map((axis) => inner[axis]),
    )
  },
  broadcastTo: ([x], { shape }) =>
    sameShape(x.shape, shape) ? x : x.node.op === 'broadcastTo' ? broadcastTo(x.node.inputs[0], shape) : null,
  cast: ([x], { to }) => (x.dtype === to ? x : null),
  sum: ([x], { axes }, node) => (axes.every((axis) => x.shape[axis] === 1) ? reshape(x, node.outputs[0].shape) : null),
  reduceMax: ([x], { axes }, node) =>
    axes.every((axis) => x.shape[axis] === 1) ? reshape(x, node.outputs[0].shape) : null,
  concat(inputs, { axis }) {
    const full = inputs.filter(({ shape }) => shape[axis] > 0)
    if (full.length === 0) return null
    return full.length === 1 ? full[0] : full.length < inputs.length ? ops.concat(full, { axis }) : null
  },
  slice: ([x], { sizes }) => (sameShape(x.shape, sizes) ? x : null),
  roll: ([x], { shifts }) => (shifts.every((n) => n === 0) ? x : null),
  pad: ([x], { pads }) => (pads.every((n) => n === 0) ? x : null),
  resize: ([x], { sizes }) => (sameShape(x.shape.slice(2), sizes) ? x : null),
  resizeGrad: ([g], { shape }) => (sameShape(g.shape, shape) ? g : null),
}

function broadcasting(inputs: readonly Value[], _: unknown, node: Node): Value | null {
  return withoutBroadcast(inputs, node)
}

/** The other operand, stretched if need be, when operand `which` is `number` everywhere. */
function neutral(inputs: readonly Value[], which: 0 | 1, number: number, { outputs: [result] }: Node): Value | null {
  return uniformNumber(inputs[which]) === number ? broadcastTo(inputs[1 - which], result.shape) : null
}

/** The number that a value holds everywhere, where that can be seen. */
export function uniformNumber(value: Value): number | null {
  let source = value
  while (['broadcastTo', 'reshape'].includes(source.node.op)) source = source.node.inputs[0]
  if (source.node.op !== 'constant') return null
  const data = source.node.attrs.data as Float32Array | Float64Array | Int32Array // as `constant` makes them
  return data.length > 0 && data.every((n) => n === data[0]) ? data[0] : null
}

/** The same elementwise operation on what was there before its operands were broadcast, when the result keeps its shape. */
function withoutBroadcast(inputs: readonly Value[], node: Node): Value | null {
  const result = node.outputs[0]
  const small = [...inputs]
  inputs.forEach((value, i) => {
    if (value.node.op !== 'broadcastTo') return
    const shapes = small.map(({ shape }, k) => (k === i ? value.node.inputs[0].shape : shape))
    if (sameShape(broadcastShape(node.op, shapes), result.shape)) small[i] = value.node.inputs[0]
  })
  if (small.every((value, i) => value === inputs[i])) return null
  return makeNode(node.op, small, node.attrs, node.outputs).outputs[0]
}
