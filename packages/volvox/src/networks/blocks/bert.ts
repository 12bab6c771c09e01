// Parts of BERT (Devlin et al. 2019) under the names of its published weights, and MONAI's parts of two modalities.
import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import {
  bool,
  count,
  fromConfigNames,
  int,
  nonNegative,
  oneOf,
  parseOptions,
  probability,
  text,
  type Schema,
  type Values,
} from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { zero, type Init } from '../init.ts'
import { layer, type Layer, type Weight } from '../layer.ts'
import type { Named } from '../named.ts'
import { actLayer } from './act.ts'
import { attendedTo, divides } from './attention.ts'
import { dropoutLayer } from './dropout.ts'
import { distancesOf, embeddingTable, firstToken, placesOf } from './embedding.ts'
import { linear } from './linear.ts'
import { layerNorm } from './norm.ts'

/** What describes a BERT; `config` and `bert_config` of MONAI's parts hold these. */
export const bertOptions = {
  hiddenSize: count.opt('Features of a token.', 768),
  attentionProbsDropoutProb: probability.opt('Chance of dropout of attention.', 0.1),
  gradientCheckpointing: bool.opt('No effect on results; see `checkpoint` of training programs.', false),
  hiddenAct: text.opt('Activation between the two linear layers of a block.', 'gelu'),
  hiddenDropoutProb: probability.opt('Chance of dropout of tokens.', 0.1),
  initializerRange: nonNegative.opt('Deviation of the initial weights.', 0.02),
  intermediateSize: count.opt('Features between the two linear layers of a block.', 3072),
  layerNormEps: nonNegative.opt('Added to the variance.', 1e-12),
  maxPositionEmbeddings: count.opt('Most tokens of a text.', 512),
  modelType: text.opt('No effect.', 'bert'),
  numAttentionHeads: count.opt('Attention heads.', 12),
  numHiddenLayers: count.opt('No effect: the three numbers of layers count.', 12),
  padTokenId: int
    .where((n) => n >= 0, 'a whole number of 0 or more')
    .opt('The token of no word, whose row of the table is not trained.', 0),
  positionEmbeddingType: oneOf('absolute', 'relative_key', 'relative_key_query').opt(
    'What tells tokens where they are: their places, or distances that queries, or queries and keys, look up.',
    'absolute',
  ),
  transformersVersion: text.opt('No effect.', '4.10.2'),
  typeVocabSize: count.opt('Types of tokens.', 2),
  useCache: bool.opt('No effect.', true),
  vocabSize: count.opt('Different tokens.', 30522),
  chunkSizeFeedForward: int.opt('No effect on results.', 0),
  isDecoder: bool.opt('Whether `addCrossAttention` may be set; no other effect.', false),
  addCrossAttention: bool.opt('Whether blocks own the weights of an attention that is never computed.', false),
} satisfies Schema

/** The settled description of a BERT. */
export type Bert = Values<typeof bertOptions>

/** Settles a description with MONAI's or our names. */
export function bertFrom(where: string, given: Readonly<Record<string, unknown>>): Bert {
  const { classifier_dropout: _, ...options } = given // says nothing of what MONAI makes
  const bert = parseOptions(where, bertOptions, fromConfigNames(where, bertOptions, options))
  checkBert(bert)
  return bert
}

/** Throws where options do not fit each other. */
export function checkBert({ hiddenSize, numAttentionHeads, padTokenId, vocabSize, ...o }: Bert): void {
  divides(numAttentionHeads, hiddenSize)
  if (padTokenId >= vocabSize)
    throw new OptionError('padTokenId', `${padTokenId} is not one of ${vocabSize} tokens; use 0 to ${vocabSize - 1}`)
  if (o.addCrossAttention && !o.isDecoder)
    throw new OptionError('isDecoder', 'is false; addCrossAttention needs a decoder')
}

/** How BERT starts: every linear layer and table with one deviation, biases with 0. */
export function bertStart({ initializerRange }: Bert): (weight: Weight) => Init {
  return ({ role, init }) =>
    role === 'kernel' || role === 'embedding'
      ? { kind: 'normal', std: initializerRange }
      : role === 'bias'
        ? zero
        : init
}

/** transformers' names of activations that are not ours. */
const activationsOfBert: Readonly<Record<string, Named | null>> = {
  silu: 'swish',
  leaky_relu: 'leakyrelu',
  gelu_new: ['gelu', { approximate: 'tanh' }],
  gelu_pytorch_tanh: ['gelu', { approximate: 'tanh' }],
  quick_gelu: ['swish', { alpha: 1.702 }],
  linear: null,
}

/** Embedded words, types and places of tokens `[N, L]`, with types `[N, L]`, normalised: `[N, L, hiddenSize]`. */
export function bertEmbeddings(bert: Bert): Layer {
  const { hiddenSize, maxPositionEmbeddings: most } = bert
  return layer({
    children: {
      word_embeddings: embeddingTable(bert.vocabSize, hiddenSize, bert.padTokenId),
      position_embeddings: {
        ...embeddingTable(most, hiddenSize),
        isUnused: bert.positionEmbeddingType !== 'absolute',
      },
      token_type_embeddings: embeddingTable(bert.typeVocabSize, hiddenSize),
      LayerNorm: layerNorm(hiddenSize, bert.layerNormEps),
      dropout: dropoutLayer(bert.hiddenDropoutProb),
    },
    forward: (own, [tokens, types]) => {
      checkTokens(tokens, types, most)
      const words = m.add(own.word_embeddings(tokens), own.token_type_embeddings(types))
      const places = () => own.position_embeddings(placesOf(tokens.shape[1]))
      return own.dropout(own.LayerNorm(bert.positionEmbeddingType === 'absolute' ? m.add(words, places()) : words))
    },
  })
}

function checkTokens(tokens: Value, types: Value, most: number): void {
  const wrong = (problem: string): never => {
    throw new ShapeError('tokens', problem)
  }
  if (tokens.shape.length !== 2) wrong(`have shape ${shown(tokens.shape)}; give [N, L]`)
  if (tokens.shape[1] > most) wrong(`are texts of ${tokens.shape[1]}; there are places for at most ${most}`)
  if (!sameShape(types.shape, tokens.shape))
    wrong(`have shape ${shown(tokens.shape)}, their types ${shown(types.shape)}; give as many types`)
}

/** Attention of tokens `[N, L, hiddenSize]` to a second input, or to themselves without it (MONAI BertAttention). */
export function bertAttention(bert: Bert, distances?: Layer): Layer {
  const { hiddenSize: size, numAttentionHeads: heads, attentionProbsDropoutProb: dropoutRate } = bert
  return layer({
    children: {
      query: linear(size, size),
      key: linear(size, size),
      value: linear(size, size),
      distance_embedding: distances,
      dropout: dropoutLayer(dropoutRate),
    },
    forward: (own, [x, context = x], { training }) =>
      attendedTo(own.query(x), own.key(context), own.value(context), {
        heads,
        drop: training && dropoutRate > 0 ? own.dropout : undefined,
        relative: own.distance_embedding,
      }),
  })
}

/** Adds to scores `[N, heads, L, L]` what queries, and keys if they count, `[N, heads, L, depth]`, say of distances (Shaw et al. 2018). */
function distanceEmbedding({ hiddenSize, numAttentionHeads, maxPositionEmbeddings: most, ...o }: Bert): Layer {
  const depth = hiddenSize / numAttentionHeads
  return layer({
    weights: embeddingTable(2 * most - 1, depth).weights,
    forward(own, [scores, queries, keys]) {
      const rows = distancesOf(own.weight, queries.shape[2])
      const asked = m.contract('nhld,lrd->nhlr', queries, rows)
      const said =
        o.positionEmbeddingType === 'relative_key_query'
          ? m.add(asked, m.contract('nhrd,lrd->nhlr', keys, rows))
          : asked
      return m.add(scores, m.mul(said, 1 / Math.sqrt(depth)))
    },
  })
}

/** A linear layer of `inFeatures`, added to the second input and normalised (MONAI BertOutput). */
export function bertOutput(bert: Bert, inFeatures = bert.hiddenSize, eps = bert.layerNormEps): Layer {
  return layer({
    children: {
      dense: linear(inFeatures, bert.hiddenSize),
      LayerNorm: layerNorm(bert.hiddenSize, eps),
      dropout: dropoutLayer(bert.hiddenDropoutProb),
    },
    forward: (own, [x, before]) => own.LayerNorm(m.add(own.dropout(own.dense(x)), before)),
  })
}

/** A block of BERT: tokens `[N, L, hiddenSize]` attend to each other, then pass two linear layers. */
export function bertLayer(bert: Bert): Layer {
  const { hiddenSize, intermediateSize, hiddenAct, positionEmbeddingType } = bert
  const attention = () =>
    layer({
      children: {
        self: bertAttention(bert, positionEmbeddingType === 'absolute' ? undefined : distanceEmbedding(bert)),
        output: bertOutput(bert),
      },
      forward: (own, [x]) => own.output(own.self(x), x),
    })
  const act = Object.hasOwn(activationsOfBert, hiddenAct) ? activationsOfBert[hiddenAct] : hiddenAct
  return layer({
    children: {
      attention: attention(),
      crossattention: bert.addCrossAttention ? { ...attention(), isUnused: true } : undefined,
      intermediate: layer({
        children: { dense: linear(hiddenSize, intermediateSize), intermediate_act_fn: actLayer(act, 'hiddenAct') },
        forward: (own, [x]) => own.intermediate_act_fn(own.dense(x)),
      }),
      output: bertOutput(bert, intermediateSize),
    },
    forward: (own, [x]) => {
      const y = own.attention(x)
      return own.output(own.intermediate(y), y)
    },
  })
}

/** MONAI's norms of its own parts add this whatever the description says. */
export const mixedEps = 1e-12

/** Two sequences `[N, L, hiddenSize]` and `[N, M, hiddenSize]` that attend to each other (MONAI BertMixedLayer). */
export function bertMixedLayer(bert: Bert): Layer<readonly Value[]> {
  const output = () => bertOutput(bert, bert.hiddenSize, mixedEps)
  return layer({
    children: { att_x: bertAttention(bert), output_x: output(), att_y: bertAttention(bert), output_y: output() },
    forward: (own, [x, y]): readonly Value[] => {
      const [toX, toY] = [own.att_x(x, y), own.att_y(y, x)] // dropout is drawn in this order
      return [own.output_x(toX, x), own.output_y(toY, y)]
    },
  })
}

/** The first token of `[N, L, hiddenSize]` through a linear layer and tanh, `[N, hiddenSize]` (MONAI Pooler). */
export function pooler(hiddenSize: number): Layer {
  return layer({
    children: { dense: linear(hiddenSize, hiddenSize), activation: actLayer('tanh') },
    forward: (own, [x]) => own.activation(own.dense(firstToken(x))),
  })
}
