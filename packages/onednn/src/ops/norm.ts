import { sizeOf } from 'volvox/core'
import type { NormAttrs, Value } from 'volvox/graph'
import type { Layout } from '../api.ts'
import { seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { commonLayout } from './elementwise.ts'
import type { Lower, Lowered } from './lowering.ts'
import { normByPieces, normGradByPieces, wantsPieces, type GroupOf } from './pieceNorm.ts'
import { rawNormGrad } from './rawNorm.ts'
import { sumPlain } from './reduce.ts'

export const batchNorm: Lower<'batchNorm'> = (plan, node) => forward(plan, node, false)
export const instanceNorm: Lower<'instanceNorm'> = (plan, node) => forward(plan, node, true)
export const batchNormGrad: Lower<'batchNormGrad'> = (plan, node) => backward(plan, node, false)
export const instanceNormGrad: Lower<'instanceNormGrad'> = (plan, node) => backward(plan, node, true)

function forward(plan: Plan, node: Lowered<NormAttrs>, perSample: boolean): void {
  const {
    inputs: [x, gamma, beta],
    outputs: [y, mean, variance],
    attrs,
  } = node
  if (wantsPieces(plan, [x])) {
    normByPieces(plan, node, groupsOf(x.shape, perSample))
    return
  }
  const { layout, data, channels } = dataOf(plan, [x], x.shape, perSample)
  const vector = plan.rowMajor([channels])
  const primitive = plan.primitive({ kind: 'batchNorm', direction: 'forward', data, eps: attrs.eps })
  const from = plan.as(x, layout)
  const scale = tiled(plan, gamma, channels)
  const shift = tiled(plan, beta, channels)
  plan.execute(primitive, [
    ['src', seenAs(from, data)],
    ['scale', scale],
    ['shift', shift],
    ['mean', seenAs(plan.output(mean, plan.plainLayout(mean)), vector)],
    ['variance', seenAs(plan.output(variance, plan.plainLayout(variance)), vector)],
    ['dst', seenAs(plan.output(y, layout), data)],
  ])
}

function backward(plan: Plan, node: Lowered<NormAttrs>, perSample: boolean): void {
  const {
    inputs: [g, x, mean, variance, gamma],
    outputs: [dx, dgamma, dbeta],
    attrs,
  } = node
  if (wantsPieces(plan, [x, g])) {
    normGradByPieces(plan, node, groupsOf(x.shape, perSample))
    return
  }
  const { layout, data, channels } = dataOf(plan, [x, g], x.shape, perSample)
  const vector = plan.rowMajor([channels])
  const scale = tiled(plan, gamma, channels)
  const forms = [plan.as(g, layout), plan.as(x, layout)]
  const stats = [plan.plain(mean), plan.plain(variance)]
  const several = channels > gamma.shape[0]
  const [toGamma, toBeta] = [dgamma, dbeta].map((value) =>
    several ? plan.temporary(vector) : plan.output(value, plan.plainLayout(value)),
  )
  const [gradient, value] = forms.map((form) => seenAs(form, data))
  const [ofMean, ofVariance] = stats.map((form) => seenAs(form, vector))
  const to = seenAs(plan.output(dx, layout), data)
  const statistics = { mean: ofMean, variance: ofVariance, scale, toScale: toGamma, toShift: toBeta }
  rawNormGrad(plan, data, attrs.eps, { gradient, value, ...statistics, to })
  if (!several) return
  const perSampleShape = [channels / gamma.shape[0], gamma.shape[0]]
  sumPlain(plan, toGamma, perSampleShape, [0], plan.output(dgamma, plan.plainLayout(dgamma)), 'sum')
  sumPlain(plan, toBeta, perSampleShape, [0], plan.output(dbeta, plan.plainLayout(dbeta)), 'sum')
}

/** Statistics of each channel of each sample, or of each channel. */
function groupsOf(shape: readonly number[], perSample: boolean): GroupOf {
  return perSample ? (owner) => owner : (owner) => owner % shape[1]
}

/**
 * How x goes into a batch norm. An instance norm is one over a single sample that has the channels of all samples:
 * in blocked and in row-major layouts that is the same memory.
 */
function dataOf(
  plan: Plan,
  values: readonly Value[],
  shape: readonly number[],
  perSample: boolean,
): { layout: Layout; data: Layout; channels: number } {
  const [n, c, ...space] = shape
  const common = commonLayout(plan, values)
  const blocked = common.blocks.length > 0
  // Channels last is up to 25 times slower here.
  const layout = blocked ? common : plan.rowMajor(shape, common.dtype)
  if (!perSample) return { layout, data: layout, channels: c }
  const data = n === 1 ? layout : plan.layout([1, n * c, ...space], blocked ? 'blocked16' : 'plain', layout.dtype)
  return { layout, data, channels: n * c }
}

/** Gamma or beta for each channel of each sample. */
function tiled(plan: Plan, value: Value, channels: number): Form {
  const one = plan.plain(value)
  const count = sizeOf(value.shape)
  const layout = plan.rowMajor([channels])
  if (count === channels) return seenAs(one, layout)
  const all = plan.temporary(layout)
  plan.host([one, all], ([from, to]) => () => {
    for (let at = 0; at < channels; at += count) to.set(from, at)
  })
  return all
}
