import { ShapeError, shown } from '../core/errors.ts'
import { int, probability } from '../core/options.ts'
import { sameShape } from '../core/tensor.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { alike } from './check.ts'
import { classWeights, weightsAlong } from './classWeight.ts'
import { binaryParts } from './crossEntropy.ts'
import { loss } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

/**
 * Cross entropy of logits `[N, C, ...]` (torch.nn.CrossEntropyLoss). The target holds class numbers, `[N, ...]` or `[N, 1,
 * ...]`, and the mean weighs voxels by their class; or probabilities `[N, C, ...]`. Unreduced, one loss a voxel.
 */
export const CrossEntropyLoss = loss({
  name: 'CrossEntropyLoss',
  options: {
    weight: classWeights.opt('Weight of each class.', null),
    ignoreIndex: int.opt('Voxels of this class number do not count.', -100),
    reduction,
    labelSmoothing: probability.opt('Share of the target that is spread over all classes.', 0),
  },
  forward(input, target, { weight, ignoreIndex, reduction, labelSmoothing }) {
    const classes = input.shape[1]
    const probabilities = sameShape(input.shape, target.shape) && classes > 1
    const y = probabilities ? m.cast(target, input.dtype) : classChannels(input, target, ignoreIndex)
    const counted = m.sum(y, [1], true) // 0 where a voxel does not count
    const spread = m.mul(probabilities ? m.onesLike(counted) : counted, labelSmoothing / classes)
    const smooth = labelSmoothing === 0 ? y : m.add(m.mul(1 - labelSmoothing, y), spread)
    const weighted = (values: Value) =>
      weight === null ? values : m.mul(weightsAlong('CrossEntropyLoss', weight, input), values)
    const parts = m.neg(m.sum(m.mul(weighted(smooth), m.logSoftmax(input, 1)), [1]))
    if (probabilities || reduction !== 'mean') return reducedParts(parts, reduction)
    return m.div(m.sum(parts), m.sum(weighted(y)))
  },
})

/** Binary cross entropy of logits against probabilities of their shape (torch.nn.BCEWithLogitsLoss). */
export const BCEWithLogitsLoss = loss({
  name: 'BCEWithLogitsLoss',
  options: {
    reduction,
    posWeight: classWeights.opt('Weight of positives, one for all channels or one for each.', null),
  },
  forward(input, target, { reduction, posWeight }) {
    alike('BCEWithLogitsLoss', input, target)
    return reducedParts(binaryParts('BCEWithLogitsLoss', input, target, posWeight), reduction)
  },
})

/** Binary cross entropy of probabilities (torch.nn.BCELoss); logarithms are kept above -100, as in PyTorch. */
export const BCELoss = loss({
  name: 'BCELoss',
  options: { reduction },
  forward(input, target, { reduction }) {
    alike('BCELoss', input, target)
    const y = m.cast(target, input.dtype)
    const likely = m.add(m.mul(y, log(input)), m.mul(m.sub(1, y), log(m.sub(1, input))))
    return reducedParts(m.neg(likely), reduction)
  },
})

/** log p, but -100 at the least; where p is 0, its slope is PyTorch's 1e12 instead of an infinite one. */
function log(p: Value): Value {
  const some = m.greater(p, 0)
  return m.where(some, m.clip(m.log(m.where(some, p, 1)), -100), m.sub(m.mul(1e12, p), 100))
}

/** One-hot classes in the shape of the input, nothing where a voxel does not count. */
function classChannels(input: Value, target: Value, ignored: number): Value {
  const [n, classes, ...spatial] = input.shape
  if (!sameShape(target.shape, [n, ...spatial]) && !sameShape(target.shape, [n, 1, ...spatial]))
    throw new ShapeError(
      'CrossEntropyLoss',
      `target ${shown(target.shape)} does not fit prediction ${shown(input.shape)}; give class numbers ${shown([n, ...spatial])} or probabilities ${shown(input.shape)}`,
    )
  const numbers = m.reshape(target, [n, 1, ...spatial])
  return m.cast(m.oneHot(m.where(m.equal(numbers, ignored), -1, numbers), classes), input.dtype)
}
