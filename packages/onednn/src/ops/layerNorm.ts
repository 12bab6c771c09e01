import { sizeOf } from 'volvox/core'
import type { LayerNormAttrs, TensorType } from 'volvox/graph'
import type { Layout } from '../api.ts'
import { seenAs } from '../forms.ts'
import type { Plan } from '../plan.ts'
import type { Lower } from './lowering.ts'

export const layerNorm: Lower<'layerNorm'> = (
  plan,
  { inputs: [x, gamma, beta], outputs: [y, mean, variance], attrs },
) => {
  const { data, stats, vector } = layouts(plan, x, attrs)
  const from = plan.plain(x)
  plan.execute(plan.primitive({ kind: 'layerNorm', direction: 'forward', data, stats, eps: attrs.eps }), [
    ['src', seenAs(from, data)],
    ['scale', seenAs(plan.plain(gamma), vector)],
    ['shift', seenAs(plan.plain(beta), vector)],
    ['mean', seenAs(plan.output(mean, plan.plainLayout(mean)), stats)],
    ['variance', seenAs(plan.output(variance, plan.plainLayout(variance)), stats)],
    ['dst', seenAs(plan.output(y, plan.plainLayout(y)), data)],
  ])
}

export const layerNormGrad: Lower<'layerNormGrad'> = (plan, { inputs, outputs: [dx, dgamma, dbeta], attrs }) => {
  const [g, x, mean, variance, gamma] = inputs
  const { data, stats, vector } = layouts(plan, x, attrs)
  const scale = seenAs(plan.plain(gamma), vector)
  const [gradient, value] = [plan.plain(g), plan.plain(x)]
  const statistics = [plan.plain(mean), plan.plain(variance)]
  plan.execute(plan.primitive({ kind: 'layerNorm', direction: 'backward', data, stats, eps: attrs.eps }), [
    ['diffDst', seenAs(gradient, data)],
    ['src', seenAs(value, data)],
    ['mean', seenAs(statistics[0], stats)],
    ['variance', seenAs(statistics[1], stats)],
    ['scale', scale],
    ['shift', scale], // asked for, though no gradient depends on it
    ['diffScale', seenAs(plan.output(dgamma, plan.plainLayout(dgamma)), vector)],
    ['diffShift', seenAs(plan.output(dbeta, plan.plainLayout(dbeta)), vector)],
    ['diffSrc', seenAs(plan.output(dx, plan.plainLayout(dx)), data)],
  ])
}

/** x as rows of what is normalised together. */
function layouts(
  plan: Plan,
  { shape }: TensorType,
  { axis }: LayerNormAttrs,
): { readonly data: Layout; readonly stats: Layout; readonly vector: Layout } {
  const [rows, features] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]
  return { data: plan.rowMajor([rows, features]), stats: plan.rowMajor([rows]), vector: plan.rowMajor([features]) }
}
