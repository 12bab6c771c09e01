import { bool, nonNegative, number, type Schema } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { classWeights, weightsAlong } from './classWeight.ts'
import { loss } from './loss.ts'
import { channelOptions, channels } from './prepare.ts'
import { reduction } from './reduce.ts'
import { power } from './power.ts'

/** What is particular to the focal loss. */
export const focalOptions = {
  gamma: nonNegative.opt('How strongly well-classified voxels are played down.', 2),
  alpha: number.opt('Weight of the foreground against the background, 0 to 1; not used when null.', null),
} satisfies Schema

/** Focal loss of logits, per class by sigmoid or over classes by softmax (Lin et al. 2017; MONAI FocalLoss). */
export const FocalLoss = loss({
  name: 'FocalLoss',
  options: {
    ...channelOptions,
    ...focalOptions,
    weight: classWeights.opt('Weight of each class.', null),
    reduction,
    useSoftmax: bool.opt('Whether classes exclude each other.', false),
  },
  forward(input, target, o) {
    const [x, y] = channels('FocalLoss', input, target, o)
    const parts = o.useSoftmax
      ? softmaxFocal(x, y, o.gamma, o.includeBackground ? o.alpha : null) // alpha weighs the background, which is gone
      : sigmoidFocal(x, y, o.gamma, o.alpha)
    const weighted =
      o.weight === null || x.shape[1] === 1 ? parts : m.mul(weightsAlong('FocalLoss', o.weight, x), parts)
    switch (o.reduction) {
      case 'mean':
        return m.mean(weighted)
      case 'sum': // over samples and classes, of the mean over voxels, as in MONAI; without voxels, the mean of all
        return m.sum(
          x.shape.length === 2 ? m.mean(weighted) : m.mean(weighted, x.shape.map((_, axis) => axis).slice(2)),
        )
      case 'none':
        return weighted
    }
  },
})

function softmaxFocal(x: Value, y: Value, gamma: number, alpha: number | null): Value {
  const logP = m.logSoftmax(x, 1)
  const rest = m.sub(1, m.exp(logP))
  // Where float32 rounds p above 1, only a whole power of the rest is a number.
  const ease = power(Number.isInteger(gamma) ? rest : m.relu(rest), gamma)
  const parts = m.neg(m.mul(m.mul(ease, logP), y))
  if (alpha === null) return parts
  const perClass = Array.from({ length: x.shape[1] }, (_, c) => (c === 0 ? 1 - alpha : alpha))
  return m.mul(weightsAlong('FocalLoss', perClass, x), parts)
}

function sigmoidFocal(x: Value, y: Value, gamma: number, alpha: number | null): Value {
  // Binary cross entropy x - xy + softplus(-x), times (1 - p of the truth)^γ = exp(-γ softplus(x (2y - 1))).
  const entropy = m.add(m.sub(x, m.mul(x, y)), m.softplus(m.neg(x)))
  const towardsTruth = m.mul(x, m.sub(m.mul(2, y), 1))
  const parts = m.mul(m.exp(m.mul(-gamma, m.softplus(towardsTruth))), entropy)
  if (alpha === null) return parts
  return m.mul(m.add(m.mul(alpha, y), m.mul(1 - alpha, m.sub(1, y))), parts)
}
