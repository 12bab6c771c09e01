import { ShapeError, shown } from '../core/errors.ts'
import { number } from '../core/options.ts'
import { floats } from '../core/tensor.ts'
import { constant, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { features } from './contrastive.ts'
import { loss } from './loss.ts'

/** How far the correlations of two views' features `[N, F]` are from the identity (Zbontar et al. 2021; MONAI BarlowTwinsLoss). */
export const BarlowTwinsLoss = loss({
  name: 'BarlowTwinsLoss',
  options: { lambd: number.opt('Weight of correlations between different features.', 5e-3) },
  forward(input, target, { lambd }) {
    features('BarlowTwinsLoss', input, target)
    const [n, f] = input.shape
    if (n < 2)
      throw new ShapeError(
        'BarlowTwinsLoss',
        `prediction ${shown(input.shape)} is one sample; correlations take 2 or more`,
      )
    const correlations = m.div(m.matmul(standardised(input), standardised(target), { transposeA: true }), n)
    const table = (diagonal: number, other: number) =>
      m.cast(
        constant(
          floats(
            [f, f],
            new Float32Array(f * f).fill(other).map((x, i) => (i % (f + 1) ? x : diagonal)),
          ),
        ),
        input.dtype,
      )
    return m.sum(m.mul(table(1, lambd), m.square(m.sub(correlations, table(1, 0)))))
  },
})

/** Mean 0 and standard deviation 1 of each feature over the samples. */
function standardised(x: Value): Value {
  const deviation = m.sqrt(m.variance(x, [0], true))
  return m.div(m.sub(x, m.mean(x, [0], true)), m.add(deviation, 1e-6))
}
