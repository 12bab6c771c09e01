import { sizeOf } from 'volvox/core'
import type { ActivationGradAttrs } from 'volvox/graph'
import type { EltwiseAlgorithm, Layout } from '../api.ts'
import { seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { commonLayout, spreadLayout } from './elementwise.ts'
import type { Lower } from './lowering.ts'
import { sumPlain } from './reduce.ts'

export const activationGrad: Lower<'activationGrad'> = (plan, { inputs: [g, v], output, attrs }) => {
  const layout = commonLayout(plan, [v, g])
  const [from, value] = [plan.as(g, layout), plan.as(v, layout)]
  const to = plan.output(output, layout, [from, value])
  const flat = plan.rowMajor([sizeOf(output.shape)], layout.dtype)
  const [algorithm, alpha, beta = 0] = algorithmOf(attrs)
  const primitive = plan.primitive({ kind: 'eltwise', direction: 'backward', algorithm, alpha, beta, data: flat })
  plan.execute(primitive, [
    [algorithm.endsWith('FromOutput') ? 'dst' : 'src', seenAs(value, flat)],
    ['diffDst', seenAs(from, flat)],
    ['diffSrc', seenAs(to, flat)],
  ])
}

function algorithmOf(attrs: ActivationGradAttrs): readonly [EltwiseAlgorithm, alpha: number, beta?: number] {
  switch (attrs.of) {
    case 'relu':
      return ['reluFromOutput', 0]
    case 'leakyRelu':
      return ['reluFromOutput', attrs.alpha]
    case 'elu':
      return ['eluFromOutput', attrs.alpha]
    case 'sigmoid':
      return ['logisticFromOutput', 0]
    case 'tanh':
      return ['tanhFromOutput', 0]
    case 'softplus':
      return ['softRelu', 0]
    case 'gelu':
      return [attrs.approximate === 'tanh' ? 'geluTanh' : 'geluErf', 0]
    case 'swish':
      return ['swish', attrs.alpha]
    case 'mish':
      return ['mish', 0]
    case 'hardSwish':
      return ['hardSwish', 1 / 6, 1 / 2]
    default:
      return attrs satisfies never
  }
}

export const prelu: Lower<'prelu'> = (plan, { inputs: [x, slope], output }) => {
  const from = plan.as(x, commonLayout(plan, [x]))
  const { layout } = from
  const weights = slopes(plan, slope.shape[0] === 1, plan.plain(slope), layout)
  const primitive = plan.primitive({ kind: 'prelu', direction: 'forward', data: layout, slope: weights.layout })
  plan.execute(primitive, [
    ['src', from],
    ['weights', weights],
    ['dst', plan.output(output, layout)],
  ])
}

export const preluGrad: Lower<'preluGrad'> = (plan, { inputs: [g, x, slope], outputs: [dx, dslope] }) => {
  const layout = commonLayout(plan, [x, g])
  const single = slope.shape[0] === 1
  const weights = slopes(plan, single, plan.plain(slope), layout)
  const primitive = plan.primitive({ kind: 'prelu', direction: 'backward', data: layout, slope: weights.layout })
  const [from, value] = [plan.as(g, layout), plan.as(x, layout)]
  const total = plan.output(dslope, plan.plainLayout(dslope))
  const perChannel = plan.temporary(weights.layout)
  plan.execute(primitive, [
    ['src', value],
    ['weights', weights],
    ['diffDst', from],
    ['diffSrc', plan.output(dx, layout)],
    ['diffWeights', perChannel],
  ])
  const channels = weights.layout.dims[1]
  if (single) sumPlain(plan, seenAs(perChannel, plan.rowMajor([channels])), [channels], [0], total, 'sum')
  else plan.copy(seenAs(perChannel, plan.rowMajor([channels])), seenAs(total, plan.rowMajor([channels])))
}

/** One slope for each channel: the library's kernel for a single one is a hundred times slower. */
function slopes(plan: Plan, single: boolean, slope: Form, data: Layout): Form {
  const channels = data.dims[1] ?? 1
  const layout = spreadLayout(plan, [channels], data)
  if (!single || channels === 1) return seenAs(slope, layout)
  const spread = plan.temporary(layout)
  plan.host([slope, spread], ([one, all]) => () => {
    all.fill(one[0])
  })
  return spread
}
