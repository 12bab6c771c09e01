import { sizeOf } from 'volvox'
import type { AxisAttrs } from 'volvox/graph'
import { seenAs, type Plan } from '../plan.ts'
import type { Lower, Lowered } from './lowering.ts'

export const softmaxGrad: Lower<'softmaxGrad'> = (plan, node) => backward(plan, node, false)
export const logSoftmaxGrad: Lower<'logSoftmaxGrad'> = (plan, node) => backward(plan, node, true)

function backward(plan: Plan, { inputs: [g, y], output, attrs: { axis } }: Lowered<AxisAttrs>, log: boolean): void {
  const outer = sizeOf(y.shape.slice(0, axis))
  const inner = sizeOf(y.shape.slice(axis + 1))
  const [gradient, result] = [plan.plain(g), plan.plain(y)]
  const to = plan.output(output, plan.plainLayout(output), [gradient])
  const data = plan.rowMajor([outer, y.shape[axis], inner])
  plan.execute(plan.primitive({ kind: 'softmax', direction: 'backward', log, axis: 1, data }), [
    ['dst', seenAs(result, data)],
    ['diffDst', seenAs(gradient, data)],
    ['diffSrc', seenAs(to, data)],
  ])
}
