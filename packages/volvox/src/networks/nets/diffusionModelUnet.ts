import { ShapeError, shown } from '../../core/errors.ts'
import { bool, count, intOrInts, probability, type Schema, type Values } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { downLevel, middleLevel, upLevel, type DiffusionLevel, type UpLevel } from '../blocks/diffusionBlock.ts'
import {
  conditionLayers,
  conditionsOf,
  diffusionInputs,
  embeddedConditions,
  timeFeatures,
  type PlaceOptions,
} from '../blocks/diffusionConditions.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { plainConv, silu, startingAtZero } from '../blocks/generative.ts'
import { linear } from '../blocks/linear.ts'
import { flattened } from '../blocks/simple.ts'
import { groupNorm } from '../blocks/spatialAttention.ts'
import type { NetworkInput } from '../inputs.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { network, optionError } from '../network.ts'
import { checkLevels, levelOptions, perLevel } from './autoencoderKl.ts'

const name = 'DiffusionModelUNet'

/** The options that all diffusion networks have. */
export const diffusionOptions = {
  ...levelOptions,
  inChannels: count.req('Channels of the image.'),
  resblockUpdown: bool.opt('Whether residual blocks change the size, instead of convolutions.', false),
  numHeadChannels: intOrInts.opt('Channels per attention head; one number for all levels, or one each.', 8),
  withConditioning: bool.opt('Whether attention looks at a context, too.', false),
  transformerNumLayers: count.opt('Transformer blocks in each attention to a context.', 1),
  crossAttentionDim: count.opt('Features of the context; none when null.', null),
  numClassEmbeds: count.opt('Classes of images that are told apart; none when null.', null),
  upcastAttention: bool.opt('No effect: softmax is always computed in float32.', false),
} satisfies Schema

/** The settled options that all diffusion networks have. */
export type DiffusionNetworkOptions = Values<typeof diffusionOptions>

/** Refuses options that do not fit each other. */
export function checkDiffusion(options: DiffusionNetworkOptions, channelsOption = 'channels'): void {
  const { spatialDims, withConditioning, crossAttentionDim, numHeadChannels, channels, attentionLevels } = options
  if (spatialDims === 1) optionError('spatialDims', 'is 1; diffusion networks take images of 2 or 3 spatial axes')
  checkLevels(options, channelsOption)
  if (withConditioning && crossAttentionDim === null)
    optionError('crossAttentionDim', 'is null; with withConditioning, give the features of the context')
  if (!withConditioning && crossAttentionDim !== null)
    optionError('crossAttentionDim', `is ${crossAttentionDim}; set withConditioning, or leave it out`)
  if (typeof numHeadChannels !== 'number' && numHeadChannels.length !== channels.length)
    optionError(
      'numHeadChannels',
      `has ${numHeadChannels.length} values; give one, or one for each of the ${channels.length} channels`,
    )
  perLevel(numHeadChannels, channels).forEach((size, i) => {
    const isUsed = attentionLevels[i] || i === channels.length - 1
    if (isUsed && (size < 1 || channels[i] % size !== 0))
      optionError('numHeadChannels', `${size} does not divide the ${channels[i]} channels of level ${i}; use a divisor`)
  })
}

/** The options of DiffusionModelUNet. */
export const diffusionUnetOptions = {
  ...diffusionOptions,
  outChannels: count.req('Channels of the result.'),
  dropoutCattn: probability.opt('Chance of dropout in attention to a context.', 0),
} satisfies Schema

/**
 * The U-Net that predicts what a diffusion step took away (Rombach et al. 2022, MONAI DiffusionModelUNet). Inputs: image
 * `[N, C, ...]`, times `[N]`, then as far as the options ask for them the context `[N, tokens, crossAttentionDim]` and
 * class numbers `[N]`, then what a ControlNet gives.
 */
export const DiffusionModelUNet = network({
  name,
  options: diffusionUnetOptions,
  check: (options) => checkDiffusion(options),
  input: (options) => imageRule(options),
  inputs: (options) => [...diffusionInputs(options), ...residualInputs(options)],
  build: (options) => diffusionUnet(name, options),
})

/** What makes a network another one than DiffusionModelUNet. */
export interface DiffusionVariant {
  /** Norms on the way up that take a label map, the third input. */
  readonly norms?: UpLevel['norms']
  /** Whether what a ControlNet adds to the last map of the way down reaches the bottom, too. */
  readonly isSteeredAtBottom?: boolean
}

/** A U-Net of images and times. */
export function diffusionUnet(
  where: string,
  options: Values<typeof diffusionUnetOptions> & PlaceOptions,
  { norms, isSteeredAtBottom = false }: DiffusionVariant = {},
): Layer {
  const { spatialDims, channels, outChannels } = options
  const features = timeFeatures(channels[0], options)
  const up = upLevelsOf(options).map((level) => ({ ...level, norms }))
  // MONAI's way up of SPADE does not hear of these.
  const upOptions = norms ? { ...options, includeFc: true, useCombinedLinear: false } : options
  return layer({
    children: {
      ...wayDown(options),
      middle_block: middleOf(options),
      up_blocks: up.map((level) => upLevel(level, features, upOptions)),
      out: sequential([
        groupNorm(channels[0], options),
        silu,
        startingAtZero(plainConv(spatialDims, channels[0], outChannels)),
      ]),
    },
    forward(own, [x, times, ...others]) {
      const labels = norms ? others.splice(0, 1) : []
      const conditions = conditionsOf(where, others, options)
      const { context, rest } = conditions
      const time = embeddedConditions(own, channels[0], x.shape[0], times, conditions)
      const maps = own.down_blocks(own.conv_in(x), time, ...context)
      const { down, atBottom } = withResiduals(where, maps, rest)
      const lowest = own.middle_block((isSteeredAtBottom ? down : maps)[maps.length - 1], time, ...context)
      return own.out(
        own.up_blocks.reduce(
          (y, block, i) => {
            const joined = down.splice(-up[i].blocks).toReversed()
            return block(y, time, ...joined, ...labels, ...context)
          },
          atBottom ? m.add(lowest, atBottom) : lowest,
        ),
      )
    },
  })
}

/** What the image must be: sizes that can be halved at each level but the last. */
export function imageRule({ inChannels, spatialDims, channels }: DiffusionNetworkOptions) {
  return { channels: inChannels, spatialDims, divisor: 2 ** (channels.length - 1) }
}

/** What a ControlNet adds to the maps on the way down, one by one, and to that at the bottom. */
export function residualInputs(options: DiffusionNetworkOptions): readonly NetworkInput[] {
  const { channels } = options
  const map =
    (width: number, level: number) =>
    ([n, , ...spatial]: readonly number[]) => [n, width, ...spatial.map((size) => size / 2 ** level)]
  const bottom = channels.length - 1
  const down = levelsOf(options).flatMap(({ channels: width, blocks }, i) => [
    ...Array.from({ length: blocks }, () => map(width, i)),
    ...(i < bottom ? [map(width, i + 1)] : []),
  ])
  const given = (name: string, shape: NetworkInput['shape']): NetworkInput => ({
    name,
    about: 'what a ControlNet adds',
    presence: 'possible',
    shape,
  })
  return [
    ...[map(channels[0], 0), ...down].map((shape, i) => given(`down_block_additional_residuals.${i}`, shape)),
    given('mid_block_additional_residual', map(channels[bottom], bottom)),
  ]
}

/** The levels, top first. */
export function levelsOf(options: DiffusionNetworkOptions): readonly DiffusionLevel[] {
  const { channels, attentionLevels } = options
  const blocks = perLevel(options.numResBlocks, channels)
  const heads = perLevel(options.numHeadChannels, channels)
  return channels.map((width, i) => ({
    channels: width,
    blocks: blocks[i],
    numHeadChannels: attentionLevels[i] ? heads[i] : null,
  }))
}

/** The levels of the way up, bottom first. */
export function upLevelsOf(options: DiffusionNetworkOptions): readonly UpLevel[] {
  return levelsOf(options)
    .toReversed()
    .map((level, i, all) => ({
      ...level,
      blocks: level.blocks + 1,
      from: all[Math.max(0, i - 1)].channels,
      above: all[Math.min(i + 1, all.length - 1)].channels,
      isLast: i === all.length - 1,
    }))
}

/** The parts that image and time go through on the way down, in state-dict order; the level `last` keeps its size. */
export function wayDown(options: DiffusionNetworkOptions & PlaceOptions, last = options.channels.length - 1) {
  const { spatialDims, inChannels, channels } = options
  const features = timeFeatures(channels[0], options)
  const levels = levelsOf(options).map((level, i) =>
    downLevel(channels[Math.max(0, i - 1)], level, features, i === last, options),
  )
  const children = Object.fromEntries(levels.map((level, i) => [String(i), level]))
  return {
    conv_in: plainConv(spatialDims, inChannels, channels[0]),
    ...conditionLayers(channels[0], options),
    /** Gives its input, and the map after each part. */
    down_blocks: layer({
      children,
      forward(own, [x, ...others]): readonly Value[] {
        const maps = [x]
        for (const name of Object.keys(children)) maps.push(...own[name](maps[maps.length - 1], ...others))
        return maps
      },
    }),
  }
}

/** The bottom of a network. */
export function middleOf(options: DiffusionNetworkOptions & PlaceOptions): Layer {
  const { channels } = options
  const heads = perLevel(options.numHeadChannels, channels)
  return middleLevel(
    channels[channels.length - 1],
    heads[heads.length - 1],
    timeFeatures(channels[0], options),
    options,
  )
}

/** The maps of the way down with what a ControlNet adds to each, if anything, and what it adds at the bottom. */
function withResiduals(
  where: string,
  maps: readonly Value[],
  residuals: readonly Value[],
): { readonly down: Value[]; readonly atBottom?: Value } {
  if (residuals.length === 0) return { down: [...maps] }
  const all = [...maps, maps[maps.length - 1]] // the bottom's is of the last one's shape
  const wrong = all.findIndex((map, i) => !residuals[i] || !sameShape(map.shape, residuals[i].shape))
  if (residuals.length !== all.length || wrong >= 0)
    throw new ShapeError(
      where,
      `got ${residuals.length} more inputs of shapes ${residuals.map(({ shape }) => shown(shape)).join(', ')}; a ControlNet adds ${all.map(({ shape }) => shown(shape)).join(', ')}`,
    )
  return { down: maps.map((map, i) => m.add(map, residuals[i])), atBottom: residuals[maps.length] }
}

/**
 * The way down of a DiffusionModelUNet, and a classifier of what comes out (Wolleb et al. 2022, MONAI
 * DiffusionModelEncoder). Inputs as there; gives `[N, outChannels]`. What is classified must have 4096 values a sample.
 */
export const DiffusionModelEncoder = network({
  name: 'DiffusionModelEncoder',
  options: { ...diffusionOptions, outChannels: count.req('Classes.') },
  check: (options) => checkDiffusion(options),
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  inputs: (options) => diffusionInputs(options),
  build: (options) =>
    layer({
      children: {
        ...wayDown(options, options.channels.length),
        flat: flattened('DiffusionModelEncoder', 4096),
        out: sequential([linear(4096, 512), pure(m.relu), dropoutLayer(0.1), linear(512, options.outChannels)]),
      },
      forward(own, [x, times, ...others]) {
        const where = 'DiffusionModelEncoder'
        const conditions = conditionsOf(where, others, options)
        const time = embeddedConditions(own, options.channels[0], x.shape[0], times, conditions)
        const maps = own.down_blocks(own.conv_in(x), time, ...conditions.context)
        return own.out(own.flat(maps[maps.length - 1]))
      },
    }),
})
