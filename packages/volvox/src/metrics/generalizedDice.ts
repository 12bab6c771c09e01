import { bool, oneOf } from '../core/options.ts'
import { floats } from '../core/tensor.ts'
import { overlaps, type Overlap } from './dice.ts'
import { metric } from './metric.ts'
import type { Reduction } from './reduction.ts'

const weights = {
  square: (volume: number) => 1 / (volume * volume),
  simple: (volume: number) => 1 / volume,
  uniform: () => 1,
} as const

// Reductions over channels: the classes go into one score per item, before there is anything to reduce.
const acrossClasses: ReadonlySet<Reduction> = new Set<Reduction>(['mean', 'sum', 'mean_channel', 'sum_channel'])

/**
 * Dice of one-hot batches with classes weighted against their volume in the truth (Sudre et al. 2017, MONAI
 * GeneralizedDiceScore). The weights only matter for reductions over channels, which sum the classes.
 */
export const GeneralizedDiceScore = metric({
  name: 'GeneralizedDiceScore',
  options: {
    includeBackground: bool.opt('Whether the first channel counts.', true),
    weightType: oneOf('square', 'simple', 'uniform').opt(
      'Weight of a class by its volume v: 1/v², 1/v or 1.',
      'square',
    ),
  },
  reduction: 'mean_batch',
  score(yPred, y, { includeBackground, weightType, reduction }) {
    const sumOverClasses = acrossClasses.has(reduction)
    const items = overlaps('GeneralizedDiceScore', yPred, y, { includeBackground, numClasses: null, soft: true })
    const scores = items.map((classes) => {
      const terms = weighted(classes, weights[weightType])
      return (sumOverClasses ? [terms.reduce(sum)] : terms).map(score)
    })
    return floats([scores.length, scores[0].length], scores.flat())
  },
})

interface Term {
  readonly numerator: number
  readonly denominator: number
  readonly predicted: number
}

/** A class that the truth lacks takes the largest weight of the others. */
function weighted(classes: readonly Overlap[], weight: (volume: number) => number): Term[] {
  const own = classes.map(({ truth }) => weight(truth))
  const most = Math.max(0, ...own.filter(Number.isFinite))
  return classes.map(({ both, prediction, truth }, i) => {
    const w = Number.isFinite(own[i]) ? own[i] : most
    return { numerator: 2 * both * w, denominator: (truth + prediction) * w, predicted: prediction }
  })
}

function sum(a: Term, b: Term): Term {
  return {
    numerator: a.numerator + b.numerator,
    denominator: a.denominator + b.denominator,
    predicted: a.predicted + b.predicted,
  }
}

function score({ numerator, denominator, predicted }: Term): number {
  if (denominator !== 0) return numerator / denominator
  return predicted === 0 ? 1 : 0
}
