import {
  bool,
  count,
  instance,
  intOrInts,
  ints,
  oneOf,
  positive,
  type Kind,
  type Schema,
  type Values,
} from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { maxPool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { conv } from '../blocks/conv.ts'
import { linear } from '../blocks/linear.ts'
import { normLayer } from '../blocks/norm.ts'
import { channelMeans } from '../blocks/pool.ts'
import { ResNetBlock, ResNetBottleneck, resnetBlocks, subsample, type ResnetBlockKind } from '../blocks/resnetBlock.ts'
import { kaimingNormalOut, zero, type Init } from '../init.ts'
import type { InputRule } from '../inputRule.ts'
import { layer, pure, sequential, type Layer, type Weight } from '../layer.ts'
import { activation, named, perAxis, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'
import { noDownload } from '../pretrained.ts'

const shortcut = oneOf('A', 'B')

const body = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
  nInputChannels: count.opt('Channels of the image.', 3),
  conv1TSize: intOrInts.opt('Kernel of the first convolution.', 7, { alias: 'conv1_t_size' }),
  conv1TStride: intOrInts.opt('Step of the first convolution.', 1, { alias: 'conv1_t_stride' }),
  noMaxPool: bool.opt('Whether there is no pooling after the first convolution.', false),
  shortcutType: shortcut.opt(
    'How the input is made smaller: A by every other voxel, B by a convolution and a norm.',
    'B',
  ),
  widenFactor: positive.opt('What all widths are multiplied with.', 1),
  numClasses: count.opt('Classes.', 400),
  feedForward: bool.opt('Whether the result is class scores rather than features.', true),
  biasDownsample: bool.opt('Whether the convolutions of shortcut B have a bias.', true),
  act: activation.opt('Activation after the first convolution; the blocks have ReLU.', ['relu', { inplace: true }]),
  norm: named.opt('Norm after the first convolution; the blocks have batch norm.', 'batch'),
} satisfies Schema

type BlockName = keyof typeof resnetBlocks

/** The name of a block, or the component itself, as configs in Python give it. */
const blockKind: Kind<BlockName | typeof ResNetBlock> = instance(
  '"basic", "bottleneck", ResNetBlock or ResNetBottleneck',
  (value) => value === 'basic' || value === 'bottleneck' || value === ResNetBlock || value === ResNetBottleneck,
)

/** Widths of the four stages in all published sizes (MONAI get_inplanes). */
export const resnetPlanes: readonly number[] = [64, 128, 256, 512]

type BodyOptions = Omit<Values<typeof body>, 'numClasses' | 'feedForward'> & {
  /** Of the 3-wide convolutions of bottlenecks. */
  readonly groups?: number
  /** Channels inside bottlenecks, of 64 planes and each group. */
  readonly baseWidth?: number
  /** Of the stages; those above 1 stand for a stride. */
  readonly dilations?: readonly number[]
  /** Of the blocks. */
  readonly blockNorm?: Named
  /** Whether all convolutions have a bias, and the first of a bottleneck has the stride, as in Keras. */
  readonly isKeras?: boolean
}

/**
 * Four stages of residual blocks (He et al. 2016; Hara et al. 2018; MONAI ResNet). Takes `[N, nInputChannels, ...spatial]`;
 * gives class scores `[N, numClasses]`, or the means of the last stage.
 */
export const ResNet = network({
  name: 'ResNet',
  options: {
    block: blockKind.req('Kind of the residual blocks.'),
    layers: ints.req('Blocks of each of the four stages.'),
    blockInplanes: ints.req('Width of each of the four stages.'),
    ...body,
  },
  check({ layers, blockInplanes }) {
    if (layers.length !== 4) optionError('layers', `has ${layers.length} values; give 4, one for each stage`)
    if (blockInplanes.length !== 4)
      optionError('blockInplanes', `has ${blockInplanes.length} values; give 4, one for each stage`)
  },
  input,
  init: initial,
  build: ({ block, layers, blockInplanes, ...o }) => resnetClassifier(kindOf(block), layers, blockInplanes, o),
})

function ofDepth(depth: ResNetName) {
  const [block, layers] = resnetSizes[depth]
  return network({
    name: depth,
    options: {
      pretrained: pretrained.opt(
        'Whether to begin with the weights of MedicalNet, or which file; they have to be loaded.',
        false,
      ),
      progress: bool.opt('No effect: nothing is downloaded.', true),
      ...body,
    },
    input,
    init: initial,
    checkInit: (o) => noDownload(o.pretrained),
    build: (o) => resnetClassifier(resnetBlocks[block], layers, resnetPlanes, o),
  })
}

const pretrained: Kind<boolean | string> = instance(
  'true, false or the name of a file',
  (value) => typeof value === 'boolean' || typeof value === 'string',
)

/** Kind and number of the blocks of the published sizes. */
export const resnetSizes = {
  resnet10: ['basic', [1, 1, 1, 1]],
  resnet18: ['basic', [2, 2, 2, 2]],
  resnet34: ['basic', [3, 4, 6, 3]],
  resnet50: ['bottleneck', [3, 4, 6, 3]],
  resnet101: ['bottleneck', [3, 4, 23, 3]],
  resnet152: ['bottleneck', [3, 8, 36, 3]],
  resnet200: ['bottleneck', [3, 24, 36, 3]],
} as const satisfies Readonly<Record<string, readonly [BlockName, readonly number[]]>>

/** A published size. */
export type ResNetName = keyof typeof resnetSizes

/** ResNet of 10 layers (MONAI resnet10). */
export const resnet10 = ofDepth('resnet10')
/** ResNet of 18 layers (MONAI resnet18). */
export const resnet18 = ofDepth('resnet18')
/** ResNet of 34 layers (MONAI resnet34). */
export const resnet34 = ofDepth('resnet34')
/** ResNet of 50 layers (MONAI resnet50). */
export const resnet50 = ofDepth('resnet50')
/** ResNet of 101 layers (MONAI resnet101). */
export const resnet101 = ofDepth('resnet101')
/** ResNet of 152 layers (MONAI resnet152). */
export const resnet152 = ofDepth('resnet152')
/** ResNet of 200 layers (MONAI resnet200). */
export const resnet200 = ofDepth('resnet200')

/** Names of the sizes, as configs give them. */
export const resnetNames = Object.keys(resnetSizes) as readonly ResNetName[]

/** Channels of the maps that ResNetFeatures gives. */
export function resnetChannels(name: ResNetName): readonly number[] {
  const { expansion } = resnetBlocks[resnetSizes[name][0]]
  return [resnetPlanes[0], ...resnetPlanes.map((width) => width * expansion)]
}

const featureOptions = {
  modelName: oneOf(...resnetNames).req('Size of the network.'),
  pretrained: bool.opt('Whether to begin with the weights of MedicalNet, which have to be loaded.', true),
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
  inChannels: count.opt('Channels of the image.', 1),
} satisfies Schema

function features(name: string) {
  return network<typeof featureOptions, readonly Value[]>({
    name,
    options: featureOptions,
    check({ pretrained, spatialDims, inChannels }) {
      if (pretrained && (spatialDims !== 3 || inChannels !== 1))
        optionError('pretrained', 'is there only for 3 spatial axes and 1 channel; set it to false')
    },
    input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
    init: initial,
    checkInit: (o) => noDownload(o.pretrained),
    build: ({ modelName, spatialDims, inChannels }) => resnetFeatures(modelName, spatialDims, inChannels),
  })
}

/** A ResNet that gives its first convolution and its four stages, the largest map first (MONAI ResNetFeatures). */
export const ResNetFeatures = features('ResNetFeatures')
/** The same as an encoder of FlexibleUNet (MONAI ResNetEncoder). */
export const ResNetEncoder = features('ResNetEncoder')

/** As MedicalNet was trained: of 18 and 34 layers with shortcut A, the others with B and without bias. */
export function resnetFeatures(
  modelName: ResNetName,
  spatialDims: number,
  inChannels: number,
): Layer<readonly Value[]> {
  return layer({
    children: resnetParts(modelName, spatialDims, inChannels),
    forward: (own, [x]): readonly Value[] => {
      const first = own.act(own.bn1(own.conv1(x)))
      const maps = [own.layer1(own.maxpool(first))]
      for (const stage of [own.layer2, own.layer3, own.layer4]) maps.push(stage(maps[maps.length - 1]))
      return [first, ...maps]
    },
  })
}

/** What such features are made with. */
export function resnetParts(modelName: ResNetName, spatialDims: number, inChannels: number) {
  const [block, layers] = resnetSizes[modelName]
  const shallow = modelName === 'resnet18' || modelName === 'resnet34'
  return resnetBody(resnetBlocks[block], layers, resnetPlanes, {
    spatialDims,
    nInputChannels: inChannels,
    conv1TSize: 7,
    conv1TStride: 2,
    noMaxPool: false,
    shortcutType: shallow ? 'A' : 'B',
    widenFactor: 1,
    biasDownsample: shallow,
    act: 'relu',
    norm: 'batch',
  }).children
}

function input(o: BodyOptions): InputRule {
  return { channels: o.nInputChannels, spatialDims: o.spatialDims }
}

function initial({ shape, role, init }: Weight): Init {
  return role === 'kernel' && shape.length > 2 ? kaimingNormalOut(shape) : init
}

function kindOf(block: BlockName | typeof ResNetBlock): ResnetBlockKind {
  if (typeof block === 'string') return resnetBlocks[block]
  return block === ResNetBlock ? resnetBlocks.basic : resnetBlocks.bottleneck
}

/** A ResNet that gives class scores or, without `feedForward`, the means of its last stage. */
export function resnetClassifier(
  kind: ResnetBlockKind,
  layers: readonly number[],
  planes: readonly number[],
  o: BodyOptions & { readonly numClasses: number; readonly feedForward: boolean },
): Layer {
  const { children, channels } = resnetBody(kind, layers, planes, o)
  return layer({
    children: {
      ...children,
      avgpool: pure((x) => m.reshape(channelMeans(x), [x.shape[0], x.shape[1], ...x.shape.slice(2).map(() => 1)])),
      fc: o.feedForward ? linear(channels, o.numClasses, { init: { bias: zero } }) : undefined,
    },
    forward: (own, [x]) => {
      const first = own.act(own.bn1(own.conv1(x)))
      const stages = [own.layer1, own.layer2, own.layer3, own.layer4]
      const last = stages.reduce((y, stage) => stage(y), o.noMaxPool ? first : own.maxpool(first))
      const means = m.reshape(own.avgpool(last), last.shape.slice(0, 2))
      return own.fc ? own.fc(means) : means
    },
  })
}

/** The parts before the classifier, in order, and the channels that the last stage gives. */
export function resnetBody(
  kind: ResnetBlockKind,
  layers: readonly number[],
  planes: readonly number[],
  o: BodyOptions,
) {
  const { spatialDims: axes } = o
  const widths = planes.map((width) => Math.trunc(width * o.widenFactor))
  const kernelSize = perAxis(o.conv1TSize, axes, 'conv1TSize')
  const padding = kernelSize.map((k) => Math.floor(k / 2))
  const { groups = 1, baseWidth = 64, dilations = [1, 1, 1, 1], blockNorm = 'batch', isKeras = false } = o
  let channels = widths[0]
  const stage = (i: number): Layer => {
    const from = channels
    channels = widths[i] * kind.expansion
    const stride = i === 0 || dilations[i] > 1 ? 1 : 2
    const downsample =
      stride === 1 && from === channels
        ? undefined
        : o.shortcutType === 'A'
          ? subsample(from, channels, stride)
          : sequential([
              conv(axes, from, channels, { kernelSize: 1, strides: stride, bias: o.biasDownsample }),
              normLayer(blockNorm, channels),
            ])
    return sequential(
      Array.from({ length: layers[i] }, (_, k) =>
        kind.make(axes, k === 0 ? from : channels, widths[i], {
          groups,
          width: Math.trunc((widths[i] * baseWidth) / 64) * groups,
          dilation: dilations[i],
          norm: blockNorm,
          bias: isKeras,
          isFirstStrided: isKeras,
          ...(k === 0 ? { stride, downsample } : {}),
        }),
      ),
    )
  }
  const children = {
    conv1: conv(axes, o.nInputChannels, channels, { kernelSize, strides: o.conv1TStride, padding, bias: isKeras }),
    bn1: normLayer(o.norm, channels),
    act: actLayer(o.act),
    maxpool: pure((x) => maxPool(x, 3, { strides: 2, pads: 1 })),
    layer1: stage(0),
    layer2: stage(1),
    layer3: stage(2),
    layer4: stage(3),
  }
  return { children, channels }
}
