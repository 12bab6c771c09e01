import type { Value } from '../../graph/ir.ts'
import { averagePool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { layer, pure, type Layer } from '../layer.ts'
import { crossAttentionBlock, saBlock } from './attention.ts'
import { doubled, doubledAndConvolved, plainConv, startingAtZero } from './generative.ts'
import { linear } from './linear.ts'
import { mlpBlock } from './mlp.ts'
import { layerNorm } from './norm.ts'
import { groupNorm, spatialAttentionBlock, toMap, toTokens, type SpatialAttentionOptions } from './spatialAttention.ts'

/** What the blocks of a diffusion network share. */
export interface DiffusionOptions extends Omit<SpatialAttentionOptions, 'numHeadChannels'> {
  readonly spatialDims: number
  /** Whether attention looks at a context, too. */
  readonly withConditioning: boolean
  readonly transformerNumLayers: number
  readonly crossAttentionDim: number | null
  readonly dropoutCattn?: number
  /** Whether residual blocks change the size instead of convolutions. */
  readonly resblockUpdown: boolean
}

/** What makes the norms that come first and second in a residual block; those of SPADE take a label map as well. */
type Norms = (channels: number) => Layer

/**
 * MONAI DiffusionUNetResnetBlock: a residual block to whose middle the embedded time is added, with the size doubled or
 * halved on the way when `resize` says so. Inputs: the map, the time `[N, features]`, and what norms take beside the map.
 */
export function diffusionResBlock(
  inChannels: number,
  outChannels: number,
  timeFeatures: number,
  options: DiffusionOptions,
  resize?: 'up' | 'down',
  norms: Norms = (channels) => groupNorm(channels, options),
): Layer {
  const { spatialDims } = options
  const resized = resize === 'up' ? doubled : resize === 'down' ? halved : undefined
  return layer({
    children: {
      norm1: norms(inChannels),
      conv1: plainConv(spatialDims, inChannels, outChannels),
      time_emb_proj: linear(timeFeatures, outChannels),
      norm2: norms(outChannels),
      conv2: startingAtZero(plainConv(spatialDims, outChannels, outChannels)),
      skip_connection: inChannels === outChannels ? undefined : plainConv(spatialDims, inChannels, outChannels, 1),
      resized,
    },
    forward(own, [x, time, ...more]) {
      const resize = (y: Value) => (own.resized ? own.resized(y) : y)
      const hidden = own.conv1(resize(m.swish(own.norm1(x, ...more))))
      const shift = own.time_emb_proj(m.swish(time))
      const timed = m.add(hidden, m.reshape(shift, [...shift.shape, ...x.shape.slice(2).map(() => 1)]))
      const y = own.conv2(m.swish(own.norm2(timed, ...more)))
      const kept = resize(x)
      return m.add(own.skip_connection ? own.skip_connection(kept) : kept, y)
    },
  })
}

const halved: Layer = pure((x) => averagePool(x, 2))

/** MONAI SpatialTransformer: transformer blocks over the voxels as tokens, added to the map. Inputs: map, context. */
export function spatialTransformer(channels: number, numHeadChannels: number, options: DiffusionOptions): Layer {
  const { spatialDims, transformerNumLayers } = options
  const heads = Math.floor(channels / numHeadChannels)
  const inner = heads * numHeadChannels
  return layer({
    children: {
      norm: groupNorm(channels, options),
      proj_in: plainConv(spatialDims, channels, inner, 1),
      transformer_blocks: Array.from({ length: transformerNumLayers }, () => transformer(inner, heads, options)),
      proj_out: startingAtZero(plainConv(spatialDims, inner, channels, 1)),
    },
    forward(own, [x, ...context]) {
      const tokens = toTokens(own.proj_in(own.norm(x)))
      const attended = own.transformer_blocks.reduce((y, block) => block(y, ...context), tokens)
      return m.add(own.proj_out(toMap(attended, x.shape.slice(2))), x)
    },
  })
}

/** MONAI DiffusionUNetTransformerBlock: attention to itself, to the context, and an MLP, each added to the tokens. */
function transformer(features: number, heads: number, options: DiffusionOptions): Layer {
  const { dropoutCattn: dropoutRate = 0, includeFc, useCombinedLinear = false, crossAttentionDim } = options
  return layer({
    children: {
      attn1: saBlock(features, heads, { dropoutRate, includeFc, useCombinedLinear }),
      ff: mlpBlock(features, 4 * features, dropoutRate, 'GEGLU'),
      attn2: crossAttentionBlock(features, heads, { dropoutRate, contextSize: crossAttentionDim ?? features }),
      norm1: layerNorm(features),
      norm2: layerNorm(features),
      norm3: layerNorm(features),
    },
    forward(own, [x, ...context]) {
      const alone = m.add(own.attn1(own.norm1(x)), x)
      const informed = m.add(own.attn2(own.norm2(alone), ...context), alone)
      return m.add(own.ff(own.norm3(informed)), informed)
    },
  })
}

/** Attention of a map, to the context as well in networks that take one. */
export function mapAttention(channels: number, numHeadChannels: number, options: DiffusionOptions): Layer {
  return options.withConditioning
    ? spatialTransformer(channels, numHeadChannels, options)
    : spatialAttentionBlock(channels, { ...options, numHeadChannels })
}

/** One level: its channels, blocks, and the features of an attention head, null without attention. */
export interface DiffusionLevel {
  readonly channels: number
  readonly blocks: number
  readonly numHeadChannels: number | null
}

/** MONAI DownBlock, AttnDownBlock, CrossAttnDownBlock. Inputs: map, time, context; gives the map after each part. */
export function downLevel(
  inChannels: number,
  { channels, blocks, numHeadChannels }: DiffusionLevel,
  timeFeatures: number,
  isLast: boolean,
  options: DiffusionOptions,
): Layer<readonly Value[]> {
  const { spatialDims, resblockUpdown } = options
  const attentions =
    numHeadChannels === null
      ? undefined
      : Array.from({ length: blocks }, () => mapAttention(channels, numHeadChannels, options))
  const resnets = Array.from({ length: blocks }, (_, i) =>
    diffusionResBlock(i === 0 ? inChannels : channels, channels, timeFeatures, options),
  )
  const downsampler = resblockUpdown
    ? diffusionResBlock(channels, channels, timeFeatures, options, 'down')
    : layer({
        children: { op: plainConv(spatialDims, channels, channels, 3, { strides: 2, padding: 1 }) },
        forward: (own, [x]) => own.op(x),
      })
  return layer({
    children: { attentions, resnets, downsampler: isLast ? undefined : downsampler },
    forward(own, [x, time, ...context]): readonly Value[] {
      const outputs: Value[] = []
      let y = x
      own.resnets.forEach((resnet, i) => {
        y = resnet(y, time)
        if (own.attentions) y = own.attentions[i](y, ...context)
        outputs.push(y)
      })
      if (own.downsampler) outputs.push(own.downsampler(y, time))
      return outputs
    },
  })
}

/** MONAI AttnMidBlock, CrossAttnMidBlock: attention between two residual blocks. Inputs: map, time, context. */
export function middleLevel(
  channels: number,
  numHeadChannels: number,
  timeFeatures: number,
  options: DiffusionOptions,
): Layer {
  return layer({
    children: {
      resnet_1: diffusionResBlock(channels, channels, timeFeatures, options),
      attention: mapAttention(channels, numHeadChannels, options),
      resnet_2: diffusionResBlock(channels, channels, timeFeatures, options),
    },
    forward: (own, [x, time, ...context]) => own.resnet_2(own.attention(own.resnet_1(x, time), ...context), time),
  })
}

/** What an up level is besides its channels. */
export interface UpLevel extends DiffusionLevel {
  /** Channels of the map from below. */
  readonly from: number
  /** Channels of the level above, whose last map joins here. */
  readonly above: number
  readonly isLast: boolean
  /** Of SPADE networks: norms in `resnets` that take a label map. */
  readonly norms?: Norms
}

/**
 * MONAI UpBlock, AttnUpBlock, CrossAttnUpBlock. Inputs: map, time, one map from the way down for each residual block
 * (the last one first), then the context, or, where norms take one, the label map and the context.
 */
export function upLevel(level: UpLevel, timeFeatures: number, options: DiffusionOptions): Layer {
  const { channels, blocks, numHeadChannels, from, above, isLast, norms } = level
  const { spatialDims, resblockUpdown } = options
  const resnets = Array.from({ length: blocks }, (_, i) => {
    const joined = i === blocks - 1 ? above : channels
    const own = i === 0 ? from : channels
    return diffusionResBlock(own + joined, channels, timeFeatures, options, undefined, norms)
  })
  const attentions =
    numHeadChannels === null
      ? undefined
      : Array.from({ length: blocks }, () => mapAttention(channels, numHeadChannels, options))
  const upsampler = resblockUpdown
    ? diffusionResBlock(channels, channels, timeFeatures, options, 'up')
    : doubledAndConvolved(spatialDims, channels)
  // MONAI's blocks with attention to a context register their attention first.
  const parts = options.withConditioning || numHeadChannels === null ? { attentions, resnets } : { resnets, attentions }
  return layer({
    children: { ...parts, upsampler: isLast ? undefined : upsampler },
    forward(own, [x, time, ...others]) {
      const joined = others.slice(0, blocks)
      const labels = norms ? [others[blocks]] : []
      const context = others.slice(blocks + labels.length)
      let y = x
      own.resnets.forEach((resnet, i) => {
        y = resnet(m.concat([y, joined[i]], 1), time, ...labels)
        if (own.attentions) y = own.attentions[i](y, ...context)
      })
      return own.upsampler ? own.upsampler(y, time) : y
    },
  })
}
