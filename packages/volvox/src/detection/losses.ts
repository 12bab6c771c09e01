import { OptionError } from '../core/errors.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import type { Loss } from '../losses/loss.ts'

/** A loss of every element of `[N, C]` by itself, `[N]` or `[N, C]`: the detector weighs and sums them. */
export type ElementLoss = (predicted: Value, target: Value) => Value

/** Binary cross-entropy of scores before their sigmoid (torch.nn.BCEWithLogitsLoss). */
export const crossEntropy: ElementLoss = (x, y) => m.sub(m.softplus(x), m.mul(x, y))

/** Squares below 1/9, then straight on (torch.nn.SmoothL1Loss with beta 1/9). */
export const smoothL1: ElementLoss = (x, y) => {
  const beta = 1 / 9
  const distance = m.abs(m.sub(x, y))
  return m.where(m.less(distance, beta), m.mul(m.square(distance), 0.5 / beta), m.sub(distance, beta / 2))
}

/** A loss of Volvox's without reduction, or a function, as a loss of elements. */
export function elementLoss(loss: Loss | ElementLoss, where: string): ElementLoss {
  if (typeof loss === 'function') return loss
  if (loss.options.reduction !== 'none')
    throw new OptionError(
      where,
      `${loss.name} reduces its result; set its reduction to "none", the detector takes the mean`,
    )
  return (predicted, target) => loss.forward(predicted, target)
}
