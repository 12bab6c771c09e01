import type { Op } from '../ir.ts'
import {
  activationGrad,
  elu,
  gelu,
  hardSwish,
  leakyRelu,
  mish,
  prelu,
  preluGrad,
  relu,
  sigmoid,
  softplus,
  swish,
  tanh,
} from './activation.ts'
import { attention, attentionGrad } from './attention.ts'
import { add, div, equal, greater, greaterEqual, less, lessEqual, max, min, mul, pow, sub, where } from './binary.ts'
import { conv, convInputGrad, convWeightGrad } from './conv.ts'
import { distanceTransform } from './distance.ts'
import { abs, clip, erf, exp, floor, log, neg, reciprocal, sign, sqrt, square } from './elementwise.ts'
import { gridSample, gridSampleGrad } from './gridSample.ts'
import { groupNorm, groupNormGrad } from './groupNorm.ts'
import { argMax, gather, gatherGrad, oneHot } from './indexing.ts'
import { layerNorm, layerNormGrad } from './layerNorm.ts'
import { matmul } from './matmul.ts'
import { batchNorm, batchNormGrad, batchNormInference, instanceNorm, instanceNormGrad } from './norm.ts'
import { averagePool, averagePoolGrad, maxPool, maxPoolGrad, maxPoolPick } from './pool.ts'
import { reduceMax, sum } from './reduce.ts'
import { resize, resizeGrad } from './resize.ts'
import { roll } from './roll.ts'
import { after, broadcastTo, cast, concat, detach, pad, reshape, slice, transpose } from './shape.ts'
import { logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from './softmax.ts'

/** Every operation of the graph by name; docs/ops.md describes them. */
// prettier-ignore
export const ops = {
  neg, exp, log, sqrt, abs, square, reciprocal, sign, floor, erf, clip,
  relu, sigmoid, tanh, softplus, elu, leakyRelu, gelu, swish, mish, hardSwish, activationGrad, prelu, preluGrad,
  add, sub, mul, div, max, min, pow, less, lessEqual, greater, greaterEqual, equal, where,
  sum, reduceMax, softmax, logSoftmax, softmaxGrad, logSoftmaxGrad,
  conv, convInputGrad, convWeightGrad,
  batchNorm, instanceNorm, batchNormGrad, instanceNormGrad, batchNormInference,
  layerNorm, layerNormGrad, groupNorm, groupNormGrad,
  maxPool, maxPoolGrad, maxPoolPick, averagePool, averagePoolGrad, resize, resizeGrad, gridSample, gridSampleGrad, matmul, attention, attentionGrad,
  concat, slice, pad, roll, transpose, reshape, broadcastTo, cast, oneHot, argMax, gather, gatherGrad,
  distanceTransform, after, detach,
}

/** Name of an operation. */
export type OpName = keyof typeof ops

/** Attributes of the operation of that name. */
export type AttrsOf<N extends OpName> = (typeof ops)[N] extends Op<infer A> ? A : never

export function isOpName(name: string): name is OpName {
  return Object.hasOwn(ops, name)
}

export * from './activation.ts'
export * from './attention.ts'
export * from './binary.ts'
export { type NoAttrs, type WindowAttrs } from './check.ts'
export * from './conv.ts'
export * from './distance.ts'
export * from './elementwise.ts'
export * from './gridSample.ts'
export * from './groupNorm.ts'
export * from './indexing.ts'
export * from './layerNorm.ts'
export * from './matmul.ts'
export * from './norm.ts'
export * from './pool.ts'
export * from './reduce.ts'
export * from './resize.ts'
export * from './roll.ts'
export * from './shape.ts'
export * from './softmax.ts'
