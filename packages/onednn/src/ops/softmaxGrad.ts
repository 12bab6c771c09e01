import type { AxisAttrs } from 'volvox/graph'
import type { PostOp } from '../api.ts'
import { around, seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import type { Lower, Lowered } from './lowering.ts'
import { binary } from './softmax.ts'

export const softmaxGrad: Lower<'softmaxGrad'> = (plan, node) => backward(plan, node, false)
export const logSoftmaxGrad: Lower<'logSoftmaxGrad'> = (plan, node) => backward(plan, node, true)

function backward(plan: Plan, { inputs: [g, y], output, attrs: { axis } }: Lowered<AxisAttrs>, log: boolean): void {
  const [outer, count, inner] = around(y.shape, axis)
  const [gradient, result] = [plan.plain(g), plan.plain(y)]
  const to = plan.output(output, plan.plainLayout(output), [gradient])
  if (inner === 1) rows(plan, gradient, result, to, [outer, count], log)
  else if (count <= 16 && outer <= 64)
    for (let o = 0; o < outer; o++) bySlices(plan, gradient, result, to, [o * count * inner, count, inner], log)
  else {
    const turned = plan.rowMajor([outer, inner, count])
    const across = plan.api.strided('float32', turned.dims, [count * inner, 1, inner])
    const [from, value] = [gradient, result].map((form) => {
      const copy = plan.temporary(turned)
      plan.reorder(seenAs(form, across), copy)
      return copy
    })
    rows(plan, from, value, from, [outer * inner, count], log)
    plan.reorder(from, seenAs(to, across))
  }
}

function rows(plan: Plan, g: Form, y: Form, to: Form, dims: readonly number[], log: boolean): void {
  const data = plan.rowMajor(dims)
  plan.execute(plan.primitive({ kind: 'softmax', direction: 'backward', log, axis: 1, data }), [
    ['dst', seenAs(y, data)],
    ['diffDst', seenAs(g, data)],
    ['diffSrc', seenAs(to, data)],
  ])
}

/**
 * Over a few channels in row-major order, where the library has only a reference kernel: each channel one long vector.
 * y (g - Σ g y) for a softmax, g - exp(y) Σ g for its logarithm; `to` may be g.
 */
function bySlices(
  plan: Plan,
  gradient: Form,
  result: Form,
  to: Form,
  [at, count, inner]: readonly [number, number, number],
  log: boolean,
): void {
  const flat = plan.rowMajor([inner])
  const slices = Array.from({ length: count }, (_, c) => at + c * inner)
  const [g, y, dx] = [gradient, result, to].map((form) => slices.map((begin) => seenAs(form, flat, begin)))
  const total = plan.temporary(flat)
  const one = plan.number(1, plan.rowMajor([1]))
  const times: PostOp = { kind: 'binary', algorithm: 'mul', operand: flat }
  const plus: PostOp = { kind: 'binary', algorithm: 'add', operand: flat }
  const exp: PostOp = { kind: 'eltwise', algorithm: 'exp', alpha: 0, beta: 0 }
  const minus: PostOp = { kind: 'eltwise', algorithm: 'linear', alpha: -1, beta: 0 }
  g.forEach((part, c) => binary(plan, flat, 'mul', part, log ? one : y[c], total, c === 0 ? [] : [{ kind: 'sum' }], []))
  g.forEach((part, c) => {
    if (log) binary(plan, flat, 'mul', y[c], one, dx[c], [exp, times, minus, plus], [total, part])
    else binary(plan, flat, 'sub', part, total, dx[c], [times], [y[c]])
  })
}
