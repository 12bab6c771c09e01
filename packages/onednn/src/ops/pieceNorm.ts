import { sizeOf } from 'volvox/core'
import type { NormAttrs, Value } from 'volvox/graph'
import type { Layout } from '../api.ts'
import { seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { commonLayout } from './elementwise.ts'
import type { Lowered } from './lowering.ts'
import { piecesOf, scalePieces, type Pieces } from './pieces.ts'
import { rawNormGrad } from './rawNorm.ts'

/** The set of statistics that a channel of a sample, `n · C + c`, belongs to. */
export type GroupOf = (owner: number) => number

/**
 * Whether a norm of these values is better put together from pieces than done by the library as it is: where they are
 * not in blocks of 16 channels but can be cut as if, and where channels are so long that sums in float32 lose digits.
 */
export function wantsPieces(plan: Plan, values: readonly Value[]): boolean {
  const { layout, pieces } = arranged(plan, values)
  const isLong = sizeOf(values[0].shape.slice(2)) > 2 ** 20
  return pieces.data.blocks.length > 0 && (isLong || layout.blocks.length === 0)
}

/** A norm with any sets of statistics that are made of whole channels of samples: x, gamma, beta → y, mean, variance. */
export function normByPieces(
  plan: Plan,
  { inputs: [x, gamma, beta], outputs: [y, mean, variance], attrs: { eps } }: Lowered<NormAttrs>,
  groupOf: GroupOf,
): void {
  const { layout, pieces } = arranged(plan, [x])
  const { data } = pieces
  const count = data.dims[1]
  const [ofMean, ofVariance, factor, term] = vectors(plan, count, 4)
  const from = plan.as(x, layout)
  const [scale, shift] = [plan.plain(gamma), plan.plain(beta)]
  const to = seenAs(plan.output(y, layout), data)
  plan.execute(plan.primitive({ kind: 'batchNorm', direction: 'forward', data, eps }), [
    ['src', seenAs(from, data)],
    ['scale', everywhere(plan, 1, count)],
    ['shift', everywhere(plan, 0, count)],
    ['mean', ofMean],
    ['variance', ofVariance],
    ['dst', to],
  ])
  const statistics = [mean, variance].map((value) => plan.output(value, plan.plainLayout(value)))
  const { channel, group } = placesOf(pieces, x, groupOf)
  plan.host([ofMean, ofVariance, scale, shift, ...statistics, factor, term], (arrays) => {
    const [means, variances, gammas, betas, groupMeans, groupVariances, factors, terms] = arrays
    const [averages, spreads] = [new Float64Array(groupMeans.length), new Float64Array(groupMeans.length)]
    const share = groupMeans.length / count // all groups have as many pieces
    return () => {
      averages.fill(0)
      spreads.fill(0)
      for (let i = 0; i < count; i++) averages[group[i]] += share * means[i]
      for (let i = 0; i < count; i++) spreads[group[i]] += share * (variances[i] + (means[i] - averages[group[i]]) ** 2)
      groupMeans.set(averages)
      groupVariances.set(spreads)
      // gamma (x - mean) / σ + beta from (x - piece's mean) / piece's σ
      for (let i = 0; i < count; i++) {
        const slope = gammas[channel[i]] / Math.sqrt(spreads[group[i]] + eps)
        factors[i] = slope * Math.sqrt(variances[i] + eps)
        terms[i] = slope * (means[i] - averages[group[i]]) + betas[channel[i]]
      }
    }
  })
  scalePieces(plan, to, { factor, term }, to)
}

/** Its gradient: g, x, mean, variance, gamma → dx, dgamma, dbeta. */
export function normGradByPieces(
  plan: Plan,
  { inputs, outputs: [dx, dgamma, dbeta], attrs: { eps } }: Lowered<NormAttrs>,
  groupOf: GroupOf,
): void {
  const [g, x, mean, variance, gamma] = inputs
  const { layout, pieces } = arranged(plan, [x, g])
  const { data, length } = pieces
  const count = data.dims[1]
  const [ofMean, ofVariance, scale, toScale, toShift, factor, term] = vectors(plan, count, 7)
  const { channel, group } = placesOf(pieces, x, groupOf)
  plan.host([...[mean, variance, gamma].map((value) => plan.plain(value)), ofMean, ofVariance, scale], (arrays) => {
    const [means, variances, gammas, allMeans, allVariances, allGammas] = arrays
    return () => {
      for (let i = 0; i < count; i++) {
        allMeans[i] = means[group[i]]
        allVariances[i] = variances[group[i]]
        allGammas[i] = gammas[channel[i]]
      }
    }
  })
  const [gradient, value] = [plan.as(g, layout), plan.as(x, layout)]
  const to = seenAs(plan.output(dx, layout, [gradient]), data)
  rawNormGrad(plan, data, eps, {
    gradient: seenAs(gradient, data),
    value: seenAs(value, data),
    mean: ofMean,
    variance: ofVariance,
    scale,
    toScale,
    toShift,
    to,
  })
  const sums = [dgamma, dbeta].map((total) => plan.output(total, plan.plainLayout(total)))
  const groups = mean.shape.reduce((product, n) => product * n, 1)
  plan.host([ofMean, ofVariance, scale, toScale, toShift, ...sums, factor, term], (arrays) => {
    const [means, variances, gammas, scales, shifts, gammaSums, betaSums, factors, terms] = arrays
    const [ofGamma, ofBeta] = [new Float64Array(gammaSums.length), new Float64Array(betaSums.length)]
    const [plain, normalised] = [new Float64Array(groups), new Float64Array(groups)]
    const share = groups / count
    return () => {
      for (const total of [ofGamma, ofBeta, plain, normalised]) total.fill(0)
      for (let i = 0; i < count; i++) {
        ofGamma[channel[i]] += scales[i]
        ofBeta[channel[i]] += shifts[i]
        plain[group[i]] += share * gammas[i] * shifts[i]
        normalised[group[i]] += share * gammas[i] * scales[i]
      }
      gammaSums.set(ofGamma)
      betaSums.set(ofBeta)
      // The library has taken off gamma / σ (mean(g) + x̂ mean(g x̂)) with the means of each piece; what should be taken
      // off are the means of gamma g and gamma g x̂ over the group, divided by σ.
      for (let i = 0; i < count; i++) {
        const perSigma = 1 / Math.sqrt(variances[i] + eps)
        const excess = (perSigma * (gammas[i] * scales[i] - normalised[group[i]])) / length
        factors[i] = excess * perSigma
        terms[i] = (perSigma * (gammas[i] * shifts[i] - plain[group[i]])) / length - factors[i] * means[i]
      }
    }
  })
  scalePieces(plan, seenAs(value, data), { factor, term }, to, [{ kind: 'sum' }])
}

/** The layout in which values of one shape meet, and its pieces: row-major where theirs cannot be cut. */
function arranged(plan: Plan, values: readonly Value[]): { readonly layout: Layout; readonly pieces: Pieces } {
  const [{ shape }] = values
  const common = commonLayout(plan, values)
  const pieces = piecesOf(plan, common, shape)
  if (pieces) return { layout: common, pieces }
  const rows = plan.rowMajor(shape, common.dtype)
  return { layout: rows, pieces: piecesOf(plan, rows, shape)! } // rows can always be cut
}

/** For each piece its channel and its set of statistics. */
function placesOf(
  { owners }: Pieces,
  { shape }: Value,
  groupOf: GroupOf,
): { readonly channel: Int32Array; readonly group: Int32Array } {
  return { channel: owners.map((owner) => owner % shape[1]), group: owners.map((owner) => groupOf(owner)) }
}

function vectors(plan: Plan, length: number, count: number): Form[] {
  return Array.from({ length: count }, () => plan.temporary(plan.rowMajor([length])))
}

/** One number for every piece. */
function everywhere(plan: Plan, value: number, count: number): Form {
  return plan.once(`${count} times ${value}`, () =>
    plan.constant(new Float32Array(count).fill(value), plan.rowMajor([count])),
  )
}
