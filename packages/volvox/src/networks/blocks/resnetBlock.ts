import { count, type Schema } from '../../core/options.ts'
import { averagePool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { layer, pure, type Layer } from '../layer.ts'
import { named, type Named } from '../named.ts'
import { network, networkOption } from '../network.ts'
import { actLayer } from './act.ts'
import { conv } from './conv.ts'
import { normLayer } from './norm.ts'

/** What residual blocks share; absent values mean MONAI's defaults. */
export interface ResnetBlockOptions {
  readonly stride?: number | readonly number[]
  /** What the input goes through before it is added; nothing when absent. */
  readonly downsample?: Layer
  readonly act?: Named
  readonly norm?: Named
  /** Of the 3-wide convolution of a bottleneck. */
  readonly groups?: number
  /** How many times `planes` channels a bottleneck gives; 4 unless given. */
  readonly expansion?: number
  /** Channels inside a bottleneck; `planes` unless given. */
  readonly width?: number
  /** Of the 3-wide convolutions. */
  readonly dilation?: number
  /** Whether convolutions have a bias. */
  readonly bias?: boolean
  /** Whether the first convolution of a bottleneck has the stride, as in Keras, rather than the second. */
  readonly isFirstStrided?: boolean
}

/** A residual block of so many planes, which gives `expansion` times as many channels. */
export interface ResnetBlockKind {
  readonly expansion: number
  make(axes: number, inPlanes: number, planes: number, options: ResnetBlockOptions): Layer
}

/** Two convolutions beside the input (He et al. 2016; MONAI ResNetBlock). */
const basic: ResnetBlockKind = {
  expansion: 1,
  make: (
    axes,
    inPlanes,
    planes,
    { stride = 1, downsample, act = 'relu', norm = 'batch', dilation = 1, bias = false },
  ) => {
    const wide = { kernelSize: 3, padding: dilation, dilation, bias }
    return layer({
      children: {
        conv1: conv(axes, inPlanes, planes, { ...wide, strides: stride }),
        bn1: normLayer(norm, planes),
        act: actLayer(act),
        conv2: conv(axes, planes, planes, wide),
        bn2: normLayer(norm, planes),
        downsample,
      },
      forward: (own, [x]) => {
        const y = own.bn2(own.conv2(own.act(own.bn1(own.conv1(x)))))
        return own.act(m.add(y, own.downsample ? own.downsample(x) : x))
      },
    })
  },
}

/** Three convolutions, the middle one with few channels and the stride, beside the input (MONAI ResNetBottleneck). */
const bottleneck: ResnetBlockKind = {
  expansion: 4,
  make: (axes, inPlanes, planes, options) => {
    const { stride = 1, downsample, act = 'relu', norm = 'batch', groups = 1, width = planes } = options
    const { dilation = 1, bias = false, isFirstStrided = false, expansion = 4 } = options
    const [first, second] = isFirstStrided ? [stride, 1] : [1, stride]
    return layer({
      children: {
        conv1: conv(axes, inPlanes, width, { kernelSize: 1, strides: first, bias }),
        bn1: normLayer(norm, width),
        conv2: conv(axes, width, width, { kernelSize: 3, strides: second, padding: dilation, dilation, groups, bias }),
        bn2: normLayer(norm, width),
        conv3: conv(axes, width, expansion * planes, { kernelSize: 1, bias }),
        bn3: normLayer(norm, expansion * planes),
        act: actLayer(act),
        downsample,
      },
      forward: (own, [x]) => {
        const narrow = own.act(own.bn2(own.conv2(own.act(own.bn1(own.conv1(x))))))
        return own.act(m.add(own.bn3(own.conv3(narrow)), own.downsample ? own.downsample(x) : x))
      },
    })
  },
}

/** Shortcut A: every other voxel, with channels of zeros; no gradient passes, as in MONAI. */
export function subsample(from: number, to: number, strides: number | readonly number[]): Layer {
  return pure((x) => {
    const few = m.detach(averagePool(x, 1, { strides }))
    return m.pad(few, [...few.shape.map(() => 0), 0, to - from, ...few.shape.slice(2).map(() => 0)])
  })
}

export const resnetBlocks: Readonly<Record<'basic' | 'bottleneck', ResnetBlockKind>> = { basic, bottleneck }

const options = {
  inPlanes: count.req('Channels of the input.'),
  planes: count.req('Channels of the convolutions.'),
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
  stride: count.opt('Step of the convolution that makes the map smaller.', 1),
  downsample: networkOption.opt('What the input goes through before it is added; nothing when null.', null),
  act: named.opt('Activation.', ['relu', { inplace: true }]),
  norm: named.opt('Norm.', 'batch'),
} satisfies Schema

function component(name: string, { make }: ResnetBlockKind) {
  return network({
    name,
    options,
    input: ({ inPlanes, spatialDims }) => ({ channels: inPlanes, spatialDims }),
    build: ({ spatialDims, inPlanes, planes, downsample, ...o }) =>
      make(spatialDims, inPlanes, planes, { ...o, downsample: downsample ? (downsample.layer as Layer) : undefined }),
  })
}

/** Two convolutions beside the input (MONAI ResNetBlock). */
export const ResNetBlock = component('ResNetBlock', basic)
/** Three convolutions beside the input; gives 4 times `planes` channels (MONAI ResNetBottleneck). */
export const ResNetBottleneck = component('ResNetBottleneck', bottleneck)
