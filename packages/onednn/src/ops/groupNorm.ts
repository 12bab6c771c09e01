import { sizeOf } from 'volvox'
import type { PostOp } from '../api.ts'
import { seenAs, type Form, type Plan } from '../plan.ts'
import { spreadLayout } from './elementwise.ts'
import type { Lower } from './lowering.ts'
import { dataOf, tiled, unusedShift } from './norm.ts'

// A block of 16 channels may hold several groups, or a group several blocks, so neither is a tensor that the library
// could normalise. It normalises each channel of each sample by itself instead; what all channels of a group have
// together follows from the few numbers of its channels, and one more pass in place, a multiplication and an addition
// by channel, makes one norm of the other.

export const groupNorm: Lower<'groupNorm'> = (plan, { inputs, outputs: [y, mean, variance], attrs }) => {
  const [x, gamma, beta] = inputs
  const { eps } = attrs
  const { layout, data, channels } = dataOf(plan, [x], x.shape, true)
  const vector = plan.rowMajor([channels])
  const [ofMean, ofVariance, factor, term] = Array.from({ length: 4 }, () => plan.temporary(vector))
  const from = plan.as(x, layout)
  const [scale, shift] = [tiled(plan, gamma, channels), tiled(plan, beta, channels)]
  const to = seenAs(plan.output(y, layout), data)
  plan.execute(plan.primitive({ kind: 'batchNorm', direction: 'forward', data, eps }), [
    ['src', seenAs(from, data)],
    ['scale', everywhere(plan, 1, channels)],
    ['shift', everywhere(plan, 0, channels)],
    ['mean', ofMean],
    ['variance', ofVariance],
    ['dst', to],
  ])
  const statistics = [mean, variance].map((value) => plan.output(value, plan.plainLayout(value)))
  const size = x.shape[1] / attrs.groups
  plan.host([ofMean, ofVariance, scale, shift, ...statistics, factor, term], (arrays) => {
    const [means, variances, gammas, betas, groupMeans, groupVariances, factors, terms] = arrays
    return () => {
      for (let group = 0, first = 0; first < channels; group++, first += size) {
        let [average, spread] = [0, 0]
        for (let c = first; c < first + size; c++) average += means[c] / size
        for (let c = first; c < first + size; c++) spread += (variances[c] + (means[c] - average) ** 2) / size
        groupMeans[group] = average
        groupVariances[group] = spread
        // gamma (x - mean) / σ + beta from (x - channel's mean) / channel's σ
        for (let c = first; c < first + size; c++) {
          const slope = gammas[c] / Math.sqrt(spread + eps)
          factors[c] = slope * Math.sqrt(variances[c] + eps)
          terms[c] = slope * (means[c] - average) + betas[c]
        }
      }
    }
  })
  byChannel(plan, to, factor, term, to, [])
}

export const groupNormGrad: Lower<'groupNormGrad'> = (plan, { inputs, outputs: [dx, dgamma, dbeta], attrs }) => {
  const [g, x, mean, variance, gamma] = inputs
  const { eps } = attrs
  const { layout, data, channels } = dataOf(plan, [x, g], x.shape, true)
  const vector = plan.rowMajor([channels])
  const [ofMean, ofVariance, toScale, toShift, factor, term] = Array.from({ length: 6 }, () => plan.temporary(vector))
  const size = x.shape[1] / attrs.groups
  plan.host([plan.plain(mean), plan.plain(variance), ofMean, ofVariance], (arrays) => () => {
    const [means, variances, allMeans, allVariances] = arrays
    for (let c = 0; c < channels; c++) {
      allMeans[c] = means[Math.floor(c / size)]
      allVariances[c] = variances[Math.floor(c / size)]
    }
  })
  const [gradient, value] = [plan.as(g, layout), plan.as(x, layout)]
  const scale = tiled(plan, gamma, channels)
  const to = seenAs(plan.output(dx, layout, [gradient]), data)
  plan.execute(plan.primitive({ kind: 'batchNorm', direction: 'backward', data, eps }), [
    ['diffDst', seenAs(gradient, data)],
    ['src', seenAs(value, data)],
    ['mean', ofMean],
    ['variance', ofVariance],
    ['scale', scale],
    ...unusedShift(plan, scale),
    ['diffScale', toScale],
    ['diffShift', toShift],
    ['diffSrc', to],
  ])
  const sums = [dgamma, dbeta].map((total) => plan.output(total, plan.plainLayout(total)))
  const voxels = sizeOf(x.shape.slice(2))
  plan.host([ofMean, ofVariance, scale, toScale, toShift, ...sums, factor, term], (arrays) => {
    const [means, variances, gammas, scales, shifts, gammaSums, betaSums, factors, terms] = arrays
    return () => {
      gammaSums.fill(0)
      betaSums.fill(0)
      for (let c = 0; c < channels; c++) {
        gammaSums[c % gammaSums.length] += scales[c]
        betaSums[c % betaSums.length] += shifts[c]
      }
      // The library has taken off gamma / σ (mean(g) + x̂ mean(g x̂)) with the means of each channel; what should be
      // taken off are the means of gamma g and gamma g x̂ over the group, divided by σ.
      for (let first = 0; first < channels; first += size) {
        let [plainSum, normalisedSum] = [0, 0]
        for (let c = first; c < first + size; c++) {
          plainSum += gammas[c] * shifts[c]
          normalisedSum += gammas[c] * scales[c]
        }
        const perSigma = 1 / Math.sqrt(variances[first] + eps)
        for (let c = first; c < first + size; c++) {
          const ofNormalised = (perSigma * (gammas[c] * scales[c] - normalisedSum / size)) / voxels
          factors[c] = ofNormalised * perSigma
          terms[c] = (perSigma * (gammas[c] * shifts[c] - plainSum / size)) / voxels - factors[c] * means[c]
        }
      }
    }
  })
  byChannel(plan, seenAs(value, data), factor, term, to, [{ kind: 'sum' }])
}

/** to = from · factor + term by channel, or that added to what is there. */
function byChannel(plan: Plan, from: Form, factor: Form, term: Form, to: Form, sum: readonly PostOp[]): void {
  const { layout } = from
  const spread = spreadLayout(plan, [layout.dims[1]], layout)
  const operation = { kind: 'binary', algorithm: 'mul', a: layout, b: spread, dst: layout } as const
  const add: PostOp = { kind: 'binary', algorithm: 'add', operand: spread }
  plan.execute(plan.primitive(operation, [add, ...sum]), [
    ['src', from],
    ['src1', seenAs(factor, spread)],
    ['post0', seenAs(term, spread)],
    ['dst', to],
  ])
}

/** One number for every channel. */
function everywhere(plan: Plan, value: number, channels: number): Form {
  return plan.once(`${channels} times ${value}`, () =>
    plan.constant(new Float32Array(channels).fill(value), plan.rowMajor([channels])),
  )
}
