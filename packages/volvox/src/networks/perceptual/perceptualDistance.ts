import { ShapeError, shown } from '../../core/errors.ts'
import { bool, oneOf } from '../../core/options.ts'
import { floats } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { conv } from '../blocks/conv.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { resnetBlocks } from '../blocks/resnetBlock.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { resnetBody, resnetPlanes, resnetSizes } from '../nets/resnet.ts'
import { network, optionError } from '../network.ts'
import { slice, trunks } from './trunks.ts'

const name = 'PerceptualDistance'

export const perceptualNetworks = [
  'alex',
  'vgg',
  'squeeze',
  'radimagenet_resnet50',
  'medicalnet_resnet10_23datasets',
  'medicalnet_resnet50_23datasets',
  'resnet50',
] as const

export type PerceptualNetwork = (typeof perceptualNetworks)[number]

/** Whether a network is of volumes; the others are of slices. */
export function isOfVolumes(networkType: PerceptualNetwork): boolean {
  return networkType.startsWith('medicalnet_')
}

/**
 * How different two images look to a network: the distance of its maps, each element's channels as a direction. Inputs
 * are two images `[N, C, ...]`; gives `[N, 1, 1, ...]`, or for each channel of the image (`channelWise`).
 */
export const PerceptualDistance = network({
  name,
  options: {
    networkType: oneOf(...perceptualNetworks).req('The network.'),
    channelWise: bool.opt('Whether each channel of the image gets its own distance; of MedicalNet only.', false),
  },
  check({ networkType, channelWise }) {
    if (channelWise && !isOfVolumes(networkType))
      optionError('channelWise', `is only of MedicalNet's networks; with "${networkType}" leave it out`)
  },
  build({ networkType, channelWise }) {
    switch (networkType) {
      case 'alex':
      case 'vgg':
      case 'squeeze':
        return learned(networkType)
      case 'resnet50':
        return ofColours(resnet('resnet50', 2, {}), (x) => scaled(x, imageNet.mean, imageNet.std))
      case 'radimagenet_resnet50':
        return ofColours(
          resnet('resnet50', 2, { isKeras: true, blockNorm: ['batch', { eps: 1.001e-5 }] }),
          // MONAI reverses the colours, then takes off the means of reversed ones.
          (x) => scaled(reversed(x), imageNet.mean.toReversed(), [1, 1, 1]),
        )
      case 'medicalnet_resnet10_23datasets':
        return ofChannels(resnet('resnet10', 3, { dilations: [1, 1, 2, 4] }), channelWise)
      case 'medicalnet_resnet50_23datasets':
        return ofChannels(resnet('resnet50', 3, { dilations: [1, 1, 2, 4] }), channelWise)
    }
  },
})

/** Of slices with one channel or three. */
const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

/** A residual network without its classifier, in the published files' names: gives the last map. */
function resnet(
  size: 'resnet10' | 'resnet50',
  axes: number,
  more: { dilations?: readonly number[]; isKeras?: boolean; blockNorm?: [string, { eps: number }] },
): Layer {
  const [block, layers] = resnetSizes[size]
  const { children } = resnetBody(resnetBlocks[block], layers, resnetPlanes, {
    spatialDims: axes,
    nInputChannels: axes === 2 ? 3 : 1,
    conv1TSize: 7,
    conv1TStride: 2,
    noMaxPool: false,
    shortcutType: 'B',
    widenFactor: 1,
    biasDownsample: more.isKeras ?? false,
    act: 'relu',
    norm: more.blockNorm ?? 'batch',
    ...more,
  })
  return sequential(children)
}

/** LPIPS 0.1 (Zhang et al. 2018): the maps of several layers, their channels weighted by what people see. */
function learned(which: 'alex' | 'vgg' | 'squeeze'): Layer {
  const { slices, channels } = trunks[which]()
  const net = layer({
    children: Object.fromEntries(slices.map((parts, i) => [`slice${i + 1}`, slice(parts)])),
    forward(own, [x]): readonly Value[] {
      const maps: Value[] = []
      for (let i = 1; i <= slices.length; i++) maps.push(own[`slice${i}`](maps.at(-1) ?? x))
      return maps
    },
  })
  return layer({
    children: { net, lins: channels.map(weighing) },
    forward(own, [a, b]) {
      const [first, second] = [a, b].map((x) => own.net(scaled(coloured(x), lpips.mean, lpips.std)))
      return own.lins
        .map((weigh, i) => spatialMean(weigh(squares(first[i], second[i]))))
        .reduce((sum, part) => m.add(sum, part))
    },
  })
}

/** What LPIPS does to colours between -1 and 1. */
const lpips = { mean: [-0.03, -0.088, -0.188], std: [0.458, 0.448, 0.45] }

/** The weighted sum of channels. */
function weighing(channels: number): Layer {
  return layer({
    children: { model: sequential([dropoutLayer(0.5), conv(2, channels, 1, { kernelSize: 1, bias: false })]) },
    forward: (own, [x]) => own.model(x),
  })
}

/** Of slices in colours that were changed as the network was trained. */
function ofColours(features: Layer, prepared: (x: Value) => Value): Layer {
  return {
    ...features,
    forward(context, [a, b]) {
      const [first, second] = [a, b].map((x) => features.forward(context, [prepared(coloured(x))]))
      return spatialMean(m.sum(squares(first, second), [1], true))
    },
  }
}

/** Of volumes, channel by channel, of mean 0 and deviation 1 as a whole. */
function ofChannels(features: Layer, channelWise: boolean): Layer {
  return {
    ...features,
    forward(context, [a, b]) {
      const channels = Array.from({ length: a.shape[1] }, (_, c) => c)
      const [first, second] = [a, b].map((x) => {
        const all = m.div(m.sub(x, m.mean(x)), m.sqrt(m.variance(x)))
        return m.concat(
          channels.map((c) => features.forward(context, [m.narrow(all, 1, c, 1)])),
          1,
        )
      })
      const different = squares(first, second)
      if (!channelWise) return spatialMean(m.sum(different, [1], true))
      // MONAI's ranges of channels grow: the one of channel c takes c more features than it has.
      const each = different.shape[1] / channels.length
      const own = channels.map((c) =>
        m.sum(m.narrow(different, 1, c * each, Math.min(each + c, different.shape[1] - c * each)), [1], true),
      )
      return spatialMean(m.concat(own, 1))
    },
  }
}

/** The squared difference of two maps whose channels, at each place, have length 1. */
function squares(a: Value, b: Value): Value {
  return m.square(m.sub(directed(a), directed(b)))
}

/** A tiny number keeps the root differentiable where no channel is active. */
function directed(x: Value): Value {
  const length = m.sqrt(m.add(m.sum(m.square(x), [1], true), 1e-20))
  return m.div(x, m.add(length, 1e-10))
}

function spatialMean(x: Value): Value {
  return m.mean(
    x,
    x.shape.slice(2).map((_, i) => i + 2),
    true,
  )
}

/** Three channels; of one, three like it. */
function coloured(x: Value): Value {
  const channels = x.shape[1]
  if (channels !== 1 && channels !== 3)
    throw new ShapeError(name, `images have shape ${shown(x.shape)}; this network takes 1 or 3 channels`)
  return channels === 3 ? x : m.concat([x, x, x], 1)
}

function reversed(x: Value): Value {
  return m.concat(
    [2, 1, 0].map((c) => m.narrow(x, 1, c, 1)),
    1,
  )
}

function scaled(x: Value, mean: readonly number[], std: readonly number[]): Value {
  const each = (values: readonly number[]) => constant(floats([1, 3, 1, 1], values))
  return m.div(m.sub(x, each(mean)), each(std))
}
