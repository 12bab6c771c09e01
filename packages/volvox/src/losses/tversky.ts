import { bool, number } from '../core/options.ts'
import * as m from '../graph/math.ts'
import { loss } from './loss.ts'
import { overlapOf } from './overlap.ts'
import { oneActivation, overlapOptions, prepare } from './prepare.ts'
import { overlapAxes, overlapReduction } from './reduce.ts'

/** 1 - Tversky index per class: false positives count `alpha`, false negatives `beta` (Salehi et al. 2017; MONAI TverskyLoss). */
export const TverskyLoss = loss({
  name: 'TverskyLoss',
  options: {
    ...overlapOptions,
    alpha: number.opt('Weight of false positives.', 0.5),
    beta: number.opt('Weight of false negatives.', 0.5),
    ...overlapReduction,
    softLabel: bool.opt('Whether targets between 0 and 1 are meant as such.', false),
  },
  check: (o) => oneActivation('TverskyLoss', o),
  forward(input, target, o) {
    const [p, y] = prepare('TverskyLoss', input, target, o)
    const axes = overlapAxes(p, o)
    const { both: tp, sizeP, sizeY } = overlapOf(p, y, axes, { softLabel: o.softLabel })
    const [fp, fn] = [m.sub(sizeP, tp), m.sub(sizeY, tp)]
    const all = m.add(tp, m.add(m.mul(o.alpha, fp), m.mul(o.beta, fn)))
    const parts = m.sub(1, m.div(m.add(tp, o.smoothNr), m.add(all, o.smoothDr)))
    return o.reduction === 'none' ? parts : o.reduction === 'sum' ? m.sum(parts) : m.mean(parts)
  },
})
