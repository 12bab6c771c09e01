import { z } from 'zod'
import { Kind, bool, count, intOrInts, ints, nonNegative, type Schema, type Values } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { autoencoderResBlock, doubledAndConvolved, paddedAndHalved, plainConv } from '../blocks/generative.ts'
import { groupNorm, spatialAttentionBlock } from '../blocks/spatialAttention.ts'
import { upsample } from '../blocks/upsample.ts'
import { layer, sequential, type Context, type Layer } from '../layer.ts'
import { network, optionError } from '../network.ts'

/** True or false for each level. */
export const bools: Kind<readonly boolean[]> = new Kind('a list of true or false', () =>
  z.array(z.boolean()).readonly(),
)

/** Options of the levels of generative models, top first. */
export const levelOptions = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  numResBlocks: intOrInts.opt('Residual blocks per level; one number for all levels, or one each.', [2, 2, 2, 2]),
  channels: ints.opt('Channels per level, top first.', [32, 64, 64, 64]),
  attentionLevels: bools.opt('Which levels have attention.', [false, false, true, true]),
  normNumGroups: count.opt('Groups of channels that are normalised together.', 32),
  normEps: nonNegative.opt('Added to the variance of norms.', 1e-6),
  includeFc: bool.opt('Whether attention ends with a linear layer.', true),
  useCombinedLinear: bool.opt('Whether queries, keys and values come from one linear layer.', false),
  useFlashAttention: bool.opt('No effect: attention is never computed as a whole matrix.', false),
} satisfies Schema

/** Refuses levels that do not fit each other; `channelsOption` is what the option of their channels is called. */
export function checkLevels(
  levels: Pick<
    Values<typeof levelOptions>,
    'spatialDims' | 'channels' | 'numResBlocks' | 'attentionLevels' | 'normNumGroups'
  > & { readonly withEncoderNonlocalAttn?: boolean; readonly withDecoderNonlocalAttn?: boolean },
  channelsOption = 'channels',
): void {
  const { channels, numResBlocks, attentionLevels, normNumGroups } = levels
  if (channels.length === 0) optionError(channelsOption, 'is empty; give one or more')
  const odd = channels.find((n) => n < 1 || n % normNumGroups !== 0)
  if (odd !== undefined)
    optionError(
      channelsOption,
      `${odd} is not a multiple of the ${normNumGroups} groups of the norms; use multiples of it`,
    )
  if (attentionLevels.length !== channels.length)
    optionError(
      'attentionLevels',
      `has ${attentionLevels.length} values; ${channels.length} channels need ${channels.length}`,
    )
  const attends = attentionLevels.includes(true) || levels.withEncoderNonlocalAttn || levels.withDecoderNonlocalAttn
  if (levels.spatialDims === 1 && attends)
    optionError('spatialDims', 'is 1; attention takes images of 2 or 3 spatial axes, give one of these or no attention')
  if (typeof numResBlocks !== 'number' && numResBlocks.length !== channels.length)
    optionError(
      'numResBlocks',
      `has ${numResBlocks.length} values; give one, or one for each of the ${channels.length} channels`,
    )
}

/** One number for every level. */
export function perLevel(value: number | readonly number[], channels: readonly number[]): readonly number[] {
  return typeof value === 'number' ? channels.map(() => value) : value
}

/** The options of AutoencoderKL, which its relatives share. */
export const autoencoderKlOptions = {
  ...levelOptions,
  inChannels: count.opt('Channels of the image.', 1),
  outChannels: count.opt('Channels of the result.', 1),
  latentChannels: count.opt('Channels in the middle.', 3),
  withEncoderNonlocalAttn: bool.opt('Whether the bottom of the encoder has attention.', true),
  withDecoderNonlocalAttn: bool.opt('Whether the bottom of the decoder has attention.', true),
  useCheckpoint: bool.opt('No effect: training programs recompute what they are told to.', false),
  useConvtranspose: bool.opt('Whether the decoder enlarges by transposed convolutions.', false),
} satisfies Schema

/** The settled options of AutoencoderKL. */
export type AutoencoderKlOptions = Values<typeof autoencoderKlOptions>

/**
 * An autoencoder whose middle is a small normally distributed map (Rombach et al. 2022, MONAI AutoencoderKL). Gives the
 * image, the means and the deviations of the map. Methods: `encode`, `sampling`, `decode`, `reconstruct`,
 * `encodeStage2Inputs` and `decodeStage2Outputs`.
 */
export const AutoencoderKL = network({
  name: 'AutoencoderKL',
  options: autoencoderKlOptions,
  check: checkLevels,
  input: ({ inChannels, spatialDims, channels }) => ({
    channels: inChannels,
    spatialDims,
    least: 2 ** (channels.length - 1),
  }),
  build: (options) => klAutoencoder(encoder(options), decoder(options), options),
})

/** What is around encoder and decoder; further inputs are passed on to the decoder. */
export function klAutoencoder(encoder: Layer, decoder: Layer, options: AutoencoderKlOptions): Layer<readonly Value[]> {
  const { spatialDims, latentChannels } = options
  const pointwise = () => plainConv(spatialDims, latentChannels, latentChannels, 1)
  const children = {
    encoder,
    decoder,
    quant_conv_mu: pointwise(),
    quant_conv_log_sigma: pointwise(),
    post_quant_conv: pointwise(),
  }
  type Own = Readonly<Record<keyof typeof children, (...inputs: Value[]) => Value>>
  const encode = (own: Own, x: Value): readonly [Value, Value] => {
    const hidden = own.encoder(x)
    const logVariance = m.clip(own.quant_conv_log_sigma(hidden), -30, 20)
    return [own.quant_conv_mu(hidden), m.exp(m.div(logVariance, 2))]
  }
  const sampled = (mu: Value, sigma: Value, context: Context) => {
    const noise = keepsChannelsLast(options)
      ? context.normalNoiseChannelsLast(sigma.shape)
      : context.normalNoise(sigma.shape)
    return m.add(mu, m.mul(noise, sigma))
  }
  const decode = (own: Own, z: Value, more: readonly Value[]) => own.decoder(own.post_quant_conv(z), ...more)
  return layer({
    children,
    forward(own, [x, ...more], context): readonly Value[] {
      const [mu, sigma] = encode(own, x)
      return [decode(own, sampled(mu, sigma, context), more), mu, sigma]
    },
    methods: {
      encode: (own, [x]) => encode(own, x),
      sampling: (_, [mu, sigma], context) => sampled(mu, sigma, context),
      decode: (own, [z, ...more]) => decode(own, z, more),
      reconstruct: (own, [x, ...more]) => decode(own, encode(own, x)[0], more),
      encodeStage2Inputs: (own, [x], context) => sampled(...encode(own, x), context),
      decodeStage2Outputs: (own, [z, ...more]) => decode(own, z, more),
    },
  })
}

/** Whether torch has the map's channels last in memory, as it has in 2-D after attention. */
function keepsChannelsLast(options: AutoencoderKlOptions): boolean {
  const { spatialDims, numResBlocks, channels, attentionLevels, withEncoderNonlocalAttn } = options
  const counts = perLevel(numResBlocks, channels)
  return spatialDims === 2 && (withEncoderNonlocalAttn || attentionLevels.some((has, i) => has && counts[i] > 0))
}

/** What encoder and decoder are made of; residual blocks may take what the decoder gets beside the map. */
export interface AutoencoderParts {
  conv(from: number, to: number): Layer
  resBlock(from: number, to: number): Layer
  /** Beside the attention at the bottom. */
  bottomBlock(width: number): Layer
  /** To half the size. */
  down(width: number): Layer
  /** To twice the size. */
  up(width: number): Layer
}

/** The parts of AutoencoderKL. */
export function plainParts(options: AutoencoderKlOptions): AutoencoderParts {
  const { spatialDims, useConvtranspose } = options
  const resBlock = (from: number, to: number) => autoencoderResBlock(spatialDims, from, to, options)
  return {
    conv: (from, to) => plainConv(spatialDims, from, to),
    resBlock,
    bottomBlock: (width) => resBlock(width, width),
    down: (width) => paddedAndHalved(spatialDims, plainConv(spatialDims, width, width, 3, { strides: 2, padding: 0 })),
    up: (width) =>
      useConvtranspose
        ? upsample(spatialDims, width, width, { mode: 'deconv' })
        : doubledAndConvolved(spatialDims, width),
  }
}

/** From the image to the map in the middle. */
export function encoder(options: AutoencoderKlOptions, parts = plainParts(options)): Layer {
  const { inChannels, channels, attentionLevels, latentChannels } = options
  const blocks: Layer[] = [parts.conv(inChannels, channels[0])]
  let width = channels[0]
  perLevel(options.numResBlocks, channels).forEach((count, level) => {
    for (let i = 0; i < count; i++) {
      blocks.push(parts.resBlock(width, channels[level]))
      width = channels[level]
      if (attentionLevels[level]) blocks.push(spatialAttentionBlock(width, options))
    }
    if (level < channels.length - 1) blocks.push(parts.down(width))
  })
  const last = channels[channels.length - 1]
  if (options.withEncoderNonlocalAttn) blocks.push(...bottom(last, options, parts))
  blocks.push(groupNorm(last, options), parts.conv(last, latentChannels))
  return layer({ children: { blocks: sequential(blocks) }, forward: (own, [x]) => own.blocks(x) })
}

/** From the map in the middle to the image. Inputs: the map, and what its residual blocks take beside it. */
export function decoder(options: AutoencoderKlOptions, parts = plainParts(options)): Layer {
  const { outChannels, latentChannels } = options
  const channels = options.channels.toReversed()
  const attentionLevels = options.attentionLevels.toReversed()
  const blocks: Layer[] = [parts.conv(latentChannels, channels[0])]
  if (options.withDecoderNonlocalAttn) blocks.push(...bottom(channels[0], options, parts))
  let width = channels[0]
  perLevel(options.numResBlocks, options.channels)
    .toReversed()
    .forEach((count, level) => {
      for (let i = 0; i < count; i++) {
        blocks.push(parts.resBlock(width, channels[level]))
        width = channels[level]
        if (attentionLevels[level]) blocks.push(spatialAttentionBlock(width, options))
      }
      if (level < channels.length - 1) blocks.push(parts.up(width))
    })
  blocks.push(groupNorm(width, options), parts.conv(width, outChannels))
  return layer({
    children: { blocks: withMore(blocks) },
    forward: (own, inputs) => own.blocks(...inputs),
  })
}

/** One layer after the other, each with all inputs but the first as they are. */
function withMore(layers: readonly Layer[]): Layer {
  const children = Object.fromEntries(layers.map((part, i) => [String(i), part]))
  return layer({
    children,
    forward: (own, [z, ...more]) => layers.reduce((y, _, i) => own[String(i)](y, ...more), z),
  })
}

function bottom(width: number, options: AutoencoderKlOptions, { bottomBlock }: AutoencoderParts): Layer[] {
  return [bottomBlock(width), spatialAttentionBlock(width, options), bottomBlock(width)]
}
