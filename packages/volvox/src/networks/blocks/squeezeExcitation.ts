import { OptionError } from '../../core/errors.ts'
import * as m from '../../graph/math.ts'
import { identity, layer, sequential, type Layer } from '../layer.ts'
import type { Named } from '../named.ts'
import { actLayer } from './act.ts'
import { conv } from './conv.ts'
import { convolution, type ConvolutionOptions } from './convolutions.ts'
import { linear } from './linear.ts'
import { channelMeans } from './pool.ts'

/** Weights channels by what a small network makes of their means (Hu et al. 2018; MONAI ChannelSELayer). */
export function channelSE(
  channels: number,
  reduction: number,
  { first = 'relu', second = 'sigmoid' }: { readonly first?: Named; readonly second?: Named } = {},
): Layer {
  const width = Math.trunc(channels / reduction)
  if (!(width > 0))
    throw new OptionError('reduction', `${reduction} leaves nothing of ${channels} channels; use at most ${channels}`)
  return layer({
    children: {
      fc: sequential([linear(channels, width), actLayer(first), linear(width, channels), actLayer(second)]),
    },
    forward: ({ fc }, [x]) =>
      m.mul(x, m.reshape(fc(channelMeans(x)), [x.shape[0], channels, ...x.shape.slice(2).map(() => 1)])),
  })
}

/** One of the three convolutions of a block: channels that come out, and the rest. */
export type BlockConvolution = ConvolutionOptions & { readonly channels: number }

export interface SEBlockOptions {
  readonly reduction: number
  /** Between the linear layers that weight channels, and after them. */
  readonly acts?: { readonly first?: Named; readonly second?: Named }
  /** What the input goes through before it is added; unless given, a convolution of size 1 where channels differ. */
  readonly project?: Layer
  /** The last activation, ReLU unless given. */
  readonly act?: Named | null
}

/** Three convolutions and weighted channels, beside the input (MONAI SEBlock). */
export function seBlock(
  axes: number,
  inChannels: number,
  convs: readonly [BlockConvolution, BlockConvolution, BlockConvolution],
  { reduction, acts, project, act = 'relu' }: SEBlockOptions,
): Layer {
  const [conv1, conv2, conv3] = convs.map(({ channels, ...o }, i) =>
    convolution(axes, i === 0 ? inChannels : convs[i - 1].channels, channels, o),
  )
  const { channels } = convs[2]
  const changes = inChannels !== channels
  return layer({
    children: {
      conv1,
      conv2,
      conv3,
      se_layer: channelSE(channels, reduction, acts),
      project: project ?? (changes ? conv(axes, inChannels, channels, { kernelSize: 1 }) : identity),
      act: actLayer(act),
    },
    forward: (own, [x]) => own.act(m.add(own.se_layer(own.conv3(own.conv2(own.conv1(x)))), own.project(x))),
  })
}

/** Channels of a bottleneck, and where it stands. */
export interface SEBottleneckOptions extends SEBlockOptions {
  /** A quarter of the channels that come out. */
  readonly planes: number
  readonly groups: number
  readonly stride: number
  /** Of SEResNeXt: channels of each group for 64 planes, 4 unless given. */
  readonly baseWidth?: number
}

/** A bottleneck of `inChannels`. */
export type SEBottleneckLayer = (axes: number, inChannels: number, options: SEBottleneckOptions) => Layer

/** Wide, with the stride in the middle (MONAI SEBottleneck). */
export const seBottleneck: SEBottleneckLayer = (axes, inChannels, { planes, groups, stride, ...o }) => {
  const wide = [2 * planes, 4 * planes, 4 * planes] as const
  return seBlock(axes, inChannels, bottleneck(wide, { strides: stride, groups }), o)
}

/** With the stride at the beginning (MONAI SEResNetBottleneck). */
export const seResNetBottleneck: SEBottleneckLayer = (axes, inChannels, { planes, groups, stride, ...o }) => {
  const [first, ...others] = bottleneck([planes, planes, 4 * planes], { groups })
  return seBlock(axes, inChannels, [{ ...first, strides: stride }, ...others], o)
}

/** Of many groups with few channels each (MONAI SEResNeXtBottleneck). */
export const seResNeXtBottleneck: SEBottleneckLayer = (axes, inChannels, options) => {
  const { planes, groups, stride, baseWidth = 4, ...o } = options
  const width = Math.floor(planes * (baseWidth / 64)) * groups
  return seBlock(axes, inChannels, bottleneck([width, width, 4 * planes], { strides: stride, groups }), o)
}

/** Convolutions of size 1, 3 and 1 with batch norm; `middle` is what else the second one has. */
function bottleneck(
  [first, second, third]: readonly [number, number, number],
  middle: ConvolutionOptions,
): [BlockConvolution, BlockConvolution, BlockConvolution] {
  const shared = { norm: 'batch', bias: false }
  return [
    { ...shared, channels: first, kernelSize: 1, act: 'relu' },
    { ...shared, channels: second, kernelSize: 3, act: 'relu', ...middle },
    { ...shared, channels: third, kernelSize: 1, act: null },
  ]
}
