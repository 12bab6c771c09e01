import { swish } from '../../graph/math.ts'
import {
  bool,
  count,
  nonNegative,
  oneOf,
  positive,
  probability,
  texts,
  type Schema,
  type Values,
} from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { linear } from '../blocks/linear.ts'
import { decodeBlocks, mbConvBlock, sameConv, smaller, type BlockArgs } from '../blocks/mbConvBlock.ts'
import { normLayer } from '../blocks/norm.ts'
import { channelMeans } from '../blocks/pool.ts'
import { kaimingNormalOut, zero, type Init } from '../init.ts'
import type { InputRule } from '../inputRule.ts'
import { layer, sequential, type Layer, type Weight } from '../layer.ts'
import { named } from '../named.ts'
import { network, optionError } from '../network.ts'
import { noDownload } from '../pretrained.ts'

const norm = named.opt('Norm.', ['batch', { eps: 1e-3, momentum: 0.01 }])
const dims = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 2),
  inChannels: count.opt('Channels of the image.', 3),
  numClasses: count.opt('Classes.', 1000),
} satisfies Schema

const options = {
  blocksArgsStr: texts.req(
    'Blocks, each as "r1_k3_s11_e1_i32_o16_se0.25": repeats, kernel, stride, expansion, channels in and out, share that is squeezed.',
  ),
  ...dims,
  widthCoefficient: nonNegative.opt('What widths are multiplied with.', 1),
  depthCoefficient: nonNegative.opt('What repeats are multiplied with.', 1),
  dropoutRate: probability.opt('Chance of dropout before the classifier.', 0.2),
  imageSize: count.opt('Size of images that the padding is made for.', 224),
  norm,
  dropConnectRate: probability
    .where((p) => p < 1, 'a probability below 1')
    .opt('Chance that the last block is left out in training; less for those before.', 0.2),
  depthDivisor: positive.opt('What widths are rounded to.', 8),
} satisfies Schema

type EfficientNetOptions = Values<typeof options>

/**
 * Inverted bottlenecks scaled in width, depth and size of image together (Tan and Le 2019; MONAI EfficientNet). Takes
 * `[N, inChannels, ...spatial]`; gives class scores `[N, numClasses]`.
 */
export const EfficientNet = network({
  name: 'EfficientNet',
  options,
  check: ({ blocksArgsStr }) =>
    void (blocksArgsStr.length > 0 || optionError('blocksArgsStr', 'is empty; give a block')),
  input,
  init: initial,
  build: classifier,
})

/** Width, depth, size of images, dropout and drop-connect of the published sizes. */
const sizes = {
  'efficientnet-b0': [1.0, 1.0, 224, 0.2],
  'efficientnet-b1': [1.0, 1.1, 240, 0.2],
  'efficientnet-b2': [1.1, 1.2, 260, 0.3],
  'efficientnet-b3': [1.2, 1.4, 300, 0.3],
  'efficientnet-b4': [1.4, 1.8, 380, 0.4],
  'efficientnet-b5': [1.6, 2.2, 456, 0.4],
  'efficientnet-b6': [1.8, 2.6, 528, 0.5],
  'efficientnet-b7': [2.0, 3.1, 600, 0.5],
  'efficientnet-b8': [2.2, 3.6, 672, 0.5],
  'efficientnet-l2': [4.3, 5.3, 800, 0.5],
} as const

/** A published size. */
export type EfficientNetName = keyof typeof sizes

/** Names of the published sizes. */
export const efficientNetNames = Object.keys(sizes) as readonly EfficientNetName[]

/** The size of images that an EfficientNet was made for (MONAI get_efficientnet_image_size). */
export function efficientNetImageSize(modelName: EfficientNetName): number {
  return sizes[modelName][2]
}

const published: readonly string[] = [
  'r1_k3_s11_e1_i32_o16_se0.25',
  'r2_k3_s22_e6_i16_o24_se0.25',
  'r2_k5_s22_e6_i24_o40_se0.25',
  'r3_k3_s22_e6_i40_o80_se0.25',
  'r3_k5_s11_e6_i80_o112_se0.25',
  'r4_k5_s22_e6_i112_o192_se0.25',
  'r1_k3_s11_e6_i192_o320_se0.25',
]

/** Channels of the maps that EfficientNetBNFeatures gives. */
export function efficientNetChannels(modelName: EfficientNetName): readonly number[] {
  return [16, 24, 40, 112, 320].map((filters) => roundedWidth(filters, sizes[modelName][0], 8))
}

const namedOptions = {
  modelName: oneOf(...efficientNetNames).req('Size of the network.'),
  pretrained: bool.opt('Whether to begin with weights for ImageNet, which have to be loaded.', true),
  progress: bool.opt('No effect: nothing is downloaded.', true),
  ...dims,
  norm,
  advProp: bool.opt('No effect: which weights for ImageNet would be downloaded.', false),
} satisfies Schema

/** An EfficientNet of a published size (MONAI EfficientNetBN). */
export const EfficientNetBN = network({
  name: 'EfficientNetBN',
  options: namedOptions,
  input,
  init: initial,
  checkInit,
  build: (o) => classifier(optionsOf(o)),
})

function features(name: string) {
  return network<typeof namedOptions, readonly Value[]>({
    name,
    options: namedOptions,
    input,
    init: initial,
    checkInit,
    build: (o) => efficientNetFeatures(optionsOf(o)),
  })
}

/** An EfficientNet that gives its maps before each halving, the largest first (MONAI EfficientNetBNFeatures). */
export const EfficientNetBNFeatures = features('EfficientNetBNFeatures')
/** The same as an encoder of FlexibleUNet (MONAI EfficientNetEncoder). */
export const EfficientNetEncoder = features('EfficientNetEncoder')

// MONAI has pretrained weights for images of two axes only, and draws others whatever it is told.
function checkInit({ pretrained, spatialDims }: Values<typeof namedOptions>): void {
  if (spatialDims === 2) noDownload(pretrained)
}

function optionsOf({
  modelName,
  spatialDims,
  inChannels,
  numClasses,
  norm,
}: Values<typeof namedOptions>): EfficientNetOptions {
  const [widthCoefficient, depthCoefficient, imageSize, dropoutRate] = sizes[modelName]
  return {
    blocksArgsStr: published,
    spatialDims,
    inChannels,
    numClasses,
    norm,
    widthCoefficient,
    depthCoefficient,
    imageSize,
    dropoutRate,
    dropConnectRate: 0.2,
    depthDivisor: 8,
  }
}

function input({ inChannels, spatialDims }: { readonly inChannels: number; readonly spatialDims: number }): InputRule {
  return { channels: inChannels, spatialDims }
}

function initial({ shape, role, init }: Weight): Init {
  if (role === 'bias') return zero
  if (role !== 'kernel') return init
  return shape.length > 2 ? kaimingNormalOut(shape) : { kind: 'uniform', bound: 1 / Math.sqrt(shape[0]) }
}

function classifier(o: EfficientNetOptions): Layer {
  const { children, channels } = parts(o)
  return layer({
    children: { ...children, _dropout: dropoutLayer(o.dropoutRate), _fc: linear(channels, o.numClasses) },
    forward: (own, [x]) => {
      const first = swish(own._bn0(own._conv_stem(x)))
      const last = swish(own._bn1(own._conv_head(own._blocks(first))))
      return own._fc(own._dropout(channelMeans(last)))
    },
  })
}

/** The maps before each halving and the last one. The head is there, as in MONAI, but not used. */
function efficientNetFeatures(o: EfficientNetOptions): Layer<readonly Value[]> {
  const { children, stacks, args, channels } = parts(o)
  const ends = args.flatMap(({ stride }, i) => (stride > 1 ? [i] : [])).concat(args.length)
  return layer({
    children: { ...children, _blocks: several(stacks, ends), _fc: linear(channels, o.numClasses) },
    forward: (own, [x]): readonly Value[] => own._blocks(swish(own._bn0(own._conv_stem(x)))),
  })
}

/** Stacks in a row that give their input where 0, and the output of stack i where i, is among `wanted`. */
function several(stacks: readonly Layer[], wanted: readonly number[]): Layer<readonly Value[]> {
  return layer({
    children: Object.fromEntries(stacks.map((stack, i) => [String(i), stack])),
    forward: (own, [x]): readonly Value[] => {
      const maps = [x]
      stacks.forEach((_, i) => maps.push(own[i](maps[i])))
      return maps.filter((_, i) => wanted.includes(i))
    },
  })
}

function parts(o: EfficientNetOptions) {
  const { spatialDims: axes, norm } = o
  const width = (filters: number) => roundedWidth(filters, o.widthCoefficient, o.depthDivisor)
  const args = decodeBlocks(o.blocksArgsStr).map((block): BlockArgs => ({
    ...block,
    inChannels: width(block.inChannels),
    outChannels: width(block.outChannels),
    repeats: o.depthCoefficient ? Math.ceil(o.depthCoefficient * block.repeats) : block.repeats,
  }))
  const total = args.reduce((sum, { repeats }) => sum + repeats, 0)
  const stem = width(32)
  let size = o.imageSize
  const _conv_stem = sameConv(axes, o.inChannels, stem, { kernelSize: 3, stride: 2, size })
  size = smaller(size, 2)
  let index = 0
  const stacks = args.map((block) => {
    const blocks: Record<string, Layer> = {}
    for (let k = 0; k < block.repeats; k++, index++) {
      const repeated = k === 0 ? block : { ...block, inChannels: block.outChannels, stride: 1 }
      blocks[index] = mbConvBlock(axes, repeated, { size, norm, dropConnect: (o.dropConnectRate * index) / total })
      size = smaller(size, repeated.stride)
    }
    return sequential(blocks)
  })
  const channels = width(1280)
  const children = {
    _conv_stem,
    _bn0: normLayer(norm, stem),
    _blocks: sequential(stacks),
    _conv_head: sameConv(axes, args[args.length - 1].outChannels, channels, { kernelSize: 1, stride: 1, size }),
    _bn1: normLayer(norm, channels),
  }
  return { children, stacks, args, channels }
}

/** To a multiple of the divisor, but not by more than a tenth down. */
function roundedWidth(filters: number, coefficient: number, divisor: number): number {
  if (!coefficient) return filters
  const wanted = filters * coefficient
  const rounded = Math.max(divisor, Math.floor(Math.trunc(wanted + divisor / 2) / divisor) * divisor)
  return Math.trunc(rounded < 0.9 * wanted ? rounded + divisor : rounded)
}
