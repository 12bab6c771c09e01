// Parts of DAF3D by MONAI's names, for configs.
import { ShapeError } from '../../core/errors.ts'
import { bool, count, intOrInts, ints, oneOf, positive, type Schema } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { layer, type Layer } from '../layer.ts'
import { named, sizesPerBlock } from '../named.ts'
import { network, networkOption } from '../network.ts'
import { checkSpreads } from './aspp.ts'
import { layerNames, withPyramid } from './backboneFpn.ts'
import {
  daf3dAspp,
  daf3dAttention,
  daf3dBackbone,
  daf3dBottleneck,
  daf3dExpansion,
  daf3dNorm,
  daf3dPyramid,
  daf3dResnetEnd,
  daf3dResnetParts,
} from './daf3d.ts'
import { channelMeans } from './pool.ts'
import { blockOptions } from './unitOptions.ts'

const axes = count.where((n) => n === 3, '3')

/** Options of what the four parts with a choice of dimensions have. */
const volumes = { spatialDims: axes.req('Spatial axes: 3.') } satisfies Schema

const attentionOptions = {
  spatialDims: blockOptions.spatialDims,
  inChannels: count.req('Channels of both inputs together.'),
  outChannels: count.req('Channels of the results, and of the second input.'),
  norm: named.opt('Norm.', ['group', { num_groups: 32, num_channels: 64 }]),
  act: named.opt('Activation.', 'PRELU'),
} satisfies Schema

/**
 * From the features of one level and of all, `[N, C, ...spatial]`, the refined ones of the level and where they look (Wang et al.
 * 2019; MONAI AttentionModule).
 */
export const AttentionModule = network<typeof attentionOptions, readonly Value[]>({
  name: 'AttentionModule',
  options: attentionOptions,
  inputs: () => [
    { name: 'slf', about: 'features of a level' },
    { name: 'mlf', about: 'features of all levels' },
  ],
  build: ({ spatialDims, inChannels, outChannels, norm, act }) =>
    daf3dAttention(spatialDims, inChannels, outChannels, norm, act),
})

/** Convolutions of several spreads with a norm each, one beside the other, then one of size 1 (MONAI Daf3dASPP). */
export const Daf3dASPP = network({
  name: 'Daf3dASPP',
  options: {
    ...volumes,
    inChannels: blockOptions.inChannels,
    convOutChannels: count.req('Channels that each convolution gives.'),
    outChannels: count.opt('Channels of the result; as many as come together when null.', null),
    kernelSizes: sizesPerBlock.opt('Size of each kernel, odd.', [1, 3, 3, 3]),
    dilations: sizesPerBlock.opt('Spread of each kernel.', [1, 2, 4, 6]),
    normType: named.nullable().opt('Norm of all convolutions; none when null.', 'BATCH'),
    actiType: named.nullable().opt('Activation of the last convolution; none when null.', 'LEAKYRELU'),
    bias: bool.opt('No effect: convolutions have a bias.', false),
  },
  check: checkSpreads,
  input: ({ inChannels }) => ({ channels: inChannels, spatialDims: 3 }),
  build: ({ convOutChannels: width, outChannels, kernelSizes, normType: norm, actiType: act, ...o }) =>
    daf3dAspp({ ...o, width, outChannels: outChannels ?? kernelSizes.length * width, kernelSizes, norm, act }),
})

const block = {
  inPlanes: count.req('Channels of the input.'),
  planes: count.where((n) => n % 32 === 0, 'a multiple of 32').req('Channels of the convolutions.'),
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
  stride: intOrInts.opt('Step of the convolution that makes the map smaller.', 1),
  downsample: networkOption.opt('What the input goes through before it is added; nothing when null.', null),
  norm: named.opt('Norm.', daf3dNorm),
} satisfies Schema

function bottleneck(name: string, dilation: number) {
  return network({
    name,
    options: block,
    input: ({ inPlanes, spatialDims }) => ({ channels: inPlanes, spatialDims }),
    build: ({ inPlanes, planes, spatialDims, stride, downsample, norm }) => {
      const shortcut = downsample ? { downsample: downsample.layer as Layer } : {} // of one output, which is added
      return daf3dBottleneck(spatialDims, inPlanes, planes, { stride, dilation, norm, ...shortcut })
    },
  })
}

/** Three convolutions, the middle one in 32 groups, beside the input; gives twice `planes` channels (MONAI Daf3dResNetBottleneck). */
export const Daf3dResNetBottleneck = bottleneck('Daf3dResNetBottleneck', 1)
/** The same with a middle kernel that is spread by 2 (MONAI Daf3dResNetDilatedBottleneck). */
export const Daf3dResNetDilatedBottleneck = bottleneck('Daf3dResNetDilatedBottleneck', 2)

/**
 * Four stages of such blocks, the last two spread (MONAI Daf3dResNet). Gives class scores `[N, numClasses]` or the means of the
 * last stage. Scores are there only with `widenFactor` 0.5: their weights take 4 · widenFactor times the last width.
 */
export const Daf3dResNet = network({
  name: 'Daf3dResNet',
  options: {
    layers: ints.where((n) => n.length === 4, 'four whole numbers').req('Blocks of each of the four stages.'),
    blockInplanes: ints
      .where((widths) => widths.length === 4 && widths.every((n) => n % 32 === 0), 'four multiples of 32')
      .req('Width of each of the four stages.'),
    spatialDims: axes.opt('Spatial axes: 3.', 3),
    nInputChannels: count.opt('Channels of the image.', 3),
    conv1TSize: intOrInts.opt('No effect.', 7, { alias: 'conv1_t_size' }),
    conv1TStride: intOrInts.opt('No effect.', 1, { alias: 'conv1_t_stride' }),
    noMaxPool: bool.opt('Whether there is no pooling after the first convolution.', false),
    shortcutType: oneOf('A', 'B').opt(
      'How the input is made smaller: A by every other voxel, B by a convolution and a norm.',
      'B',
    ),
    widenFactor: positive.opt('What the width before the scores is multiplied with.', 1),
    numClasses: count.opt('Classes.', 400),
    feedForward: bool.opt('Whether the result is class scores rather than features.', true),
    biasDownsample: bool.opt('No effect.', true),
  },
  input: ({ nInputChannels }) => ({ channels: nInputChannels, spatialDims: 3 }),
  build: ({ layers, blockInplanes: planes, nInputChannels: inChannels, shortcutType, ...o }) => {
    const features = 4 * Math.trunc(planes[3] * o.widenFactor)
    return layer({
      children: {
        ...daf3dResnetParts({ layers, planes, inChannels, shortcutType }),
        ...daf3dResnetEnd(features, o.feedForward ? o.numClasses : null),
      },
      forward: (own, [x]) => {
        const first = own.act(own.bn1(own.conv1(x)))
        const stages = [own.layer1, own.layer2, own.layer3, own.layer4]
        const means = channelMeans(stages.reduce((y, stage) => stage(y), o.noMaxPool ? first : own.maxpool(first)))
        if (own.fc && features !== daf3dExpansion * planes[3])
          throw new ShapeError(
            'Daf3dResNet',
            `scores need ${features} features and get ${daf3dExpansion * planes[3]}; set widenFactor to 0.5, or feedForward to false`,
          )
        return own.fc ? own.fc(means) : means
      },
    })
  },
})

/** The ResNet of DAF3D; gives the map of its last stage (MONAI Daf3dBackbone). */
export const Daf3dBackbone = network({
  name: 'Daf3dBackbone',
  options: { nInputChannels: count.req('Channels of the image.') },
  input: ({ nInputChannels }) => ({ channels: nInputChannels, spatialDims: 3 }),
  build: ({ nInputChannels }) => daf3dBackbone(nInputChannels),
})

const pyramid = {
  inChannelsList: ints
    .where((list) => list.length > 0, 'one whole number or more')
    .req('Channels of the maps, the largest first.'),
  outChannels: count.req('Channels of the results.'),
  extraBlocks: networkOption.opt('What adds further maps, such as LastLevelMaxPool; none when null.', null),
} satisfies Schema

const pyramidOptions = { ...volumes, ...pyramid } satisfies Schema

/** Brings what the small maps know into the large ones; gives all in the size of the first (MONAI Daf3dFPN). */
export const Daf3dFPN = network<typeof pyramidOptions, readonly Value[]>({
  name: 'Daf3dFPN',
  options: pyramidOptions,
  build: ({ inChannelsList, outChannels, extraBlocks }) =>
    daf3dPyramid(inChannelsList, outChannels, extraBlocks?.layer),
})

const backboneOptions = {
  backbone: networkOption.req('A network whose parts follow each other, such as Daf3dBackbone.'),
  returnLayers: layerNames.req('Parts of the backbone whose maps are used, with names for the maps.'),
  ...pyramid,
  spatialDims: axes.opt('Spatial axes: 3.', null),
} satisfies Schema

/** Maps of a network, made alike by a Daf3dFPN (MONAI Daf3dBackboneWithFPN); the largest first. */
export const Daf3dBackboneWithFPN = network<typeof backboneOptions, readonly Value[]>({
  name: 'Daf3dBackboneWithFPN',
  options: backboneOptions,
  build: ({ backbone, returnLayers, inChannelsList, outChannels, extraBlocks }) =>
    withPyramid(
      backbone.layer,
      Object.keys(returnLayers),
      daf3dPyramid(inChannelsList, outChannels, extraBlocks?.layer),
    ),
})
