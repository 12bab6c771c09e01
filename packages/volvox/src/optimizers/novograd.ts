import { bool, nonNegative } from '../core/options.ts'
import * as m from '../graph/math.ts'
import { betas } from './adam.ts'
import { optimizer } from './optimizer.ts'

/**
 * Gradients over the size of their layer's gradient, as it was lately (Ginsburg et al. 2019; MONAI Novograd). One second
 * moment a parameter instead of one an element.
 */
export const Novograd = optimizer({
  name: 'Novograd',
  options: {
    lr: nonNegative.opt('Learning rate.', 1e-3),
    betas: betas.opt('Memory of the direction and of the squared sizes of gradients.', [0.9, 0.98]),
    eps: nonNegative.opt('Added to the divisor.', 1e-8),
    weightDecay: nonNegative.opt('Pull of parameters towards 0.', 0),
    gradAveraging: bool.opt('Whether the direction is a mean of gradients instead of a fading sum.', false),
    amsgrad: bool.opt('Whether the largest squared size so far divides.', false),
  },
  scalars: (_step, lr) => ({ lr }),
  update({ param, grad, decays, moment, keep, scalar }, o) {
    const [beta1, beta2] = o.betas
    const size = m.sum(m.square(grad))
    const before = moment('v', [])
    const fading = m.add(m.mul(beta2, before), m.mul(1 - beta2, size))
    const now = m.where(m.equal(before, 0), size, fading) // nothing is remembered at first
    keep('v', now)
    let largest = now
    if (o.amsgrad) {
      largest = m.max(moment('vMax', []), now)
      keep('vMax', largest)
    }
    const alike = m.div(grad, m.add(m.sqrt(largest), o.eps))
    const pulled = o.weightDecay > 0 && decays ? m.add(alike, m.mul(o.weightDecay, param)) : alike
    const direction = m.add(m.mul(beta1, moment('m')), o.gradAveraging ? m.mul(1 - beta1, pulled) : pulled)
    keep('m', direction)
    return m.sub(param, m.mul(scalar('lr'), direction))
  },
})
