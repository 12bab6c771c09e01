import { z } from 'zod'
import { Kind, bool, nonNegative, type Schema, type Values } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { optimizer, type ParameterUpdate } from './optimizer.ts'

const share = z.number().min(0).lt(1)
/** How much of two moments is kept from step to step. */
export const betas: Kind<readonly [number, number]> = new Kind('a pair of numbers of 0 or more and below 1', () =>
  z.tuple([share, share]).readonly(),
)

const adamOptions = (weightDecay: number) =>
  ({
    lr: nonNegative.opt('Learning rate.', 1e-3),
    betas: betas.opt('Memory of the mean and of the squares of gradients.', [0.9, 0.999]),
    eps: nonNegative.opt('Added to the divisor.', 1e-8),
    weightDecay: nonNegative.opt('Pull of parameters towards 0.', weightDecay),
    amsgrad: bool.opt('Whether the largest mean square so far divides.', false),
  }) satisfies Schema

type AdamOptions = Values<ReturnType<typeof adamOptions>>
type AdamScalar = 'stepSize' | 'squareCorrection' | 'decayFactor'

/** torch.optim.Adam (Kingma & Ba 2015), weight decay added to the gradient. */
export const Adam = optimizer({
  name: 'Adam',
  options: adamOptions(0),
  scalars,
  update(parameter: ParameterUpdate<AdamScalar>, o) {
    const { param, grad, decays } = parameter
    const g = o.weightDecay > 0 && decays ? m.add(grad, m.mul(o.weightDecay, param)) : grad
    return stepped(param, g, parameter, o)
  },
})

/** torch.optim.AdamW (Loshchilov & Hutter 2019): Adam whose weight decay shrinks the parameter itself. */
export const AdamW = optimizer({
  name: 'AdamW',
  options: adamOptions(0.01),
  scalars,
  update(parameter: ParameterUpdate<AdamScalar>, o) {
    const { param, grad, decays, scalar } = parameter
    return stepped(o.weightDecay > 0 && decays ? m.mul(param, scalar('decayFactor')) : param, grad, parameter, o)
  },
})

/** Bias corrections depend on the step number alone, so the host has them and the graph needs no counter. */
function scalars(
  step: number,
  lr: number,
  { betas: [beta1, beta2], weightDecay }: AdamOptions,
): Record<AdamScalar, number> {
  return {
    stepSize: lr / (1 - beta1 ** step),
    squareCorrection: 1 / Math.sqrt(1 - beta2 ** step),
    decayFactor: 1 - lr * weightDecay,
  }
}

function stepped(
  param: Value,
  g: Value,
  { moment, keep, scalar }: ParameterUpdate<AdamScalar>,
  { betas: [beta1, beta2], eps, amsgrad }: AdamOptions,
): Value {
  const mean = m.add(m.mul(beta1, moment('m')), m.mul(1 - beta1, g))
  const squares = m.add(m.mul(beta2, moment('v')), m.mul(1 - beta2, m.square(g)))
  keep('m', mean)
  keep('v', squares)
  let divisor = squares
  if (amsgrad) {
    divisor = m.max(moment('vMax'), squares)
    keep('vMax', divisor)
  }
  return m.sub(
    param,
    m.mul(scalar('stepSize'), m.div(mean, m.add(m.mul(m.sqrt(divisor), scalar('squareCorrection')), eps))),
  )
}
