import { ShapeError } from '../core/errors.ts'
import { count, int, positive, probability, type Schema } from '../core/options.ts'
import type { TorchGenerator } from '../rng/index.ts'
import { descending } from '../boxes/index.ts'
import { component } from './component.ts'

/** Anchors that a step learns from, in the order of their numbers. */
export interface Sampled {
  readonly positive: readonly number[]
  readonly negative: readonly number[]
}

/** Chooses the anchors that a step learns from. */
export interface AnchorSampler {
  /** `labels` are above 0 for anchors with a box, 0 for those without, below for those that do not learn. */
  sample(labels: ArrayLike<number>, scores: ArrayLike<number>, rng: TorchGenerator): Sampled
}

const shares = {
  batchSizePerImage: count.req('Anchors of an image to learn from.'),
  positiveFraction: probability.where((p) => p > 0, 'a share above 0, at most 1').req('Share of anchors with a box.'),
} satisfies Schema

const hardOptions = {
  ...shares,
  minNeg: int.where((n) => n >= 0, 'a whole number of 0 or more').opt('The least number of anchors without a box.', 1),
  poolSize: positive.opt('Out of how many times as many of the highest scores anchors without a box are drawn.', 10),
} satisfies Schema

/** Anchors without a box are drawn from those with the highest scores (MONAI HardNegativeSampler). */
export const HardNegativeSampler = component('HardNegativeSampler', hardOptions, (o): AnchorSampler => ({
  sample(labels, scores, rng) {
    if (labels.length !== scores.length)
      throw new ShapeError(
        'HardNegativeSampler',
        `${scores.length} scores do not fit ${labels.length} anchors; give one for each`,
      )
    const { positive: having, negative: lacking } = apart(labels)
    const wanted = Math.min(having.length, Math.trunc(o.batchSizePerImage * o.positiveFraction))
    const chosen = drawn(having, wanted, rng)
    const others = Math.trunc(Math.max(1, wanted) * Math.abs(1 - 1 / o.positiveFraction))
    const negatives = Math.min(lacking.length, Math.max(others, o.minNeg))
    const pool = Math.min(lacking.length, Math.trunc(negatives * o.poolSize))
    const hardest = descending(lacking.map((anchor) => scores[anchor])).slice(0, pool)
    return {
      positive: chosen,
      negative: drawn(
        hardest.map((i) => lacking[i]),
        negatives,
        rng,
      ),
    }
  },
}))

/** Anchors are drawn whatever their scores (torchvision BalancedPositiveNegativeSampler). */
export const BalancedPositiveNegativeSampler = component(
  'BalancedPositiveNegativeSampler',
  shares,
  (o): AnchorSampler => ({
    sample(labels, _scores, rng) {
      const { positive: having, negative: lacking } = apart(labels)
      const wanted = Math.min(having.length, Math.trunc(o.batchSizePerImage * o.positiveFraction))
      const others = Math.min(lacking.length, o.batchSizePerImage - wanted)
      return { positive: drawn(having, wanted, rng), negative: drawn(lacking, others, rng) }
    },
  }),
)

function apart(labels: ArrayLike<number>): Sampled {
  const all = Array.from({ length: labels.length }, (_, i) => i)
  return { positive: all.filter((i) => labels[i] >= 1), negative: all.filter((i) => labels[i] === 0) }
}

function drawn(items: readonly number[], wanted: number, rng: TorchGenerator): number[] {
  return rng
    .randperm(items.length)
    .slice(0, wanted)
    .map((i) => items[i])
    .sort((a, b) => a - b)
}
