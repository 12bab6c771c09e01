// Attention by MONAI's names, for configs.
import {
  anything,
  bool,
  count,
  ints,
  nonNegative,
  oneOf,
  probability,
  type Schema,
  type Values,
} from '../../core/options.ts'
import { network, optionError } from '../network.ts'
import { crossAttentionBlock, divides, saBlock } from './attention.ts'
import { spatialAttentionBlock } from './spatialAttention.ts'
import { transformerBlock } from './transformerBlock.ts'
import { blockOptions } from './unitOptions.ts'

const size = {
  hiddenSize: count.req('Features of a token.'),
  numHeads: count.req('Attention heads.'),
} satisfies Schema

const dropoutRate = probability.opt('Chance of dropout, of attention and of the result.', 0)
const qkvBias = bool.opt('Whether queries, keys and values have a bias.', false)
const saveAttn = bool.opt('No effect: a graph gives what it is asked for.', false)
const useFlashAttention = bool.opt('No effect: attention is never computed as a whole matrix.', false)
const attentionDtype = anything.opt('No effect: what is computed in 16 bits is the matter of a session.', null)

const causality = {
  causal: bool.opt('Whether each token sees only those up to itself.', false),
  sequenceLength: count.opt('The longest sequence, which `causal` needs.', null),
} satisfies Schema

const heads = {
  dimHead: count.opt('Features of a head; when null, the heads share those of a token.', null),
  hiddenInputSize: count.opt('Features of a token, where they are not `hiddenSize`.', null),
} satisfies Schema

const places = {
  relPosEmbedding: oneOf('decomposed').opt('Whether relative places of tokens count.', null),
  inputSize: ints.opt('Sizes of the lattice of tokens, which `relPosEmbedding` needs.', null),
} satisfies Schema

const fc = {
  includeFc: bool.opt('Whether what the heads give goes through a last linear layer.', true),
  useCombinedLinear: bool.opt('Whether queries, keys and values come from one linear layer.', true),
} satisfies Schema

/** Multi-head attention of a sequence `[N, tokens, features]` to itself (MONAI SABlock). */
export const SABlock = network({
  name: 'SABlock',
  options: {
    ...size,
    dropoutRate,
    qkvBias,
    saveAttn,
    ...heads,
    ...causality,
    ...places,
    attentionDtype,
    ...fc,
    useFlashAttention,
  },
  check: checkAttention,
  build: ({ hiddenSize, numHeads, ...o }) => saBlock(hiddenSize, numHeads, { ...o, ...attentionOf(o) }),
})

/** Attention of a sequence `[N, tokens, features]` to a second input, or to itself without it (MONAI CrossAttentionBlock). */
export const CrossAttentionBlock = network({
  name: 'CrossAttentionBlock',
  options: {
    ...size,
    dropoutRate,
    ...heads,
    contextInputSize: count.opt('Features of the second input; `hiddenSize` when null.', null),
    qkvBias,
    saveAttn,
    ...causality,
    ...places,
    attentionDtype,
    useFlashAttention,
  },
  check: checkAttention,
  build: ({ hiddenSize, numHeads, contextInputSize: contextSize, ...o }) =>
    crossAttentionBlock(hiddenSize, numHeads, { ...o, ...attentionOf(o), contextSize }),
})

/** Attention, to a second input too if wanted, and an MLP, each added to its input (MONAI TransformerBlock). */
export const TransformerBlock = network({
  name: 'TransformerBlock',
  options: {
    ...size,
    mlpDim: count.req('Width of the MLP.'),
    dropoutRate,
    qkvBias,
    saveAttn,
    ...causality,
    withCrossAttention: bool.opt('Whether a second input is attended to.', false),
    useFlashAttention,
    ...fc,
  },
  check: checkAttention,
  build: ({ hiddenSize, mlpDim, numHeads, ...o }) =>
    transformerBlock(hiddenSize, mlpDim, numHeads, { ...o, causalLength: causalLengthOf(o) }),
})

/** Every voxel's attention to all others of the normalised map, added to the map (MONAI SpatialAttentionBlock). */
export const SpatialAttentionBlock = network({
  name: 'SpatialAttentionBlock',
  options: {
    spatialDims: blockOptions.spatialDims,
    numChannels: count.req('Channels.'),
    numHeadChannels: count.opt('Channels of a head; one head when null.', null),
    normNumGroups: count.opt('Groups of channels that are normalised together.', 32),
    normEps: nonNegative.opt('Added to the variance.', 1e-6),
    attentionDtype,
    includeFc: fc.includeFc,
    useCombinedLinear: bool.opt('Whether queries, keys and values come from one linear layer.', false),
    useFlashAttention,
  },
  check: ({ spatialDims }) =>
    void (spatialDims > 1 || optionError('spatialDims', 'is 1; attention takes images of 2 or 3 spatial axes')),
  input: ({ numChannels, spatialDims }) => ({ channels: numChannels, spatialDims }),
  build: ({ numChannels, numHeadChannels, ...o }) =>
    spatialAttentionBlock(numChannels, { ...o, numHeadChannels: numHeadChannels ?? undefined }),
})

type Causal = Values<typeof causality>

function checkAttention(o: Values<typeof size> & Causal & Partial<Values<typeof heads> & Values<typeof places>>): void {
  if (!o.dimHead) divides(o.numHeads, o.hiddenSize)
  if (o.causal && o.sequenceLength === null) optionError('sequenceLength', 'is null; `causal` needs it')
  if (o.relPosEmbedding && !o.inputSize) optionError('inputSize', 'is null; `relPosEmbedding` needs it')
}

function attentionOf(o: Causal & Values<typeof heads> & Values<typeof places>) {
  return {
    inputSize: o.hiddenInputSize,
    headSize: o.dimHead,
    causalLength: causalLengthOf(o),
    lattice: o.relPosEmbedding && o.inputSize,
  }
}

function causalLengthOf({ causal, sequenceLength }: Causal): number | undefined {
  return causal ? (sequenceLength ?? undefined) : undefined
}
