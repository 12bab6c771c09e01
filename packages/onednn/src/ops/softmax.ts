import type { AxisAttrs } from 'volvox/graph'
import type { BinaryAlgorithm, Layout, PostOp } from '../api.ts'
import { around, seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import type { Lower, Lowered } from './lowering.ts'

export const softmax: Lower<'softmax'> = (plan, node) => along(plan, node, false)
export const logSoftmax: Lower<'logSoftmax'> = (plan, node) => along(plan, node, true)

function along(plan: Plan, { inputs: [x], output, attrs: { axis } }: Lowered<AxisAttrs>, log: boolean): void {
  const [outer, count, inner] = around(x.shape, axis)
  const layout = plan.plainLayout(x)
  const from = plan.as(x, layout)
  const to = plan.output(output, layout, [from])
  if (inner === 1) rows(plan, from, to, outer, count, log)
  else if (count <= 16 && outer <= 64) {
    for (let o = 0; o < outer; o++) bySlices(plan, from, to, { at: o * count * inner, count, inner }, log)
  } else {
    const dims = [outer, inner, count]
    const turned = plan.temporary(plan.rowMajor(dims))
    const across = plan.api.strided('float32', dims, [count * inner, 1, inner])
    plan.reorder(seenAs(from, across), turned)
    rows(plan, turned, turned, outer * inner, count, log)
    plan.reorder(turned, seenAs(to, across))
  }
}

function rows(plan: Plan, from: Form, to: Form, outer: number, count: number, log: boolean): void {
  const data = plan.rowMajor([outer, count])
  plan.execute(plan.primitive({ kind: 'softmax', direction: 'forward', log, axis: 1, data }), [
    ['src', seenAs(from, data)],
    ['dst', seenAs(to, data)],
  ])
}

interface Slices {
  /** Elements before the first slice. */
  readonly at: number
  readonly count: number
  readonly inner: number
}

/**
 * Softmax over a few channels in row-major order, where the library has only a reference kernel (331 ms for 2x3x96^3):
 * y = exp(x - max) / Σ, each channel one long vector (about 10 ms).
 */
function bySlices(plan: Plan, from: Form, to: Form, { at, count, inner }: Slices, log: boolean): void {
  const flat = plan.rowMajor([inner])
  const channels = Array.from({ length: count }, (_, c) => at + c * inner)
  const x = channels.map((begin) => seenAs(from, flat, begin))
  const y = channels.map((begin) => seenAs(to, flat, begin))
  const [largest, total] = [plan.temporary(flat), plan.temporary(flat)]
  combine(plan, flat, 'max', x, largest, [])
  const exponentials = log ? y.map(() => plan.temporary(flat)) : y
  const exp: PostOp = { kind: 'eltwise', algorithm: 'exp', alpha: 0, beta: 0 }
  x.forEach((part, c) => binary(plan, flat, 'sub', part, largest, exponentials[c], [exp], []))
  if (log) {
    // log softmax = x - (max + log Σ)
    const ln: PostOp = { kind: 'eltwise', algorithm: 'log', alpha: 0, beta: 0 }
    combine(plan, flat, 'add', exponentials, total, [ln])
    binary(plan, flat, 'add', total, largest, total, [], [])
    x.forEach((part, c) => binary(plan, flat, 'sub', part, total, y[c], [], []))
    return
  }
  combine(plan, flat, 'add', exponentials, total, [{ kind: 'eltwise', algorithm: 'pow', alpha: 1, beta: -1 }])
  y.forEach((part) => binary(plan, flat, 'mul', part, total, part, [], []))
}

/** Sum or maximum of slices, all in one pass. */
function combine(
  plan: Plan,
  flat: Layout,
  algorithm: BinaryAlgorithm,
  parts: readonly Form[],
  to: Form,
  then: readonly PostOp[],
): void {
  const [first, second = plan.number(algorithm === 'max' ? -Infinity : 0, plan.rowMajor([1])), ...rest] = parts
  const joined = rest.map((): PostOp => ({ kind: 'binary', algorithm, operand: flat }))
  binary(plan, flat, algorithm, first, second, to, [...joined, ...then], rest)
}

/** One binary operation on vectors; `operands` belong to the binary ones among the operations after it. */
export function binary(
  plan: Plan,
  flat: Layout,
  algorithm: BinaryAlgorithm,
  a: Form,
  b: Form,
  to: Form,
  after: readonly PostOp[],
  operands: readonly Form[],
): void {
  const places = after.flatMap(({ kind }, i) => (kind === 'binary' ? [i] : []))
  plan.execute(plan.primitive({ kind: 'binary', algorithm, a: flat, b: b.layout, dst: flat }, after), [
    ['src', a],
    ['src1', b],
    ...operands.map((form, i) => [`post${places[i]}`, form] as const),
    ['dst', to],
  ])
}
