import type { OpName } from '../ops/index.ts'
import type { Kernel } from './array.ts'
import * as a from './attention.ts'
import * as c from './conv.ts'
import * as d from './distance.ts'
import * as e from './elementwise.ts'
import * as g from './gridSample.ts'
import * as n from './norm.ts'
import * as p from './pool.ts'
import * as r from './reduce.ts'
import * as z from './resize.ts'
import * as s from './shape.ts'

/** How each operation is computed; an operation that is missing here does not compile. */
// prettier-ignore
export const kernels = {
  neg: e.neg, exp: e.exp, log: e.log, sqrt: e.sqrt, abs: e.abs, square: e.square, reciprocal: e.reciprocal, sign: e.sign,
  floor: e.floor, erf: e.erfKernel, clip: e.clip,
  relu: e.relu, sigmoid: e.sigmoid, tanh: e.tanh, softplus: e.softplus, elu: e.elu, leakyRelu: e.leakyRelu, gelu: e.gelu,
  swish: e.swish, mish: e.mish, hardSwish: e.hardSwish, activationGrad: e.activationGrad, prelu: e.prelu, preluGrad: e.preluGrad,
  add: e.add, sub: e.sub, mul: e.mul, div: e.div, max: e.max, min: e.min, pow: e.pow,
  less: e.less, lessEqual: e.lessEqual, greater: e.greater, greaterEqual: e.greaterEqual, equal: e.equal, where: e.where,
  sum: r.sum, reduceMax: r.reduceMax, softmax: r.softmax, logSoftmax: r.logSoftmax,
  softmaxGrad: r.softmaxGrad, logSoftmaxGrad: r.logSoftmaxGrad, argMax: r.argMax, matmul: r.matmul, attention: a.attention, attentionGrad: a.attentionGrad,
  conv: c.conv, convInputGrad: c.convInputGrad, convWeightGrad: c.convWeightGrad,
  maxPool: p.maxPool, maxPoolGrad: p.maxPoolGrad, maxPoolPick: p.maxPoolPick,
  averagePool: p.averagePool, averagePoolGrad: p.averagePoolGrad,
  resize: z.resize, resizeGrad: z.resizeGrad, gridSample: g.gridSample, gridSampleGrad: g.gridSampleGrad,
  batchNorm: n.batchNorm, instanceNorm: n.instanceNorm, batchNormGrad: n.batchNormGrad, instanceNormGrad: n.instanceNormGrad,
  batchNormInference: n.batchNormInference, layerNorm: n.layerNorm, layerNormGrad: n.layerNormGrad, groupNorm: n.groupNorm, groupNormGrad: n.groupNormGrad,
  concat: s.concat, slice: s.slice, pad: s.pad, roll: s.roll, transpose: s.transpose, reshape: s.reshape, broadcastTo: s.broadcastTo,
  cast: s.cast, oneHot: s.oneHot, gather: s.gather, gatherGrad: s.gatherGrad,
  distanceTransform: d.distanceTransform,
  after: s.after, detach: s.detach,
} satisfies { readonly [N in OpName]: Kernel<N> }
