import { ShapeError, shown } from '../../core/errors.ts'
import * as m from '../../graph/math.ts'
import { conv } from '../blocks/conv.ts'
import { firstToken } from '../blocks/embedding.ts'
import { linear } from '../blocks/linear.ts'
import { layerNorm } from '../blocks/norm.ts'
import { selfAttention } from '../blocks/transformerEncoder.ts'
import { zero, type Init } from '../init.ts'
import { layer, pure, sequential, type Layer, type Weight } from '../layer.ts'

interface Size {
  readonly patch: number
  readonly depth: number
  readonly heads: number
  readonly features: number
  /** Of the images; 224 unless given. */
  readonly image?: number
}

/** By torchvision's names (Dosovitskiy et al. 2021). */
const sizes: Readonly<Record<string, Size>> = {
  vit_b_16: { patch: 16, depth: 12, heads: 12, features: 768 },
  vit_b_32: { patch: 32, depth: 12, heads: 12, features: 768 },
  vit_l_16: { patch: 16, depth: 24, heads: 16, features: 1024 },
  vit_l_32: { patch: 32, depth: 24, heads: 16, features: 1024 },
  vit_h_14: { patch: 14, depth: 32, heads: 16, features: 1280 },
}

/** Added to the variance by all norms. */
const eps = 1e-6

/** Vision transformers under torchvision's state-dict names: `[N, 3, 224, 224]` to `[N, classes]`. */
export const visionTransformers: Readonly<Record<string, (classes: number) => Layer>> = Object.fromEntries(
  Object.entries(sizes).map(([name, size]) => [name, (classes: number) => visionTransformer(size, classes)]),
)

function visionTransformer({ patch, depth, heads, features, image = 224 }: Size, classes: number): Layer {
  const side = image / patch
  const class_token: Weight = { shape: [1, 1, features], init: zero, role: 'embedding' }
  const spread: Init = { kind: 'truncatedNormal', std: Math.sqrt(1 / (3 * patch ** 2)), limit: 2 }
  const proj = conv(2, 3, features, { kernelSize: patch, strides: patch, kernelInit: () => spread })
  return layer({
    weights: { class_token },
    children: {
      conv_proj: { ...proj, initOf: ({ role, init }: Weight) => (role === 'bias' ? zero : init) },
      encoder: encoder(1 + side ** 2, depth, heads, features),
      heads: sequential({ head: linear(features, classes, { init: { weight: zero, bias: zero } }) }),
    },
    forward: (own, [x]) => {
      if (x.shape[2] !== image || x.shape[3] !== image)
        throw new ShapeError(
          'vit',
          `images have sizes ${shown(x.shape.slice(2))}; this network takes [${image}, ${image}]`,
        )
      const samples = x.shape[0]
      const patches = m.transpose(m.reshape(own.conv_proj(x), [samples, features, side ** 2]), [0, 2, 1])
      const tokens = m.concat([m.broadcastTo(own.class_token, [samples, 1, features]), patches], 1)
      return own.heads(firstToken(own.encoder(tokens)))
    },
  })
}

function encoder(tokens: number, depth: number, heads: number, features: number): Layer {
  const blocks = Array.from({ length: depth }, (_, i) => [`encoder_layer_${i}`, encoderBlock(heads, features)])
  return layer({
    weights: {
      pos_embedding: { shape: [1, tokens, features], init: { kind: 'normal', std: 0.02 }, role: 'embedding' },
    },
    children: { layers: sequential(Object.fromEntries(blocks) as Record<string, Layer>), ln: layerNorm(features, eps) },
    forward: (own, [x]) => own.ln(own.layers(m.add(x, own.pos_embedding))),
  })
}

/** Attention and an MLP, each of the normalised sequence and added to it. */
function encoderBlock(heads: number, features: number): Layer {
  const dense = (from: number, to: number) =>
    linear(from, to, {
      init: { weight: { kind: 'uniform', bound: Math.sqrt(6 / (from + to)) }, bias: { kind: 'normal', std: 1e-6 } },
    })
  return layer({
    children: {
      ln_1: layerNorm(features, eps),
      self_attention: selfAttention(features, heads, 0),
      ln_2: layerNorm(features, eps),
      mlp: sequential({
        '0': dense(features, 4 * features),
        '1': pure((x) => m.gelu(x)),
        '3': dense(4 * features, features),
      }),
    },
    forward: (own, [x]) => {
      const swap = [1, 0, 2]
      const y = m.add(x, m.transpose(own.self_attention(m.transpose(own.ln_1(x), swap)), swap))
      return m.add(y, own.mlp(own.ln_2(y)))
    },
  })
}
