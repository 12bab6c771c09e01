import type { OpName } from 'volvox/graph'
import { activationGrad, prelu, preluGrad } from './activation.ts'
import { after, detach } from './after.ts'
import { attention, attentionGrad } from './attention.ts'
import { conv, convInputGrad, convWeightGrad } from './conv.ts'
import { distanceTransform } from './distance.ts'
import { gridSample, gridSampleGrad } from './gridSample.ts'
import { groupNorm, groupNormGrad } from './groupNorm.ts'
import { argMax, gather, gatherGrad, oneHot } from './indexing.ts'
import { layerNorm, layerNormGrad } from './layerNorm.ts'
import type { Lower } from './lowering.ts'
import { matmul } from './matmul.ts'
import { maxPoolPick } from './maxPoolPick.ts'
import { batchNorm, batchNormGrad, instanceNorm, instanceNormGrad } from './norm.ts'
import { averagePool, averagePoolGrad, maxPool, maxPoolGrad } from './pool.ts'
import { reduceMax, sum } from './reduce.ts'
import { resize, resizeGrad } from './resize.ts'
import { roll } from './roll.ts'
import { broadcastTo, cast, concat, pad, reshape, slice, transpose } from './shape.ts'
import { logSoftmax, softmax } from './softmax.ts'
import { logSoftmaxGrad, softmaxGrad } from './softmaxGrad.ts'

/** Operations that run as elementwise chains. */
type Elementwise =
  | 'neg' | 'exp' | 'log' | 'sqrt' | 'abs' | 'square' | 'reciprocal' | 'sign' | 'floor' | 'erf' | 'clip' | 'relu' | 'sigmoid' | 'tanh'
  | 'softplus' | 'elu' | 'leakyRelu' | 'gelu' | 'swish' | 'mish' | 'hardSwish' | 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'pow' | 'less' | 'lessEqual'
  | 'greater' | 'greaterEqual' | 'equal' | 'where' // prettier-ignore

/** Operations that are run by what they decompose into. */
type Decomposed = 'batchNormInference'

/** How each operation is put into the library's primitives; one that is missing here does not compile. */
export const lowerings = {
  after,
  detach,
  activationGrad,
  prelu,
  preluGrad,
  conv,
  convInputGrad,
  convWeightGrad,
  argMax,
  distanceTransform,
  gather,
  gatherGrad,
  oneHot,
  matmul,
  attention,
  attentionGrad,
  layerNorm,
  layerNormGrad,
  softmaxGrad,
  logSoftmaxGrad,
  batchNorm,
  batchNormGrad,
  instanceNorm,
  instanceNormGrad,
  groupNorm,
  groupNormGrad,
  averagePool,
  averagePoolGrad,
  maxPool,
  maxPoolGrad,
  maxPoolPick,
  reduceMax,
  sum,
  resize,
  resizeGrad,
  gridSample,
  gridSampleGrad,
  broadcastTo,
  cast,
  concat,
  pad,
  reshape,
  roll,
  slice,
  transpose,
  logSoftmax,
  softmax, // prettier-ignore
} satisfies { readonly [N in Exclude<OpName, Elementwise | Decomposed>]: Lower<N> }

const decomposed: Readonly<Record<Decomposed, true>> = { batchNormInference: true }

/** Whether an operation runs as it is, not decomposed. */
export function hasLowering(op: string): boolean {
  return !Object.hasOwn(decomposed, op)
}
