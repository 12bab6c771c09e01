import { bool, count, intOrInts, oneOf, probability, text, type Values } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { divides } from '../blocks/attention.ts'
import { firstToken } from '../blocks/embedding.ts'
import { linear } from '../blocks/linear.ts'
import { layerNorm } from '../blocks/norm.ts'
import { patchEmbeddingBlock } from '../blocks/patchEmbedding.ts'
import { transformerBlock } from '../blocks/transformerBlock.ts'
import { zero } from '../init.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { network } from '../network.ts'

const projection = oneOf('conv', 'perceptron')

/** The options that all networks with a plain vision transformer have. */
export const transformerOptions = {
  inChannels: count.req('Channels of the image.'),
  imgSize: intOrInts.req('Size of the images.'),
  hiddenSize: count.opt('Features of a token.', 768),
  mlpDim: count.opt('Width of the MLPs.', 3072),
  numHeads: count.opt('Attention heads.', 12),
  projType: projection.opt('How patches become tokens.', 'conv'),
  posEmbed: projection.opt('The older name of `projType`, which counts when this is null.', null),
  dropoutRate: probability.opt('Chance of dropout.', 0),
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
  qkvBias: bool.opt('Whether queries, keys and values have a bias.', false),
  saveAttn: bool.opt('No effect: a graph gives what it is asked for.', false),
}

const posEmbedTypes = oneOf('none', 'learnable', 'sincos')

/**
 * The vision transformer of Dosovitskiy et al. 2021 (MONAI ViT). Gives the normalised tokens `[N, patches, hiddenSize]`,
 * or class scores `[N, numClasses]` when `classification`, and then the tokens after each block.
 */
export const ViT = network({
  name: 'ViT',
  options: {
    ...transformerOptions,
    patchSize: intOrInts.req('Size of the patches that become tokens.'),
    numLayers: count.opt('Transformer blocks.', 12),
    posEmbedType: posEmbedTypes.opt('What tells tokens where they are.', 'learnable'),
    classification: bool.opt('Whether a token that stands for the whole image is classified.', false),
    numClasses: count.opt('Classes.', 2),
    postActivation: text
      .nullable()
      .opt('"Tanh" for a last tanh of the scores; none when null or another word.', 'Tanh'),
  },
  check: ({ numHeads, hiddenSize }) => divides(numHeads, hiddenSize),
  input: ({ inChannels, spatialDims, imgSize }) => ({ channels: inChannels, spatialDims, size: imgSize }),
  build: ({ classification, numClasses, postActivation, ...options }) => {
    const head = linear(options.hiddenSize, numClasses)
    const scores = postActivation === 'Tanh' ? sequential([head, pure(m.tanh)]) : head
    return visionTransformer(options, classification ? scores : undefined)
  },
})

type TransformerOptions = Values<typeof transformerOptions> & {
  readonly patchSize: number | readonly number[]
  readonly numLayers: number
  readonly posEmbedType: 'none' | 'learnable' | 'sincos'
}

/** Patches through transformer blocks; with a `head`, a token of its own is put before them, and the head sees that alone. */
export function visionTransformer(options: TransformerOptions, head?: Layer): Layer<readonly Value[]> {
  const { hiddenSize, mlpDim, numHeads, numLayers } = options
  return layer({
    weights: { cls_token: head && { shape: [1, 1, hiddenSize], init: zero, role: 'embedding' as const } },
    children: {
      patch_embedding: patchEmbeddingBlock({ ...options, projType: options.posEmbed ?? options.projType }),
      blocks: Array.from({ length: numLayers }, () => transformerBlock(hiddenSize, mlpDim, numHeads, options)),
      norm: layerNorm(hiddenSize),
      classification_head: head,
    },
    forward(own, [x]): readonly Value[] {
      const patches = own.patch_embedding(x)
      const token = own.cls_token && m.broadcastTo(own.cls_token, [x.shape[0], 1, hiddenSize])
      const hidden = [token ? m.concat([token, patches], 1) : patches]
      for (const block of own.blocks) hidden.push(block(hidden[hidden.length - 1]))
      const y = own.norm(hidden[hidden.length - 1])
      return [own.classification_head ? own.classification_head(firstToken(y)) : y, ...hidden.slice(1)]
    },
  })
}
