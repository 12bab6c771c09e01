import { ShapeError, shown } from '../../core/errors.ts'
import { bool, count, probability } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { divides } from '../blocks/attention.ts'
import { contextInput } from '../blocks/diffusionConditions.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { embeddingTable, placesOf } from '../blocks/embedding.ts'
import { linear } from '../blocks/linear.ts'
import { transformerBlock } from '../blocks/transformerBlock.ts'
import { layer } from '../layer.ts'
import { network } from '../network.ts'

const name = 'DecoderOnlyTransformer'

/**
 * Scores of what comes after each token of a sequence (MONAI DecoderOnlyTransformer). Inputs: tokens `[N, L]`, and with
 * `withCrossAttention` optionally a context `[N, tokens, attnLayersDim]`; gives `[N, L, numTokens]`.
 */
export const DecoderOnlyTransformer = network({
  name,
  options: {
    numTokens: count.req('Different tokens.'),
    maxSeqLen: count.req('Most tokens of a sequence.'),
    attnLayersDim: count.req('Features of a token.'),
    attnLayersDepth: count.req('Transformer blocks.'),
    attnLayersHeads: count.req('Attention heads.'),
    withCrossAttention: bool.opt('Whether blocks look at a context, too.', false),
    embeddingDropoutRate: probability.opt('Chance of dropout of embedded tokens.', 0),
    includeFc: bool.opt('Whether attention ends with a linear layer.', true),
    useCombinedLinear: bool.opt('Whether queries, keys and values come from one linear layer.', false),
    useFlashAttention: bool.opt('No effect: attention is never computed as a whole matrix.', false),
  },
  check: ({ attnLayersHeads, attnLayersDim }) => divides(attnLayersHeads, attnLayersDim),
  inputs: ({ maxSeqLen, attnLayersDim, withCrossAttention }) => [
    { name: 'x', about: 'tokens [N, L]', dtype: 'int32', shape: ([n]) => [n, maxSeqLen] },
    ...(withCrossAttention ? [contextInput(attnLayersDim)] : []),
  ],
  build(options) {
    const { numTokens, maxSeqLen, attnLayersDim: features, attnLayersHeads: heads, withCrossAttention } = options
    const { includeFc, useCombinedLinear } = options
    const block = () =>
      transformerBlock(features, 4 * features, heads, {
        withCrossAttention,
        includeFc,
        useCombinedLinear,
        causalLength: maxSeqLen,
      })
    return layer({
      children: {
        token_embeddings: embeddingTable(numTokens, features),
        position_embeddings: layer({
          children: { embedding: embeddingTable(maxSeqLen, features) },
          forward: (own, [places]) => own.embedding(places),
        }),
        embedding_dropout: dropoutLayer(options.embeddingDropoutRate),
        blocks: Array.from({ length: options.attnLayersDepth }, block),
        to_logits: linear(features, numTokens),
      },
      forward(own, [tokens, ...context]) {
        checkTokens(tokens, maxSeqLen)
        if (context.length > 0 && !withCrossAttention)
          throw new ShapeError(name, 'got a context, but has no attention to one; set withCrossAttention')
        const placed = own.position_embeddings(placesOf(tokens.shape[1]))
        const embedded: Value = m.add(own.token_embeddings(tokens), placed)
        return own.to_logits(own.blocks.reduce((x, block) => block(x, ...context), own.embedding_dropout(embedded)))
      },
    })
  },
})

function checkTokens({ shape }: Value, most: number): void {
  if (shape.length !== 2) throw new ShapeError(name, `tokens have shape ${shown(shape)}; give [N, L]`)
  if (shape[1] > most)
    throw new ShapeError(name, `got sequences of ${shape[1]} tokens; it was made for at most ${most}`)
}
