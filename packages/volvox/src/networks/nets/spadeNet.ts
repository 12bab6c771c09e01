import { ShapeError, shown } from '../../core/errors.ts'
import { bool, count, ints, oneOf, type Values } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { convolution } from '../blocks/convolutions.ts'
import { checkInterpolation, interpolate } from '../blocks/interpolate.ts'
import { linear } from '../blocks/linear.ts'
import { spade, spadeOptions } from '../blocks/spade.ts'
import type { NetworkInput } from '../inputs.ts'
import { layer, type Context, type Layer } from '../layer.ts'
import { activation, named } from '../named.ts'
import { network, optionError } from '../network.ts'

const leaky = ['LEAKYRELU', { negative_slope: 0.2 }] as const

const options = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  inChannels: count.req('Channels of the image whose style is taken.'),
  outChannels: count.req('Channels of the result.'),
  labelNc: spadeOptions.labelNc,
  inputShape: ints.req('Spatial sizes of the image.'),
  channels: ints.req('Channels per level, top first.'),
  zDim: count.opt('Numbers that a style is; only without isVae may it be null.', null),
  isVae: bool.opt('Whether there is an encoder of styles; otherwise the labels alone make the image.', true),
  spadeIntermediateChannels: spadeOptions.spadeIntermediateChannels,
  norm: named.opt('Norm that the labels scale and shift.', 'INSTANCE'),
  act: activation.opt('Activation.', leaky),
  lastAct: activation.nullable().opt('Activation of the result; none when null.', leaky),
  kernelSize: count.where((n) => n % 2 === 1, 'an odd whole number').opt('Size of the kernels.', 3),
  upsamplingMode: oneOf('nearest', 'linear', 'bilinear', 'trilinear', 'bicubic').opt(
    'How maps are enlarged.',
    'nearest',
  ),
}

type SpadeNetOptions = Values<typeof options>

/**
 * An image from a label map, in the style of another image (Park et al. 2019, MONAI SPADENet). Inputs: labels
 * `[N, labelNc, ...]` and, with `isVae`, the image `[N, inChannels, ...]`. Gives the image and, with `isVae`, mean and
 * log-variance `[N, zDim]` of the style. Methods: `encode` of an image to a style, drawn from that distribution, and
 * `decode` of labels and a style, which is drawn from the normal distribution unless given.
 */
export const SPADENet = network<typeof options, readonly Value[]>({
  name: 'SPADENet',
  options,
  check({ inputShape, spatialDims, channels, isVae, zDim, upsamplingMode }) {
    if (inputShape.length !== spatialDims)
      optionError('inputShape', `has ${inputShape.length} values; ${spatialDims} spatial axes need ${spatialDims}`)
    if (channels.length === 0) optionError('channels', 'is empty; give one or more')
    const divisor = 2 ** channels.length
    const odd = inputShape.find((n) => n < 1 || n % divisor !== 0)
    if (odd !== undefined)
      optionError('inputShape', `${odd} is not a multiple of ${divisor}, as ${channels.length} channels need`)
    if (isVae && zDim === null) optionError('zDim', 'is null; with isVae, give the numbers that a style is')
    checkInterpolation(upsamplingMode, null, spatialDims, 'upsamplingMode')
  },
  input: ({ labelNc, spatialDims }) => ({ channels: labelNc, spatialDims }),
  inputs({ labelNc, inChannels, isVae, inputShape }) {
    const labels: NetworkInput = { name: 'seg', about: `labels [N, ${labelNc}, ...]` }
    return isVae ? [labels, { name: 'x', about: 'an image', shape: ([n]) => [n, inChannels, ...inputShape] }] : [labels]
  },
  build: (options) => {
    const { isVae, zDim, inChannels, inputShape } = options
    const children = { encoder: isVae ? styleEncoder(options) : undefined, decoder: decoder(options) }
    const encoded = (encode: ((x: Value) => readonly Value[]) | undefined, image: Value | undefined) => {
      const shape = [inChannels, ...inputShape]
      if (!encode) throw new ShapeError('SPADENet', 'has no encoder; set isVae')
      if (image === undefined || shown(image.shape.slice(1)) !== shown(shape))
        throw new ShapeError(
          'SPADENet',
          `the image has shape ${shown(image?.shape ?? null)}; give [N, ${shape.join(', ')}] as second input`,
        )
      return encode(image)
    }
    return layer({
      children,
      forward(own, [labels, image], context): readonly Value[] {
        if (!isVae) return [own.decoder(labels)]
        const [mean, logVariance] = encoded(own.encoder, image)
        return [own.decoder(labels, style(mean, logVariance, context)), mean, logVariance]
      },
      methods: {
        encode(own, [image], context) {
          const [mean, logVariance] = encoded(own.encoder, image)
          return style(mean, logVariance, context)
        },
        decode: (own, [labels, z], context) =>
          isVae ? own.decoder(labels, z ?? context.normalNoise([labels.shape[0], zDim!])) : own.decoder(labels),
      },
    })
  },
})

function style(mean: Value, logVariance: Value, context: Context): Value {
  return m.add(m.mul(context.normalNoise(mean.shape), m.exp(m.mul(0.5, logVariance))), mean)
}

/** Spatial sizes at the bottom. */
function bottomSizes({ inputShape, channels }: SpadeNetOptions): readonly number[] {
  return inputShape.map((n) => n / 2 ** channels.length)
}

/** MONAI SPADEEncoder: an image to mean and log-variance of its style. */
function styleEncoder(options: SpadeNetOptions): Layer<readonly Value[]> {
  const { spatialDims, inChannels, channels, kernelSize, norm, act } = options
  const features = channels[channels.length - 1] * sizeOf(bottomSizes(options))
  return layer({
    children: {
      blocks: channels.map((width, i) =>
        convolution(spatialDims, channels[i - 1] ?? inChannels, width, { strides: 2, kernelSize, norm, act }),
      ),
      fc_mu: linear(features, options.zDim!),
      fc_var: linear(features, options.zDim!),
    },
    forward(own, [image]): readonly Value[] {
      const bottom = own.blocks.reduce((y, block) => block(y), image)
      const flat = m.reshape(bottom, [image.shape[0], features])
      return [own.fc_mu(flat), own.fc_var(flat)]
    },
  })
}

/** MONAI SPADEDecoder: labels, and a style where there are styles, to an image. */
function decoder(options: SpadeNetOptions): Layer {
  const { spatialDims, labelNc, isVae, zDim, outChannels, kernelSize, lastAct, upsamplingMode } = options
  const widths = [...options.channels.toReversed(), outChannels]
  const sizes = bottomSizes(options)
  return layer({
    children: {
      fc: isVae ? linear(zDim!, widths[0] * sizeOf(sizes)) : undefined,
      conv_init: isVae ? undefined : convolution(spatialDims, labelNc, widths[0], { kernelSize }),
      blocks: widths.slice(1).map((width, i) => resBlock(widths[i], width, options)),
      last_conv: convolution(spatialDims, outChannels, outChannels, { kernelSize, norm: null, act: lastAct }),
    },
    forward(own, [labels, z]) {
      const first = own.fc
        ? m.reshape(own.fc(z), [labels.shape[0], widths[0], ...sizes])
        : own.conv_init!(interpolate(labels, sizes, 'nearest'))
      const last = own.blocks.reduce((y, block) => {
        const made = block(y, labels)
        return interpolate(
          made,
          made.shape.slice(2).map((n) => 2 * n),
          upsamplingMode,
        )
      }, first)
      return own.last_conv(last)
    },
  })
}

/** MONAI SPADENetResBlock: norm, activation and convolution, twice, added to the input. Inputs: map, labels. */
function resBlock(inChannels: number, outChannels: number, options: SpadeNetOptions): Layer {
  const { spatialDims, labelNc, spadeIntermediateChannels: hiddenChannels, norm, kernelSize, act } = options
  const between = Math.min(inChannels, outChannels)
  const changes = inChannels !== outChannels
  const bare = (from: number, to: number, kernelSize = 3) =>
    convolution(spatialDims, from, to, { kernelSize, act: null, norm: null })
  const steered = (channels: number) => spade(spatialDims, channels, { labelNc, hiddenChannels, norm, kernelSize })
  return layer({
    children: {
      conv_0: bare(inChannels, between),
      conv_1: bare(between, outChannels),
      activation: actLayer(act),
      norm_0: steered(inChannels),
      norm_1: steered(between),
      conv_s: changes ? bare(inChannels, outChannels, 1) : undefined,
      norm_s: changes ? steered(inChannels) : undefined,
    },
    forward(own, [x, labels]) {
      const kept = own.conv_s ? own.conv_s(own.norm_s!(x, labels)) : x
      const hidden = own.conv_0(own.activation(own.norm_0(x, labels)))
      return m.add(kept, own.conv_1(own.activation(own.norm_1(hidden, labels))))
    },
  })
}
