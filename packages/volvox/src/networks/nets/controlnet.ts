import { ShapeError, shown } from '../../core/errors.ts'
import { count, ints, type Schema, type Values } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { conv } from '../blocks/conv.ts'
import { convolution } from '../blocks/convolutions.ts'
import { conditionsOf, diffusionInputs, embeddedConditions } from '../blocks/diffusionConditions.ts'
import { plainConv, startingAtZero } from '../blocks/generative.ts'
import type { NetworkInput } from '../inputs.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { network, optionError } from '../network.ts'
import { checkDiffusion, diffusionOptions, levelsOf, middleOf, wayDown } from './diffusionModelUnet.ts'

/** The options of ControlNet. */
export const controlNetOptions = {
  ...diffusionOptions,
  conditioningEmbeddingInChannels: count.opt('Channels of the other image.', 1),
  conditioningEmbeddingNumChannels: ints.opt(
    'Channels of what the other image goes through, top first; each level but the first halves its size.',
    [16, 32, 96, 256],
  ),
} satisfies Schema

type ControlNetOptions = Values<typeof controlNetOptions>

/** Refuses options that do not fit each other; `channelsOption` is what the option of the levels' channels is called. */
export function checkControlNet(options: ControlNetOptions, channelsOption = 'channels'): void {
  checkDiffusion(options, channelsOption)
  if (options.conditioningEmbeddingNumChannels.length === 0)
    optionError('conditioningEmbeddingNumChannels', 'is empty; give one or more')
}

/**
 * What steers a DiffusionModelUNet by another image (Zhang et al. 2023, MONAI ControlNet). Inputs: image, times `[N]`, the
 * other image, optionally a scale `[]` of what is given, then context and class numbers as for the DiffusionModelUNet.
 * Gives what is added to its maps on the way down, one by one, and to that at the bottom.
 */
export const ControlNet = network({
  name: 'ControlNet',
  options: controlNetOptions,
  check: (options) => checkControlNet(options),
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  inputs: (options) => controlNetInputs(options),
  build: (options) => controlNet('ControlNet', options),
})

/** What a ControlNet takes. */
export function controlNetInputs(options: Omit<ControlNetOptions, 'channels'>): readonly NetworkInput[] {
  const { conditioningEmbeddingInChannels: channels, conditioningEmbeddingNumChannels } = options
  const scale = 2 ** (conditioningEmbeddingNumChannels.length - 1)
  return diffusionInputs(options, [
    {
      name: 'controlnet_cond',
      about: `the other image [N, ${channels}, ...]`,
      shape: ([n, , ...spatial]) => [n, channels, ...spatial.map((size) => scale * size)],
    },
    { name: 'conditioning_scale', about: 'a scale []', presence: 'possible', shape: () => [] },
  ])
}

/** The layer of a ControlNet. */
export function controlNet(where: string, options: ControlNetOptions): Layer<readonly Value[]> {
  const { spatialDims, channels } = options
  const pointwise = (width: number) => startingAtZero(plainConv(spatialDims, width, width, 1))
  const isLast = (level: number) => level === channels.length - 1
  return layer({
    children: {
      ...wayDown(options),
      controlnet_cond_embedding: conditioning(
        spatialDims,
        [options.conditioningEmbeddingInChannels, ...options.conditioningEmbeddingNumChannels],
        channels[0],
      ),
      controlnet_down_blocks: [
        startingAtZero(conv(spatialDims, channels[0], channels[0], { kernelSize: 1 })),
        ...levelsOf(options).flatMap(({ blocks, channels }, i) =>
          Array.from({ length: blocks + (isLast(i) ? 0 : 1) }, () => pointwise(channels)),
        ),
      ],
      middle_block: middleOf(options),
      controlnet_mid_block: pointwise(channels[channels.length - 1]),
    },
    forward(own, [x, times, image, ...others]): readonly Value[] {
      const scale = others[0]?.shape.length === 0 ? others.shift() : undefined
      const conditions = conditionsOf(where, others, options)
      const { context } = conditions
      const time = embeddedConditions(own, channels[0], x.shape[0], times, conditions)
      if (image.shape[1] !== options.conditioningEmbeddingInChannels)
        throw new ShapeError(
          where,
          `the image to steer by has ${image.shape[1]} channels; give ${options.conditioningEmbeddingInChannels}`,
        )
      const first = steered(where, own.conv_in(x), image, own.controlnet_cond_embedding)
      const maps = own.down_blocks(first, time, ...context)
      const bottom = own.middle_block(maps[maps.length - 1], time, ...context)
      const down = own.controlnet_down_blocks.map((block, i) => block(maps[i]))
      return [...down, own.controlnet_mid_block(bottom)].map((map) => (scale ? m.mul(map, scale) : map))
    },
  })
}

/** The map with what the other image becomes added to it. */
function steered(where: string, map: Value, image: Value, embed: (image: Value) => Value): Value {
  const embedded = embed(image)
  if (!sameShape(embedded.shape, map.shape))
    throw new ShapeError(
      where,
      `the image to steer by, ${shown(image.shape)}, becomes ${shown(embedded.shape)}; give one that becomes ${shown(map.shape)}`,
    )
  return m.add(map, embedded)
}

/** MONAI ControlNetConditioningEmbedding: an image made smaller step by step, without effect at first. */
function conditioning(axes: number, [inChannels, ...channels]: readonly number[], outChannels: number): Layer {
  const activated = (from: number, to: number, strides = 1) =>
    convolution(axes, from, to, { strides, padding: 1, adnOrdering: 'A', act: 'swish' })
  const blocks = channels
    .slice(1)
    .flatMap((to, i) => [activated(channels[i], channels[i]), activated(channels[i], to, 2)])
  return layer({
    children: {
      conv_in: activated(inChannels, channels[0]),
      blocks: sequential(blocks),
      conv_out: startingAtZero(plainConv(axes, channels[channels.length - 1], outChannels)),
    },
    forward: (own, [x]) => own.conv_out(own.blocks(own.conv_in(x))),
  })
}
