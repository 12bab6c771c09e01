import { bool, oneOf, type Schema } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { loss } from './loss.ts'
import { overlapOf } from './overlap.ts'
import { oneActivation, overlapOptions, prepare } from './prepare.ts'
import { overlapAxes, overlapReduction, reduced } from './reduce.ts'

/** The options of GeneralizedDiceLoss that the losses built on it share. */
export const generalizedDiceOptions = {
  ...overlapOptions,
  wType: oneOf('square', 'simple', 'uniform').opt(
    'Weight of a class: one over its squared volume, over its volume, or 1.',
    'square',
  ),
  ...overlapReduction,
} satisfies Schema

/** 1 - Dice of all classes together, each weighted by its volume (Sudre et al. 2017; MONAI GeneralizedDiceLoss). */
export const GeneralizedDiceLoss = loss({
  name: 'GeneralizedDiceLoss',
  options: {
    ...generalizedDiceOptions,
    softLabel: bool.opt('Whether targets between 0 and 1 are meant as such.', false),
  },
  check: (o) => oneActivation('GeneralizedDiceLoss', o),
  forward(input, target, o) {
    const [p, y] = prepare('GeneralizedDiceLoss', input, target, o)
    const axes = overlapAxes(p, o)
    const { both, sizeP, sizeY } = overlapOf(p, y, axes, { softLabel: o.softLabel })
    const classAxis = o.batch ? 0 : 1
    const w = volumeWeights(m.sum(y, axes), o.wType, classAxis)
    const across = (x: Value) => m.sum(m.mul(x, w), [classAxis], true)
    const numerator = m.add(across(m.mul(2, both)), o.smoothNr)
    const parts = m.sub(1, m.div(numerator, m.add(across(m.add(sizeP, sizeY)), o.smoothDr)))
    return reduced(parts, o.reduction, p)
  },
})

/** Weight by volume; an absent class gets the largest weight of the others. */
function volumeWeights(volumes: Value, type: 'square' | 'simple' | 'uniform', classAxis: number): Value {
  if (type === 'uniform') return m.onesLike(volumes)
  const absent = m.equal(volumes, 0)
  const inverse = m.reciprocal(m.where(absent, 1, type === 'square' ? m.square(volumes) : volumes))
  return m.where(
    absent,
    m.broadcastTo(m.reduceMax(m.where(absent, 0, inverse), [classAxis], true), volumes.shape),
    inverse,
  )
}
