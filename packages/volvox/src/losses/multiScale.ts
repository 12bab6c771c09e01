import { z } from 'zod'
import { Kind, oneOf } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { anyLoss } from './anyLoss.ts'
import { bell, filter, reachOf } from './filter.ts'
import { loss } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

const scales: Kind<readonly number[]> = new Kind('a list of standard deviations of 0 or more, in voxels', () =>
  z.array(z.number().nonnegative()).min(1).readonly(),
)

/** A loss of prediction and target smoothed more and less, `[N, C, ...spatial]` (MONAI MultiScaleLoss). */
export const MultiScaleLoss = loss({
  name: 'MultiScaleLoss',
  options: {
    loss: anyLoss.req('The loss at one scale.'),
    scales: scales.opt('How much is smoothed at each scale; 0 for not at all. Only the loss itself when null.', null),
    kernel: oneOf('gaussian', 'cauchy').opt('How it is smoothed.', 'gaussian'),
    reduction,
  },
  forward(input, target, { loss, scales, kernel, reduction }) {
    if (scales === null) return reducedParts(loss.forward(input, target), reduction)
    const y = m.cast(target, input.dtype)
    const parts = scales.map((scale) => {
      const smooth = (x: Value) => (scale === 0 ? x : filter(x, kernels[kernel](scale)))
      const part = loss.forward(smooth(input), smooth(y))
      return m.reshape(part, [1, ...part.shape])
    })
    return reducedParts(m.concat(parts, 0), reduction)
  },
})

const kernels = {
  gaussian(sigma: number): number[] {
    return bell(sigma, reachOf(sigma, 3)).map((weight) => weight / (Math.sqrt(2 * Math.PI) * sigma))
  },
  /** 1 / (1 + (x/σ)²) up to 5σ, of sum 1. */
  cauchy(sigma: number): number[] {
    const reach = Math.floor(sigma * 5)
    const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => 1 / (((i - reach) / sigma) ** 2 + 1))
    const total = weights.reduce((a, b) => a + b, 0)
    return weights.map((weight) => weight / total)
  },
} as const
