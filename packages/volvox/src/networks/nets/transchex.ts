import { z } from 'zod'
import { ShapeError, shown } from '../../core/errors.ts'
import { count, int, Kind, ints, probability, text, type Schema } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import {
  bertAttention,
  bertEmbeddings,
  bertFrom,
  bertLayer,
  bertMixedLayer,
  bertOptions,
  bertOutput,
  bertStart,
  checkBert,
  mixedEps,
  pooler,
  type Bert,
} from '../blocks/bert.ts'
import { conv } from '../blocks/conv.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { linear } from '../blocks/linear.ts'
import { layerNorm } from '../blocks/norm.ts'
import { channelsLast } from '../blocks/patchEmbedding.ts'
import { checkInput } from '../inputRule.ts'
import { zero } from '../init.ts'
import type { NetworkInput } from '../inputs.ts'
import { layer, type Layer } from '../layer.ts'
import { network, optionError } from '../network.ts'

const layers = int.where((n) => n >= 0, 'a whole number of 0 or more')
const depths = {
  numLanguageLayers: layers.req('Blocks that the text passes.'),
  numVisionLayers: layers.req('Blocks that the image passes.'),
  numMixedLayers: layers.req('Blocks in which text and image attend to each other.'),
} satisfies Schema

const options = {
  inChannels: count.req('Channels of the image.'),
  imgSize: ints.req('Size of the images.'),
  patchSize: ints.req('Size of the patches that become tokens.'),
  numClasses: count.req('Classes.'),
  ...depths,
  dropOut: probability.opt('Chance of dropout before the scores.', 0),
  ...bertOptions,
  pathOrRepoId: text.opt(
    'No effect: MONAI takes embeddings of words from there; nothing is downloaded.',
    'bert-base-uncased',
  ),
  filename: text.opt('No effect.', 'pytorch_model.bin'),
} satisfies Schema

/** Tokens, of which a report has at most 512 in BERT, and their types. */
const tokenInputs: readonly NetworkInput[] = [
  { name: 'input_ids', about: 'tokens [N, L]', dtype: 'int32', shape: ([n]) => [n, 128] },
  { name: 'token_type_ids', about: 'their types [N, L]', dtype: 'int32', presence: 'usual', shape: (tokens) => tokens },
]

/**
 * Classes of an image and its report (Hatamizadeh et al. 2022; MONAI Transchex). Takes tokens `[N, L]`, perhaps their types
 * `[N, L]`, and images `[N, inChannels, H, W]`; gives scores `[N, numClasses]`. MONAI starts with the embeddings of a published
 * BERT; here they are drawn, and can be loaded.
 */
export const Transchex = network({
  name: 'Transchex',
  options,
  inputs: ({ inChannels, imgSize }) => [
    ...tokenInputs,
    { name: 'vision_feats', about: 'an image', shape: ([n]) => [n, inChannels, ...imgSize] },
  ],
  check: ({ imgSize, patchSize, ...o }) => {
    checkBert(o)
    if (imgSize.length !== 2 || patchSize.length !== 2)
      optionError(
        'imgSize',
        `${shown(imgSize)} and patchSize ${shown(patchSize)} are not of pictures; give two sizes each`,
      )
    imgSize.forEach((n, i) => {
      if (n % patchSize[i] !== 0)
        optionError('patchSize', `${patchSize[i]} does not divide the image's ${n} pixels on axis ${i}; use a divisor`)
    })
  },
  build: ({ inChannels, imgSize, patchSize, numClasses, ...o }) => {
    const { hiddenSize } = o
    const patches = sizeOf(imgSize) / sizeOf(patchSize)
    return layer({
      weights: { pos_embed_vis: { shape: [1, patches, hiddenSize], init: zero, role: 'embedding' } },
      children: {
        multimodal: multiModal(o, o),
        vision_proj: conv(2, inChannels, hiddenSize, { kernelSize: patchSize, strides: patchSize }),
        norm_vision_pos: layerNorm(hiddenSize),
        pooler: pooler(hiddenSize),
        drop: dropoutLayer(o.dropOut),
        cls_head: linear(hiddenSize, numClasses),
      },
      forward: (own, [tokens, ...rest]) => {
        const [types, image] = rest.length > 1 ? rest : [m.mul(tokens, 0), rest[0]]
        checkInput('Transchex', image, { channels: inChannels, spatialDims: 2, size: imgSize })
        if (image.shape[0] !== tokens.shape[0])
          throw new ShapeError(
            'Transchex',
            `got ${tokens.shape[0]} texts and ${image.shape[0]} images; give as many of each`,
          )
        const seen = m.reshape(channelsLast(own.vision_proj(image)), [image.shape[0], patches, hiddenSize])
        const vision = m.add(own.norm_vision_pos(seen), own.pos_embed_vis)
        const [language] = own.multimodal(tokens, types, vision)
        return own.cls_head(own.drop(own.pooler(language)))
      },
    })
  },
})

interface Depths {
  readonly numLanguageLayers: number
  readonly numVisionLayers: number
  readonly numMixedLayers: number
}

/** Tokens and their types `[N, L]` and features of an image `[N, M, hiddenSize]` to features of both. */
function multiModal(depth: Depths, bert: Bert): Layer<readonly Value[]> {
  const several = <T>(n: number, make: (bert: Bert) => T) => Array.from({ length: n }, () => make(bert))
  const mixed = Object.fromEntries(several(depth.numMixedLayers, bertMixedLayer).entries())
  const made = layer({
    children: {
      embeddings: bertEmbeddings(bert),
      language_encoder: several(depth.numLanguageLayers, bertLayer),
      vision_encoder: several(depth.numVisionLayers, bertLayer),
      mixed_encoder: layer({
        children: mixed,
        forward: (own, both): readonly Value[] =>
          Object.keys(mixed).reduce<readonly Value[]>(([x, y], i) => own[i](x, y), both),
      }),
    },
    forward: (own, [tokens, types, image]): readonly Value[] => {
      const words = own.embeddings(tokens, types) // dropout is drawn in the order of these lines
      const vision = own.vision_encoder.reduce((y, block) => block(y), image)
      const language = own.language_encoder.reduce((y, block) => block(y), words)
      return own.mixed_encoder(language, vision)
    },
  })
  return { ...made, initOf: bertStart(bert) }
}

const description: Kind<Readonly<Record<string, unknown>>> = new Kind('options by name', () =>
  z.record(z.string(), z.unknown()),
)
const config = { config: description.req('What describes the BERT, such as `hidden_size`.') } satisfies Schema
const multiModalOptions = { ...depths, bertConfig: config.config } satisfies Schema

/** The part of Transchex in which text and image attend to each other: tokens, types, features of an image (MONAI MultiModal). */
export const MultiModal = network<typeof multiModalOptions, readonly Value[]>({
  name: 'MultiModal',
  options: multiModalOptions,
  inputs: () => [
    ...tokenInputs.map((input): NetworkInput => ({ ...input, presence: 'needed' })),
    { name: 'vision_feats', about: 'features of an image' },
  ],
  build: ({ bertConfig, ...depth }) => multiModal(depth, bertFrom('bertConfig', bertConfig)),
})

/** Attention of tokens `[N, L, features]` to a second input (MONAI BertAttention). */
export const BertAttention = network({
  name: 'BertAttention',
  options: config,
  inputs: () => [
    { name: 'hidden_states', about: 'tokens' },
    { name: 'context', about: 'what they attend to' },
  ],
  build: (o) => bertAttention(bertFrom('config', o.config)),
})

/** A linear layer, added to the second input and normalised (MONAI BertOutput). */
export const BertOutput = network({
  name: 'BertOutput',
  options: config,
  inputs: () => [
    { name: 'hidden_states', about: 'tokens' },
    { name: 'input_tensor', about: 'what they are added to' },
  ],
  build: (o) => {
    const bert = bertFrom('config', o.config)
    return bertOutput(bert, bert.hiddenSize, mixedEps)
  },
})

/** Two sequences of tokens `[N, L, features]` that attend to each other (MONAI BertMixedLayer). */
export const BertMixedLayer = network<typeof config, readonly Value[]>({
  name: 'BertMixedLayer',
  options: config,
  inputs: () => [
    { name: 'x', about: 'tokens' },
    { name: 'y', about: 'the others' },
  ],
  build: (o) => bertMixedLayer(bertFrom('config', o.config)),
})

/** The first token of `[N, L, hiddenSize]` through a linear layer and tanh (MONAI Pooler). */
export const Pooler = network({
  name: 'Pooler',
  options: { hiddenSize: count.req('Features of a token.') },
  build: ({ hiddenSize }) => pooler(hiddenSize),
})
