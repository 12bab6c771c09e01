import type { OpName } from 'volvox/graph'
import type { Lower } from '../lower.ts'
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
import { argMax, gather, gatherGrad, oneHot } from './indexing.ts'
import { matmul } from './matmul.ts'
import { maxPoolPick } from './maxPoolPick.ts'
import {
  batchNorm,
  batchNormGrad,
  batchNormInference,
  groupNorm,
  groupNormGrad,
  instanceNorm,
  instanceNormGrad,
  layerNorm,
  layerNormGrad,
} from './norm.ts'
import { averagePool, averagePoolGrad, maxPool, maxPoolGrad } from './pool.ts'
import { reduceMax, sum } from './reduce.ts'
import { resize, resizeGrad } from './resize.ts'
import { after, broadcastTo, cast, concat, detach, pad, reshape, roll, slice, transpose } from './shape.ts'
import { logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from './softmax.ts'

/** How each operation of the graph is written in ONNX. An operation without an entry does not compile. */
// prettier-ignore
export const lowerings = {
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
} satisfies { readonly [N in OpName]: Lower<N> }
