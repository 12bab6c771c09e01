import { bool, count, ints, oneOf, probability, type Schema, type Values } from '../../core/options.ts'
import { channelMeans, poolLayer } from '../blocks/pool.ts'
import { actLayer } from '../blocks/act.ts'
import { conv } from '../blocks/conv.ts'
import { convolution } from '../blocks/convolutions.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { linear } from '../blocks/linear.ts'
import { normLayer } from '../blocks/norm.ts'
import { seBottleneck, seResNetBottleneck, seResNeXtBottleneck } from '../blocks/squeezeExcitation.ts'
import { kaimingStart } from '../init.ts'
import type { InputRule } from '../inputRule.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { network, optionError } from '../network.ts'
import { noDownload, pretrainedOptions } from '../pretrained.ts'

const blocks = {
  se_bottleneck: seBottleneck,
  se_resnet_bottleneck: seResNetBottleneck,
  se_resnetxt_bottleneck: seResNeXtBottleneck,
} as const

const shared = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  inChannels: count.req('Channels of the image.'),
  dropoutDim: count.where((n) => n <= 3, '1, 2 or 3').opt('1 to drop elements, 2 or 3 to drop channels.', 1),
  numClasses: count.opt('Classes.', 1000),
} satisfies Schema

const layers = (fallback: readonly number[]) => ints.opt('Blocks of each of the four stages.', fallback)
const groups = (fallback: number) => count.opt('Groups of the 3-wide convolutions.', fallback)
const reduction = count.opt('How many channels share one of the small network that weights them.', 16)
const dropoutProb = <F extends number | null>(fallback: F) =>
  probability.nullable().opt('Chance of dropout before the classifier.', fallback)
const inplanes = (fallback: number) => count.opt('Channels of the first stage.', fallback)
const downsampleKernelSize = (fallback: number) =>
  count.opt('Kernel of the shortcuts that make the map smaller, odd.', fallback)
const input3x3 = (fallback: boolean) =>
  bool.opt('Whether three 3-wide convolutions come first, rather than one 7-wide.', fallback, { alias: 'input_3x3' })

const options = {
  ...shared,
  block: oneOf('se_bottleneck', 'se_resnet_bottleneck', 'se_resnetxt_bottleneck').req('Kind of the blocks.'),
  layers: ints.req('Blocks of each of the four stages.'),
  groups: count.req('Groups of the 3-wide convolutions.'),
  reduction: count.req('How many channels share one of the small network that weights them.'),
  dropoutProb: dropoutProb(0.2),
  inplanes: inplanes(128),
  downsampleKernelSize: downsampleKernelSize(3),
  input3x3: input3x3(true),
} satisfies Schema

type SENetOptions = Values<typeof options>

/**
 * Residual blocks whose channels are weighted by their means (Hu et al. 2018; MONAI SENet). Takes
 * `[N, inChannels, ...spatial]`; gives class scores `[N, numClasses]`.
 */
export const SENet = network({ name: 'SENet', options, check, input, init: kaimingStart, build: seNet })

interface Size {
  readonly block: keyof typeof blocks
  readonly layers: readonly number[]
  readonly groups: number
  readonly dropoutProb: number | null
  /** Whether it begins and goes on as SENet154 does, rather than as a ResNet. */
  readonly large?: boolean
}

function ofSize(name: string, size: Size) {
  const { large = false } = size
  return network({
    name,
    options: {
      ...shared,
      layers: layers(size.layers),
      groups: groups(size.groups),
      reduction,
      dropoutProb: dropoutProb<number | null>(size.dropoutProb),
      inplanes: inplanes(large ? 128 : 64),
      downsampleKernelSize: downsampleKernelSize(large ? 3 : 1),
      input3x3: input3x3(large),
      ...pretrainedOptions,
    },
    check,
    input,
    init: kaimingStart,
    checkInit: ({ pretrained }) => noDownload(pretrained),
    build: (o) => seNet({ ...o, block: size.block }),
  })
}

/** SENet of 154 layers (MONAI SENet154). */
export const SENet154 = ofSize('SENet154', {
  block: 'se_bottleneck',
  layers: [3, 8, 36, 3],
  groups: 64,
  dropoutProb: 0.2,
  large: true,
})

const resnet = { block: 'se_resnet_bottleneck', groups: 1 } as const
const resnext = { block: 'se_resnetxt_bottleneck', groups: 32 } as const

/** ResNet50 with weighted channels (MONAI SEResNet50). */
export const SEResNet50 = ofSize('SEResNet50', { ...resnet, layers: [3, 4, 6, 3], dropoutProb: null })
/** ResNet101 with weighted channels, and dropout (MONAI SEResNet101). */
export const SEResNet101 = ofSize('SEResNet101', { ...resnet, layers: [3, 4, 23, 3], dropoutProb: 0.2 })
/** ResNet152 with weighted channels, and dropout (MONAI SEResNet152). */
export const SEResNet152 = ofSize('SEResNet152', { ...resnet, layers: [3, 8, 36, 3], dropoutProb: 0.2 })
/** ResNeXt50 with weighted channels (MONAI SEResNext50). */
export const SEResNext50 = ofSize('SEResNext50', { ...resnext, layers: [3, 4, 6, 3], dropoutProb: null })
/** ResNeXt101 with weighted channels (MONAI SEResNext101). */
export const SEResNext101 = ofSize('SEResNext101', { ...resnext, layers: [3, 4, 23, 3], dropoutProb: null })

function check(o: { readonly layers: readonly number[]; readonly downsampleKernelSize: number }): void {
  if (o.layers.length !== 4) optionError('layers', `has ${o.layers.length} values; give 4, one for each stage`)
  if (o.downsampleKernelSize % 2 === 0)
    optionError('downsampleKernelSize', `${o.downsampleKernelSize} is even; give an odd number`)
}

function input({ inChannels, spatialDims }: { readonly inChannels: number; readonly spatialDims: number }): InputRule {
  return { channels: inChannels, spatialDims, least: 3 }
}

function seNet(o: SENetOptions): Layer {
  const axes = o.spatialDims
  let channels = o.inplanes
  const stage = (i: number): Layer => {
    const planes = 64 * 2 ** i
    const stride = i === 0 ? 1 : 2
    const from = channels
    channels = 4 * planes
    const project =
      stride === 1 && from === channels
        ? undefined
        : convolution(axes, from, channels, {
            strides: stride,
            kernelSize: i === 0 ? 1 : o.downsampleKernelSize,
            act: null,
            norm: 'batch',
            bias: false,
          })
    return sequential(
      Array.from({ length: o.layers[i] }, (_, k) =>
        blocks[o.block](axes, k === 0 ? from : channels, {
          planes,
          groups: o.groups,
          reduction: o.reduction,
          ...(k === 0 ? { stride, project } : { stride: 1 }),
        }),
      ),
    )
  }
  return layer({
    children: {
      layer0: stem(o),
      layer1: stage(0),
      layer2: stage(1),
      layer3: stage(2),
      layer4: stage(3),
      dropout: o.dropoutProb === null ? undefined : dropoutLayer(o.dropoutProb, o.dropoutDim),
      last_linear: linear(channels, o.numClasses),
    },
    forward: (own, [x]) => {
      const means = channelMeans(own.layer4(own.layer3(own.layer2(own.layer1(own.layer0(x))))))
      return own.last_linear(own.dropout ? own.dropout(means) : means)
    },
  })
}

/** What makes the image four times smaller at first. */
function stem({ spatialDims: axes, inChannels, inplanes, input3x3 }: SENetOptions): Layer {
  const small = (from: number, to: number, strides: number) =>
    conv(axes, from, to, { kernelSize: 3, strides, padding: 1, bias: false })
  const relu = actLayer('relu')
  return sequential({
    ...(input3x3
      ? {
          conv1: small(inChannels, 64, 2),
          bn1: normLayer('batch', 64),
          relu1: relu,
          conv2: small(64, 64, 1),
          bn2: normLayer('batch', 64),
          relu2: relu,
          conv3: small(64, inplanes, 1),
          bn3: normLayer('batch', inplanes),
          relu3: relu,
        }
      : {
          conv1: conv(axes, inChannels, inplanes, { kernelSize: 7, strides: 2, padding: 3, bias: false }),
          bn1: normLayer('batch', inplanes),
          relu1: relu,
        }),
    pool: poolLayer(['max', { kernelSize: 3, stride: 2, ceilMode: true }]),
  })
}
