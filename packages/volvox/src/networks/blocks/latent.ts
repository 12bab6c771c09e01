import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import type { Context } from '../layer.ts'

/**
 * A sample of the normal distributions of mean `mu` and variance exp(`logvar`) while training (Kingma and Welling 2013).
 * In evaluation it is, as in MONAI, one deviation above the mean.
 */
export function reparameterised(mu: Value, logvar: Value, context: Context): Value {
  const deviation = m.exp(m.mul(0.5, logvar))
  return m.add(context.training ? m.mul(context.normalNoise(mu.shape), deviation) : deviation, mu)
}
