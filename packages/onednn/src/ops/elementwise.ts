import { sizeOf, sameShape } from 'volvox/core'
import type { Node, Value } from 'volvox/graph'
import type { Layout, PostOp, Primitive } from '../api.ts'
import { inOnePrimitive, isSingle, linksOf, type Chain, type Link, type Operand } from '../fuse.ts'
import { seenAs, type Argument, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { hostElementwise } from './host.ts'
import { smallChain } from './small.ts'

/** Lowers a chain of elementwise nodes: one primitive with post-ops where the library has a fast kernel for that. */
export function elementwiseChain(plan: Plan, chain: Chain): void {
  const start = chain[0].inputs.find((value) => linksOf(chain[0], value) !== null)
  const output = chain[chain.length - 1].outputs[0]
  if (!start) {
    if (!acrossSlices(plan, chain[0])) hostElementwise(plan, chain[0])
    return
  }
  runLinks(plan, start, linksOfChain(chain, start), output)
}

/** The links of a chain on its running value, which begins as `start`. */
export function linksOfChain(chain: Chain, start: Value): Link[] {
  let value = start
  return chain.flatMap((node) => {
    const links = linksOf(node, value) ?? []
    value = node.outputs[0]
    return links
  })
}

/** Applies links to a value, in place where it may. */
export function runLinks(plan: Plan, start: Value, links: readonly Link[], output: Value): void {
  const { shape } = output
  const full = (value: Value) => sameShape(value.shape, shape)
  const wholes = [
    start,
    ...links.flatMap((link) =>
      link.kind === 'binary' && typeof link.operand !== 'number' && full(link.operand) ? [link.operand] : [],
    ),
  ]
  const layout = plan.wanted.get(output) ?? commonLayout(plan, wholes, plan.typeFrom(output, wholes))
  const forms = new Map(wholes.map((value) => [value, plan.as(value, layout)]))
  const startForm = forms.get(start) ?? plan.as(start, layout)
  const operands = links.flatMap((link) =>
    link.kind === 'binary' && typeof link.operand !== 'number' ? [link.operand] : [],
  )
  // Where no operand goes by channel, the elements are a flat list, whatever their layout.
  const flat = operands.every((value) => full(value) || isSingle(value.shape))
  const whole = flat ? plan.rowMajor([sizeOf(shape)], layout.dtype) : layout
  const operandForm = (value: Value): Form => {
    const form = forms.get(value)
    return form ? seenAs(form, whole) : seenAs(plan.plain(value), spreadLayout(plan, value.shape, whole))
  }
  const operandForms = new Map(operands.map((value) => [value, operandForm(value)]))
  const target = plan.output(output, layout, [...forms.values()])
  const rows = layout.key === plan.plainLayout(output).key
  if (sizeOf(shape) <= plan.small && (flat || rows)) {
    smallChain(plan, startForm, links, target, shape, ({ operand }) =>
      typeof operand === 'number' ? operand : { form: forms.get(operand) ?? plan.plain(operand), shape: operand.shape },
    )
    return
  }
  applyLinks(
    plan,
    seenAs(startForm, whole),
    links,
    seenAs(target, whole),
    (value) => operandForms.get(value) ?? operandForm(value),
  )
}

/** Runs links from one form to another of the same layout, as few primitives as the library has fast kernels for. */
export function applyLinks(
  plan: Plan,
  from: Form,
  links: readonly Link[],
  to: Form,
  operandOf: (value: Value) => Form,
): void {
  if (links.length === 0) {
    plan.copy(from, to)
    return
  }
  const [now, rest] = inOnePrimitive(links, plan.api)
  const operandForm = (operand: Operand) =>
    typeof operand === 'number' ? plan.number(operand, spreadLayout(plan, [1], from.layout)) : operandOf(operand)
  const made = rest.length === 0 ? oneForAll(plan, from.layout, now, operandForm) : null
  if (made && (!made.primitive.implementation.startsWith('ref') || now.length === 1)) {
    plan.execute(made.primitive, [['src', from], ...made.args, ['dst', to]])
    return
  }
  const half = rest.length > 0 ? now.length : Math.ceil(now.length / 2)
  const later = [...now.slice(half), ...rest]
  // `to` may lie on an operand that is still to be read.
  const taken = later.some(
    (link) => link.kind === 'binary' && typeof link.operand !== 'number' && operandOf(link.operand).block === to.block,
  )
  const between = taken ? plan.temporary(to.layout) : to
  applyLinks(plan, from, now.slice(0, half), between, operandOf)
  applyLinks(plan, between, later, to, operandOf)
}

function oneForAll(
  plan: Plan,
  layout: Layout,
  links: readonly Link[],
  operandOf: (operand: Operand) => Form,
): { readonly primitive: Primitive; readonly args: readonly Argument[] } | null {
  const [first, ...rest] = links
  if (links.length === 1 && first.kind === 'eltwise') {
    const { algorithm, alpha, beta } = first
    const primitive = plan.tryPrimitive({ kind: 'eltwise', direction: 'forward', algorithm, alpha, beta, data: layout })
    return primitive && { primitive, args: [] }
  }
  // A primitive of an elementwise function takes no other one after it, but a product with 1 does.
  const begin = first.kind === 'binary' ? operandOf(first.operand) : plan.number(1, spreadLayout(plan, [1], layout))
  const after = first.kind === 'binary' ? rest : links
  const primitive = plan.tryPrimitive(
    {
      kind: 'binary',
      algorithm: first.kind === 'binary' ? first.algorithm : 'mul',
      a: layout,
      b: begin.layout,
      dst: layout,
    },
    postOps(after, operandOf),
  )
  return primitive && { primitive, args: [['src1', begin], ...postOpArguments(after, operandOf)] }
}

export function postOps(links: readonly Link[], operandOf: (operand: Operand) => Form): PostOp[] {
  return links.map((link) => (link.kind === 'eltwise' ? link : { ...link, operand: operandOf(link.operand).layout }))
}

export function postOpArguments(links: readonly Link[], operandOf: (operand: Operand) => Form): Argument[] {
  return links.flatMap((link, i): Argument[] =>
    link.kind === 'eltwise' ? [] : [[`post${i}`, operandOf(link.operand)]],
  )
}

/** How an operand of one element, or of one for each channel, is declared beside a tensor of layout `whole`. */
export function spreadLayout(plan: Plan, operand: readonly number[], whole: Layout): Layout {
  const shape = whole.dims.map((_, axis) => (axis === 1 && !isSingle(operand) ? whole.dims[1] : 1))
  return plan.layout(shape, whole.blocks.length > 0 ? 'blocked16' : 'plain')
}

/**
 * The layout in which values of one shape should meet: the blocked one if any has it, few channels plain. Unless told
 * otherwise it has the element type of most precision.
 */
export function commonLayout(plan: Plan, values: readonly Value[], dtype = plan.typeFrom(values[0], values)): Layout {
  const layouts = values.map((value) => plan.form(value).layout).filter((layout) => layout.dense)
  const plain = plan.rowMajor(values[0].shape, dtype)
  const blocked = layouts.find(({ blocks }) => blocks.length > 0)
  if (blocked) return plan.retyped(blocked, dtype)
  // Losses need rows of voxels, so few channels go back to plain where they meet it; others to where they came from.
  const isPlain = (layout: Layout) => plan.retyped(layout, dtype).key === plain.key
  const few = (values[0].shape[1] ?? 1) <= 4 && layouts.some(isPlain)
  const other = few ? undefined : layouts.find((layout) => !isPlain(layout))
  return other ? plan.retyped(other, dtype) : plain
}

/**
 * A binary operation whose second operand has size 1 in some leading axes, or in all trailing ones, and so meets the
 * first in a few slices or by channel once axes are merged; false where that does not hold.
 */
function acrossSlices(plan: Plan, node: Node): boolean {
  const [output] = node.outputs
  const start = node.inputs.find((value) => sameShape(value.shape, output.shape))
  const operand = node.inputs.find((value) => value !== start)
  if (node.inputs.length !== 2 || output.dtype !== 'float32' || !start || !operand || sizeOf(output.shape) === 0)
    return false
  const stand = { ...operand, shape: output.shape }
  const links = linksOf({ ...node, inputs: node.inputs.map((value) => (value === operand ? stand : value)) }, start)
  if (!links) return false
  const rank = output.shape.length
  const shape = [...output.shape.slice(0, rank - operand.shape.length).map(() => 1), ...operand.shape]
  const spread = shape.map((n, axis) => n !== output.shape[axis])
  const lastSpread = spread.lastIndexOf(true)
  const size = (from: number, to = rank) => sizeOf(output.shape.slice(from, to))
  const firstSpread = spread.indexOf(true)
  if (
    lastSpread === rank - 1 &&
    !spread.slice(0, firstSpread).includes(true) &&
    !spread.slice(firstSpread).includes(false)
  ) {
    const samples = plan.form(start).layout
    if (firstSpread === 2 && samples.blocks.length > 0) {
      const merged = plan.layout([1, size(0, 2), ...output.shape.slice(2)], 'blocked16', samples.dtype)
      return meet(plan, start, operand, output, links, samples, [merged], [spreadLayout(plan, [2], merged)], () => [
        0, 0,
      ])
    }
    const merged = plan.rowMajor([1, size(0, firstSpread), size(firstSpread)])
    const plain = plan.plainLayout(output)
    return meet(plan, start, operand, output, links, plain, [merged], [plan.rowMajor([1, merged.dims[1], 1])], () => [
      0, 0,
    ])
  }
  const slices = size(0, lastSpread + 1)
  if (slices > 64) return false
  const flat = plan.rowMajor([size(lastSpread + 1)])
  const indexOf = (slice: number) => {
    let at = 0
    let left = slice
    let step = 1
    for (let axis = lastSpread; axis >= 0; axis--) {
      at += (left % output.shape[axis]) * (spread[axis] ? 0 : step)
      left = Math.floor(left / output.shape[axis])
      step *= shape[axis]
    }
    return at
  }
  const n = size(lastSpread + 1)
  const plain = plan.plainLayout(output)
  return meet(
    plan,
    start,
    operand,
    output,
    links,
    plain,
    Array<Layout>(slices).fill(flat),
    Array<Layout>(slices).fill(flat),
    (i) => [i * n, indexOf(i) * n],
  )
}

function meet(
  plan: Plan,
  start: Value,
  operand: Value,
  output: Value,
  links: readonly Link[],
  layout: Layout,
  parts: readonly Layout[],
  operandParts: readonly Layout[],
  offsets: (part: number) => readonly [number, number],
): boolean {
  const from = plan.as(start, layout)
  const other = plan.plain(operand)
  const to = plan.output(output, layout, [from])
  parts.forEach((part, i) => {
    const [at, operandAt] = offsets(i)
    applyLinks(plan, seenAs(from, part, at), links, seenAs(to, part, at), () =>
      seenAs(other, operandParts[i], operandAt),
    )
  })
  return true
}
