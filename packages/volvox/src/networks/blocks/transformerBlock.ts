import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { crossAttentionBlock, saBlock, type AttentionBlockOptions } from './attention.ts'
import { layerNorm } from './norm.ts'
import { mlpBlock } from './mlp.ts'

export interface TransformerBlockOptions extends AttentionBlockOptions {
  readonly withCrossAttention?: boolean
}

/**
 * MONAI TransformerBlock: self-attention, then an MLP, each of the normalised sequence and added to it; between them
 * attention to a second input when `withCrossAttention`. The weights of that are there in any case.
 */
export function transformerBlock(
  hiddenSize: number,
  mlpDim: number,
  numHeads: number,
  { withCrossAttention = false, ...attention }: TransformerBlockOptions = {},
): Layer {
  return layer({
    children: {
      mlp: mlpBlock(hiddenSize, mlpDim, attention.dropoutRate),
      norm1: layerNorm(hiddenSize),
      attn: saBlock(hiddenSize, numHeads, attention),
      norm2: layerNorm(hiddenSize),
      norm_cross_attn: layerNorm(hiddenSize),
      cross_attn: crossAttentionBlock(hiddenSize, numHeads, {
        dropoutRate: attention.dropoutRate,
        qkvBias: attention.qkvBias,
      }),
    },
    forward(own, [x, context]) {
      let y = m.add(x, own.attn(own.norm1(x)))
      if (withCrossAttention) y = m.add(y, own.cross_attn(own.norm_cross_attn(y), ...(context ? [context] : [])))
      return m.add(y, own.mlp(own.norm2(y)))
    },
  })
}
