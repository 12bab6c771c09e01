import { count, ints, type Schema } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { maxPool, resize } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { fanIn, zero } from '../init.ts'
import { layer, pure, type Layer, type Output } from '../layer.ts'
import { network, networkOption, optionError, outputsOf } from '../network.ts'
import { conv, type ConvOptions } from './conv.ts'

const axes = count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.')

/** Adds every other voxel of the smallest map as a further map (MONAI LastLevelMaxPool). */
export const LastLevelMaxPool = network({
  name: 'LastLevelMaxPool',
  options: { spatialDims: axes },
  build: () => pure((x) => maxPool(x, 1, { strides: 2 })),
})

const halvingOptions = {
  spatialDims: axes,
  inChannels: count.req('Channels of what the maps are made from.'),
  outChannels: count.req('Channels of the maps.'),
} satisfies Schema

/**
 * Adds two further maps by convolutions of the smallest one, or of what it was made from where channels differ
 * (MONAI LastLevelP6P7).
 */
export const LastLevelP6P7 = network<typeof halvingOptions, readonly Value[]>({
  name: 'LastLevelP6P7',
  options: halvingOptions,
  build({ spatialDims, inChannels, outChannels }) {
    const half = (from: number) => evenConv(spatialDims, from, outChannels, { kernelSize: 3, strides: 2, padding: 1 })
    return layer({
      children: { p6: half(inChannels), p7: half(outChannels) },
      forward: (own, [p5, c5]): readonly Value[] => {
        const p6 = own.p6(inChannels === outChannels ? p5 : c5)
        return [p6, own.p7(m.relu(p6))]
      },
    })
  },
})

const pyramidOptions = {
  spatialDims: axes,
  inChannelsList: ints.req('Channels of the maps, the largest first.'),
  outChannels: count.req('Channels of the results.'),
  extraBlocks: networkOption.opt('What adds further maps, such as LastLevelMaxPool; none when null.', null),
} satisfies Schema

/**
 * Brings what the small maps know into the large ones (Lin et al. 2017; MONAI FeaturePyramidNetwork): as many inputs as
 * `inChannelsList` has values, the largest first, to as many maps of `outChannels`, and further ones.
 */
export const FeaturePyramidNetwork = network<typeof pyramidOptions, readonly Value[]>({
  name: 'FeaturePyramidNetwork',
  options: pyramidOptions,
  check: ({ inChannelsList }) =>
    void (
      (inChannelsList.length > 0 && inChannelsList.every((n) => n > 0)) ||
      optionError('inChannelsList', `is [${inChannelsList.join(', ')}]; give numbers of 1 or more`)
    ),
  build: ({ spatialDims, inChannelsList, outChannels, extraBlocks }) =>
    featurePyramid(spatialDims, inChannelsList, outChannels, extraBlocks?.layer),
})

/** The layer of FeaturePyramidNetwork. */
export function featurePyramid(
  spatialDims: number,
  inChannelsList: readonly number[],
  outChannels: number,
  extraBlocks?: Layer<Output>,
): Layer<readonly Value[]> {
  return layer({
    children: {
      inner_blocks: inChannelsList.map((from) => evenConv(spatialDims, from, outChannels, { kernelSize: 1 })),
      layer_blocks: inChannelsList.map(() =>
        evenConv(spatialDims, outChannels, outChannels, { kernelSize: 3, padding: 1 }),
      ),
      extra_blocks: extraBlocks,
    },
    forward: (own, maps): readonly Value[] => {
      const last = maps.length - 1
      const inner = maps.map((map, i) => own.inner_blocks[i](map))
      for (let i = last - 1; i >= 0; i--)
        inner[i] = m.add(inner[i], resize(inner[i + 1], inner[i].shape.slice(2), 'nearest'))
      const results = inner.map((map, i) => own.layer_blocks[i](map))
      const further: Output = own.extra_blocks ? own.extra_blocks(results[last], maps[last]) : []
      return [...results, ...outputsOf(further)]
    },
  })
}

/** A convolution that keeps the spread of its input, from a uniform distribution (kaiming_uniform_ with a = 1); bias 0. */
export function evenConv(spatialDims: number, from: number, to: number, window: ConvOptions): Layer {
  return {
    ...conv(spatialDims, from, to, window),
    initOf: ({ shape, role }) => (role === 'kernel' ? { kind: 'uniform', bound: Math.sqrt(3 / fanIn(shape)) } : zero),
  }
}
