import { bool, type Schema } from '../core/options.ts'
import * as m from '../graph/math.ts'
import { classWeights, weightVector } from './classWeight.ts'
import { loss } from './loss.ts'
import { masked } from './masked.ts'
import { overlapOf } from './overlap.ts'
import { oneActivation, overlapOptions, prepare } from './prepare.ts'
import { overlapAxes, overlapReduction, reduced } from './reduce.ts'

/** The options of DiceLoss that the losses built on it share. */
export const diceOptions = {
  ...overlapOptions,
  squaredPred: bool.opt('Whether the denominator sums squares.', false),
  jaccard: bool.opt('Whether to compute the Jaccard index instead of Dice.', false),
  ...overlapReduction,
  weight: classWeights.opt('Weight of each class.', null),
} satisfies Schema

/** 1 - Dice per class (Milletari et al. 2016; MONAI DiceLoss). */
export const DiceLoss = loss({
  name: 'DiceLoss',
  options: { ...diceOptions, softLabel: bool.opt('Whether targets between 0 and 1 are meant as such.', false) },
  check: (o) => oneActivation('DiceLoss', o),
  forward(input, target, o) {
    const [p, y] = prepare('DiceLoss', input, target, o)
    const { both, sizeP, sizeY } = overlapOf(p, y, overlapAxes(p, o), {
      squared: o.squaredPred,
      softLabel: o.softLabel,
    })
    const sizes = m.add(sizeP, sizeY)
    const denominator = o.jaccard ? m.mul(2, m.sub(sizes, both)) : sizes // of 2 |p ∩ y|: twice the union, or both sizes
    const parts = m.sub(1, m.div(m.add(m.mul(2, both), o.smoothNr), m.add(denominator, o.smoothDr)))
    const weighted =
      o.weight === null || p.shape[1] === 1
        ? parts
        : m.mul(parts, weightVector('DiceLoss', o.weight, p.shape[1], p.dtype))
    return reduced(weighted, o.reduction, p)
  },
})

/** DiceLoss of prediction and target multiplied by a mask `[N or 1, 1, ...spatial]` (MONAI MaskedDiceLoss). */
export const MaskedDiceLoss = loss({
  name: 'MaskedDiceLoss',
  options: DiceLoss.schema,
  check: (o) => oneActivation('MaskedDiceLoss', o),
  forward(input, target, o, mask) {
    if (!mask) return DiceLoss(o).forward(input, target)
    return DiceLoss(o).forward(...masked('MaskedDiceLoss', input, target, mask))
  },
})
