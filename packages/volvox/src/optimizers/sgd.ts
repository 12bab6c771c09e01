import { OptionError } from '../core/errors.ts'
import { bool, nonNegative, number } from '../core/options.ts'
import * as m from '../graph/math.ts'
import { optimizer } from './optimizer.ts'

/** torch.optim.SGD: gradient descent with momentum, Nesterov's or the usual one. */
export const SGD = optimizer({
  name: 'SGD',
  options: {
    lr: nonNegative.opt('Learning rate.', 1e-3),
    momentum: nonNegative.opt('Share of the previous direction that is kept.', 0),
    dampening: number.opt('Share of the gradient that is left out of the momentum.', 0),
    weightDecay: nonNegative.opt('Share of the parameter that is added to its gradient.', 0),
    nesterov: bool.opt('Whether to look ahead along the momentum.', false),
  },
  check({ nesterov, momentum, dampening }) {
    if (nesterov && (momentum === 0 || dampening !== 0))
      throw new OptionError(
        'SGD.nesterov',
        `needs momentum and no dampening, which are ${momentum} and ${dampening}; set momentum above 0 and dampening 0`,
      )
  },
  // The first momentum is the gradient itself, without dampening.
  scalars: (step, lr, { dampening }) => ({ lr, gradientShare: step === 1 ? 1 : 1 - dampening }),
  update({ param, grad, decays, moment, keep, scalar }, { momentum, dampening, weightDecay, nesterov }) {
    const g = weightDecay > 0 && decays ? m.add(grad, m.mul(weightDecay, param)) : grad
    if (momentum === 0) return m.sub(param, m.mul(scalar('lr'), g))
    const fresh = dampening === 0 ? g : m.mul(scalar('gradientShare'), g)
    const direction = m.add(m.mul(momentum, moment('momentum')), fresh)
    keep('momentum', direction)
    return m.sub(param, m.mul(scalar('lr'), nesterov ? m.add(g, m.mul(momentum, direction)) : direction))
  },
})
