import * as m from '../../graph/math.ts'
import { zero, type Init } from '../init.ts'
import { copied, layer, sequential, type Layer, type Weight } from '../layer.ts'
import { attendedLayer } from './attention.ts'
import { dropoutLayer } from './dropout.ts'
import { affine, linear } from './linear.ts'
import { layerNorm } from './norm.ts'

/** torch.nn.TransformerEncoder of layers that start alike: a sequence `[L, N, features]` to another. */
export function transformerEncoder(depth: number, features: number, heads: number, dropoutRate: number): Layer {
  const first = encoderLayer(features, heads, dropoutRate)
  const others = Array.from({ length: Math.max(0, depth - 1) }, () => copied(first))
  return sequential({ layers: sequential(depth === 0 ? [] : [first, ...others]) })
}

/** torch.nn.TransformerEncoderLayer: attention, then an MLP of 2048, each added to its input, which then is normalised. */
function encoderLayer(features: number, heads: number, dropoutRate: number): Layer {
  const dropout = () => dropoutLayer(dropoutRate)
  return layer({
    children: {
      self_attn: selfAttention(features, heads, dropoutRate),
      linear1: linear(features, 2048),
      dropout: dropout(),
      linear2: linear(2048, features),
      norm1: layerNorm(features),
      norm2: layerNorm(features),
      dropout1: dropout(),
      dropout2: dropout(),
    },
    forward: (own, [x]) => {
      const y = own.norm1(m.add(x, own.dropout1(own.self_attn(x))))
      return own.norm2(m.add(y, own.dropout2(own.linear2(own.dropout(m.relu(own.linear1(y)))))))
    },
  })
}

/** torch.nn.MultiheadAttention of a sequence `[L, N, features]` to itself. */
export function selfAttention(features: number, heads: number, dropoutRate: number): Layer {
  const shape = [3 * features, features]
  const even: Init = { kind: 'uniform', bound: Math.sqrt(6 / (shape[0] + shape[1])) } // Glorot & Bengio 2010
  const in_proj_weight: Weight = { shape, init: even, role: 'kernel' }
  const in_proj_bias: Weight = { shape: [3 * features], init: zero, role: 'bias' }
  return layer({
    weights: { in_proj_weight, in_proj_bias },
    children: {
      out_proj: linear(features, features, { init: { bias: zero } }),
      attended: attendedLayer(features, heads, dropoutRate),
    },
    forward: (own, [x]) => {
      const samplesFirst = m.transpose(x, [1, 0, 2])
      const [q, k, v] = [0, 1, 2].map((i) =>
        affine(
          samplesFirst,
          m.narrow(own.in_proj_weight, 0, i * features, features),
          m.narrow(own.in_proj_bias, 0, i * features, features),
        ),
      )
      return own.out_proj(m.transpose(own.attended(q, k, v), [1, 0, 2]))
    },
  })
}
