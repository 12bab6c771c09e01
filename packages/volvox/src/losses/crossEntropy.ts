import { probability, type Schema, type Values } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { weightsAlong } from './classWeight.ts'

/** The cross entropy part of combined losses. */
export const crossEntropyOptions = {
  labelSmoothing: probability.opt('Share of the target that is spread over all classes.', 0),
} satisfies Schema

interface CrossEntropy extends Values<typeof crossEntropyOptions> {
  readonly weight: number | readonly number[] | null
  readonly reduction: 'mean' | 'sum'
}

/**
 * torch.nn.CrossEntropyLoss of logits. A target of one channel holds class numbers, and its mean is weighted by the
 * classes' weights; a target of as many channels as the input holds probabilities, and its mean is over voxels.
 */
export function crossEntropy(where: string, input: Value, target: Value, o: CrossEntropy): Value {
  const classes = input.shape[1]
  const logP = m.logSoftmax(input, 1)
  const numbered = target.shape[1] === 1 && classes !== 1
  const y = m.cast(numbered ? m.oneHot(target, classes) : target, input.dtype)
  const smooth = o.labelSmoothing === 0 ? y : m.add(m.mul(1 - o.labelSmoothing, y), o.labelSmoothing / classes)
  const weights = o.weight === null ? null : weightsAlong(where, o.weight, input)
  const weighted = (values: Value) => (weights ? m.mul(weights, values) : values)
  const total = m.neg(m.sum(m.mul(weighted(smooth), logP)))
  if (o.reduction === 'sum') return total
  return m.div(total, numbered && weights ? m.sum(weighted(y)) : voxels(input))
}

/** torch.nn.BCEWithLogitsLoss of a single channel; `weight` is that of positive voxels. */
export function binaryCrossEntropy(
  where: string,
  input: Value,
  target: Value,
  o: Omit<CrossEntropy, 'labelSmoothing'>,
): Value {
  const parts = binaryParts(where, input, target, o.weight)
  return o.reduction === 'sum' ? m.sum(parts) : m.mean(parts)
}

/** Binary cross entropy of each logit; `weight` is that of positive voxels, one for each channel. */
export function binaryParts(
  where: string,
  input: Value,
  target: Value,
  weight: number | readonly number[] | null,
): Value {
  const y = m.cast(target, input.dtype)
  // -log σ(x) = softplus(-x): (1 - y) x + (1 + (w - 1) y) softplus(-x)
  const positive = weight === null ? null : m.add(1, m.mul(m.sub(weightsAlong(where, weight, input), 1), y))
  const surprise = m.softplus(m.neg(input))
  return m.add(m.mul(m.sub(1, y), input), positive ? m.mul(positive, surprise) : surprise)
}

function voxels(input: Value): number {
  return input.shape.reduce((product, n, axis) => (axis === 1 ? product : product * n), 1)
}
