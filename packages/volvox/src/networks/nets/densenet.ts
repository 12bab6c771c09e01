import { count, ints, probability, type Schema } from '../../core/options.ts'
import { averagePool, maxPool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { conv } from '../blocks/conv.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { linear } from '../blocks/linear.ts'
import { normLayer } from '../blocks/norm.ts'
import { channelMeans } from '../blocks/pool.ts'
import { kaimingStart } from '../init.ts'
import type { InputRule } from '../inputRule.ts'
import { identity, layer, pure, sequential, type Layer } from '../layer.ts'
import { activation, named, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'
import { noDownload, pretrainedOptions } from '../pretrained.ts'

const options = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  inChannels: count.req('Channels of the image.'),
  outChannels: count.req('Classes.'),
  initFeatures: count.opt('Channels of the first convolution.', 64),
  growthRate: count.opt('Channels that each layer adds.', 32),
  blockConfig: ints.opt('Layers of each dense block.', [6, 12, 24, 16]),
  bnSize: count.opt('Width of bottlenecks, as a multiple of the growth rate.', 4),
  act: activation.opt('Activation.', ['relu', { inplace: true }]),
  norm: named.opt('Norm.', 'batch'),
  dropoutProb: probability.opt('Chance of dropout after each layer.', 0),
} satisfies Schema

interface DenseOptions {
  readonly spatialDims: number
  readonly inChannels: number
  readonly initFeatures: number
  readonly growthRate: number
  readonly blockConfig: readonly number[]
  readonly bnSize: number
  readonly act: Named
  readonly norm: Named
  readonly dropoutProb: number
}

/**
 * Each layer sees all that came before it (Huang et al. 2017; MONAI DenseNet). Takes `[N, inChannels, ...spatial]`, each
 * axis halved two times and once more between blocks; gives class scores `[N, outChannels]`.
 */
export const DenseNet = network({
  name: 'DenseNet',
  options,
  check,
  input,
  init: kaimingStart,
  build: (o) => denseNet(o, o.outChannels),
})

function ofSize(name: string, blockConfig: readonly number[]) {
  return network({
    name,
    options: {
      ...options,
      blockConfig: ints.opt('Layers of each dense block.', blockConfig),
      ...pretrainedOptions,
    },
    check,
    input,
    init: kaimingStart,
    checkInit: ({ pretrained }) => noDownload(pretrained),
    build: (o) => denseNet(o, o.outChannels),
  })
}

/** DenseNet with 6, 12, 24 and 16 layers (MONAI DenseNet121). */
export const DenseNet121 = ofSize('DenseNet121', [6, 12, 24, 16])
/** DenseNet with 6, 12, 32 and 32 layers (MONAI DenseNet169). */
export const DenseNet169 = ofSize('DenseNet169', [6, 12, 32, 32])
/** DenseNet with 6, 12, 48 and 32 layers (MONAI DenseNet201). */
export const DenseNet201 = ofSize('DenseNet201', [6, 12, 48, 32])
/** DenseNet with 6, 12, 64 and 48 layers (MONAI DenseNet264). */
export const DenseNet264 = ofSize('DenseNet264', [6, 12, 64, 48])

function check({ blockConfig }: { readonly blockConfig: readonly number[] }): void {
  if (blockConfig.length === 0) optionError('blockConfig', 'is empty; give the number of layers of each block')
}

function input(o: DenseOptions): InputRule {
  // A quarter, rounded up, is left for the first block; each further one halves that, rounded down.
  return { channels: o.inChannels, spatialDims: o.spatialDims, least: 2 ** (o.blockConfig.length + 1) - 3 }
}

function denseNet(o: DenseOptions, classes: number): Layer {
  const { features, channels } = denseFeatures(o, (parts) =>
    layer({ children: { layers: parts }, forward: (own, [x]) => own.layers(x) }),
  )
  return sequential({
    features,
    class_layers: sequential({
      relu: actLayer(o.act),
      pool: pure(channelMeans),
      flatten: identity,
      out: linear(channels, classes),
    }),
  })
}

/** The convolutional part and the channels of its result; `held` says under which name a layer holds its parts. */
export function denseFeatures(o: DenseOptions, held: (parts: Layer) => Layer): { features: Layer; channels: number } {
  const { spatialDims: axes, norm, act } = o
  const parts: Record<string, Layer> = {
    conv0: conv(axes, o.inChannels, o.initFeatures, { kernelSize: 7, strides: 2, padding: 3, bias: false }),
    norm0: normLayer(norm, o.initFeatures),
    relu0: actLayer(act),
    pool0: pure((x) => maxPool(x, 3, { strides: 2, pads: 1 })),
  }
  let channels = o.initFeatures
  o.blockConfig.forEach((layers, i) => {
    const from = channels
    parts[`denseblock${i + 1}`] = sequential(
      Object.fromEntries(
        Array.from({ length: layers }, (_, k) => [
          `denselayer${k + 1}`,
          beside(held(denseLayer(from + k * o.growthRate, o))),
        ]),
      ),
    )
    channels += layers * o.growthRate
    if (i === o.blockConfig.length - 1) parts.norm5 = normLayer(norm, channels)
    else {
      const half = Math.floor(channels / 2)
      parts[`transition${i + 1}`] = sequential({
        norm: normLayer(norm, channels),
        relu: actLayer(act),
        conv: conv(axes, channels, half, { kernelSize: 1, bias: false }),
        pool: pure((x) => averagePool(x, 2)),
      })
      channels = half
    }
  })
  return { features: sequential(parts), channels }
}

function denseLayer(channels: number, o: DenseOptions): Layer {
  const { spatialDims: axes, growthRate, norm, act, dropoutProb } = o
  const width = o.bnSize * growthRate
  return sequential({
    norm1: normLayer(norm, channels),
    relu1: actLayer(act),
    conv1: conv(axes, channels, width, { kernelSize: 1, bias: false }),
    norm2: normLayer(norm, width),
    relu2: actLayer(act),
    conv2: conv(axes, width, growthRate, { kernelSize: 3, padding: 1, bias: false }),
    dropout: dropoutProb > 0 ? dropoutLayer(dropoutProb, axes) : undefined,
  })
}

/** The input beside what the layer makes of it. */
function beside(inner: Layer): Layer {
  return { ...inner, withChild: undefined, forward: (context, [x]) => m.concat([x, inner.forward(context, [x])], 1) }
}
