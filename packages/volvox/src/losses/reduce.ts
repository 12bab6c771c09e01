import { bool, number, oneOf, type Schema, type Values } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

/** How the parts of a loss become one number. */
export const reduction = oneOf('mean', 'sum', 'none').opt(
  'Mean or sum over classes and samples, or one loss for each.',
  'mean',
)

/** Reduction and smoothing of overlap losses. */
export const overlapReduction = {
  reduction,
  smoothNr: number.opt('Added to the numerator.', 1e-5),
  smoothDr: number.opt('Added to the denominator, so that an absent class does not divide by 0.', 1e-5),
  batch: bool.opt('Whether the samples of a batch are counted together.', false),
} satisfies Schema

/** Axes that an overlap is summed over: the spatial ones, and the samples when they count together. */
export function overlapAxes(p: Value, o: Pick<Values<typeof overlapReduction>, 'batch'>): number[] {
  const spatial = p.shape.map((_, axis) => axis).slice(2)
  return o.batch ? [0, ...spatial] : spatial
}

/** The mean or sum of all parts; unreduced parts `[N, C]` (or `[C]`) get a 1 for every spatial axis of `like`. */
export function reduced(parts: Value, how: 'mean' | 'sum' | 'none', like: Value): Value {
  switch (how) {
    case 'mean':
      return m.mean(parts)
    case 'sum':
      return m.sum(parts)
    case 'none':
      return m.reshape(parts, [...parts.shape, ...like.shape.slice(2).map(() => 1)])
  }
}

/** The mean or sum of all parts, or the parts as they are. */
export function reducedParts(parts: Value, how: 'mean' | 'sum' | 'none'): Value {
  return how === 'none' ? parts : how === 'sum' ? m.sum(parts) : m.mean(parts)
}
