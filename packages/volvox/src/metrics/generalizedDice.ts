import { bool, oneOf } from '../core/options.ts'
import { floats } from '../core/tensor.ts'
import { overlaps, type Overlap } from './dice.ts'
import { metric } from './metric.ts'

const weights = {
  square: (volume: number) => 1 / (volume * volume),
  simple: (volume: number) => 1 / volume,
  uniform: () => 1,
} as const

/**
 * Dice of one-hot batches with classes weighted against their volume in the truth (Sudre et al. 2017, MONAI
 * GeneralizedDiceScore); weights only matter when the classes are summed.
 */
export const GeneralizedDiceScore = metric({
  name: 'GeneralizedDiceScore',
  options: {
    includeBackground: bool.opt('Whether the first channel counts.', true),
    weightType: oneOf('square', 'simple', 'uniform').opt(
      'Weight of a class by its volume v: 1/v², 1/v or 1.',
      'square',
    ),
    sumOverClasses: bool.opt('One score per item from all classes together, instead of one per class.', false),
  },
  score(yPred, y, { includeBackground, weightType, sumOverClasses }) {
    const items = overlaps('GeneralizedDiceScore', yPred, y, { includeBackground, numClasses: null })
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
