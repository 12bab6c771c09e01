import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { attendedLayer } from './attention.ts'
import { linear } from './linear.ts'
import { mlpBlock } from './mlp.ts'
import { layerNorm } from './norm.ts'

export interface TwoWayOptions {
  readonly depth: number
  /** Features of a token. */
  readonly features: number
  readonly heads: number
  readonly mlpDim: number
}

/**
 * Tokens and an image that attend to each other (Kirillov et al. 2023; MONAI TwoWayTransformer): the image `[B, L, features]`,
 * where its places are, alike, and tokens `[B, T, features]`; gives tokens and image.
 */
export function twoWayTransformer({ depth, features, heads, mlpDim }: TwoWayOptions): Layer<readonly Value[]> {
  return layer({
    children: {
      layers: inTurn(Array.from({ length: depth }, (_, i) => twoWayBlock(features, heads, mlpDim, i === 0))),
      final_attn_token_to_image: projectedAttention(features, heads, 2),
      norm_final_attn: layerNorm(features),
    },
    forward: (own, [image, places, tokens]): readonly Value[] => {
      const [queries, keys] = own.layers(tokens, image, tokens, places)
      const seen = own.final_attn_token_to_image(m.add(queries, tokens), m.add(keys, places), keys)
      return [own.norm_final_attn(m.add(queries, seen)), keys]
    },
  })
}

/** Each block takes the tokens and the image that the one before gave; their places stay. */
function inTurn(blocks: readonly Layer<readonly Value[]>[]): Layer<readonly Value[]> {
  const children = Object.fromEntries(blocks.map((block, i) => [String(i), block]))
  return layer({
    children,
    forward: (own, [tokens, image, ...places]): readonly Value[] =>
      Object.keys(children).reduce<readonly Value[]>((both, i) => own[i](...both, ...places), [tokens, image]),
  })
}

/** Tokens to each other, tokens to the image, each token by itself, the image to the tokens (MONAI TwoWayAttentionBlock). */
function twoWayBlock(features: number, heads: number, mlpDim: number, isFirst: boolean): Layer<readonly Value[]> {
  return layer({
    children: {
      self_attn: projectedAttention(features, heads, 1),
      norm1: layerNorm(features),
      cross_attn_token_to_image: projectedAttention(features, heads, 2),
      norm2: layerNorm(features),
      mlp: mlpBlock(features, mlpDim, 0, 'relu'),
      norm3: layerNorm(features),
      norm4: layerNorm(features),
      cross_attn_image_to_token: projectedAttention(features, heads, 2),
    },
    forward: (own, [tokens, image, tokenPlaces, imagePlaces]): readonly Value[] => {
      const placed = m.add(tokens, tokenPlaces)
      const among = isFirst
        ? own.self_attn(tokens, tokens, tokens)
        : m.add(tokens, own.self_attn(placed, placed, tokens))
      const first = own.norm1(among)
      const imagePlaced = m.add(image, imagePlaces)
      const seen = own.cross_attn_token_to_image(m.add(first, tokenPlaces), imagePlaced, image)
      const second = own.norm2(m.add(first, seen))
      const third = own.norm3(m.add(second, own.mlp(second)))
      const told = own.cross_attn_image_to_token(imagePlaced, m.add(third, tokenPlaces), third)
      return [third, own.norm4(m.add(image, told))]
    },
  })
}

/** Attention in fewer features (MONAI vista3d.Attention): q `[B, L, features]` to k and v `[B, M, features]`. */
function projectedAttention(features: number, heads: number, fewer: number): Layer {
  const inner = Math.floor(features / fewer)
  return layer({
    children: {
      q_proj: linear(features, inner),
      k_proj: linear(features, inner),
      v_proj: linear(features, inner),
      out_proj: linear(inner, features),
      attended: attendedLayer(inner, heads, 0),
    },
    forward: (own, [q, k, v]) => own.out_proj(own.attended(own.q_proj(q), own.k_proj(k), own.v_proj(v))),
  })
}
