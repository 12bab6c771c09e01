import { z } from 'zod'
import { Kind, bool, count, intOrInts, ints, oneOf, type Values } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { adn, convolution } from '../blocks/convolutions.ts'
import { ChannelPad } from '../blocks/simple.ts'
import { blockInput, blockOptions } from '../blocks/unitOptions.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { activation, named, namedOrNumber } from '../named.ts'
import { network, optionError } from '../network.ts'

/** What `layerParams` says of one layer or block; MONAI's names, since lists in configs have them. */
export interface HighResLayer {
  readonly name?: string
  /** Width; that of the last layer is the output's. */
  readonly n_features?: number
  /** Kernel size of a layer. */
  readonly kernel_size?: number | readonly number[]
  /** Kernel sizes of the convolutions of a residual block. */
  readonly kernels?: readonly number[]
  /** How many residual blocks. */
  readonly repeat?: number
}

const layerParams: Kind<readonly HighResLayer[]> = new Kind(
  'a list of { name, n_features, kernel_size, kernels, repeat }',
  () =>
    z
      .array(
        z.strictObject({
          name: z.string().optional(),
          n_features: count.type.optional(),
          kernel_size: intOrInts.type.optional(),
          kernels: ints.type.optional(),
          repeat: count.type.optional(),
        }),
      )
      .readonly(),
)

const options = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
  inChannels: count.opt('Channels of the image.', 1),
  outChannels: count.opt('Channels of the result.', 1),
  normType: named.opt('Norm.', ['batch', { affine: true }]),
  actiType: activation.opt('Activation.', ['relu', { inplace: true }]),
  dropoutProb: namedOrNumber.nullable().opt('Chance of dropout after the last two convolutions; none when null.', 0),
  bias: bool.opt('Whether convolutions have a bias.', false),
  layerParams: layerParams.opt('A first layer, residual blocks, and two last layers.', [
    { name: 'conv_0', n_features: 16, kernel_size: 3 },
    { name: 'res_1', n_features: 16, kernels: [3, 3], repeat: 3 },
    { name: 'res_2', n_features: 32, kernels: [3, 3], repeat: 3 },
    { name: 'res_3', n_features: 64, kernels: [3, 3], repeat: 3 },
    { name: 'conv_1', n_features: 80, kernel_size: 1 },
    { name: 'conv_2', kernel_size: 1 },
  ]),
  channelMatching: oneOf('pad', 'project').opt('How inputs get the width of a block that is wider.', 'pad'),
}

/** Norm, activation and convolution for each kernel, added to the input at the new width (MONAI HighResBlock). */
export const HighResBlock = network({
  name: 'HighResBlock',
  options: {
    ...blockOptions,
    kernels: ints.opt('Size of each kernel, odd.', [3, 3]),
    dilation: intOrInts.opt('Spread of the kernels.', 1),
    normType: options.normType,
    actiType: options.actiType,
    bias: options.bias,
    channelMatching: options.channelMatching,
  },
  input: blockInput,
  build: ({ inChannels, outChannels, kernels, dilation, ...o }) =>
    highResBlock(inChannels, outChannels, kernels, dilation, o),
})

/** Convolutions at full resolution, ever more dilated, with residual connections (Li et al. 2017; MONAI HighResNet). */
export const HighResNet = network({
  name: 'HighResNet',
  options,
  check({ layerParams: layers, channelMatching }) {
    if (layers.length < 3) optionError('layerParams', `has ${layers.length} layers; give a first one and two last ones`)
    layers.forEach((one, i) => {
      const wants = i === 0 || i >= layers.length - 2 ? ['kernel_size'] : ['kernels', 'repeat']
      if (i < layers.length - 1) wants.unshift('n_features')
      const missing = wants.find((key) => !(key in one))
      if (missing) optionError(`layerParams[${i}]`, `has no ${missing}; give ${wants.join(', ')}`)
    })
    const widths = layers.slice(0, -2).map((one) => one.n_features!)
    const narrower = widths.findIndex((width, i) => i > 0 && width < widths[i - 1])
    if (channelMatching === 'pad' && narrower > 0)
      optionError(
        `layerParams[${narrower}]`,
        `is narrower, ${widths[narrower]}, than the one before, ${widths[narrower - 1]}; widen it or set channelMatching to "project"`,
      )
  },
  input: ({ spatialDims, inChannels }) => ({ channels: inChannels, spatialDims }),
  build(o) {
    const { spatialDims, inChannels, outChannels, bias } = o
    const layers = o.layerParams
    const shared = { act: o.actiType, norm: o.normType, bias }
    const plain = (
      from: number,
      to: number,
      i: number,
      rest: { adnOrdering: string; dropout?: typeof o.dropoutProb },
    ) => convolution(spatialDims, from, to, { ...shared, ...rest, kernelSize: layers[i].kernel_size })
    const widthOf = (i: number) => layers[i].n_features! // `check` saw it
    const last = layers.length - 1
    const residual = layers
      .slice(1, -2)
      .flatMap((params, i) =>
        Array.from({ length: params.repeat! }, (_, k) =>
          highResBlock(k === 0 ? widthOf(i) : widthOf(i + 1), widthOf(i + 1), params.kernels!, 2 ** i, o),
        ),
      )
    const ending = { adnOrdering: 'NAD', dropout: o.dropoutProb }
    return sequential({
      blocks: sequential([
        plain(inChannels, widthOf(0), 0, { adnOrdering: 'NA' }),
        ...residual,
        plain(widthOf(last - 2), widthOf(last - 1), last - 1, ending),
        plain(widthOf(last - 1), outChannels, last, ending),
      ]),
    })
  },
})

/** The layer of HighResBlock. */
function highResBlock(
  from: number,
  to: number,
  kernels: readonly number[],
  dilation: number | readonly number[],
  o: Pick<Values<typeof options>, 'spatialDims' | 'actiType' | 'normType' | 'bias' | 'channelMatching'>,
): Layer {
  const { spatialDims, channelMatching: mode } = o
  const layers = kernels.flatMap((kernelSize, i) => {
    const width = i === 0 ? from : to
    return [
      adn(width, { ordering: 'NA', act: o.actiType, norm: o.normType }),
      convolution(spatialDims, width, to, { kernelSize, dilation, bias: o.bias, convOnly: true }),
    ]
  })
  return layer({
    children: {
      chn_pad: ChannelPad.layer({ spatialDims, inChannels: from, outChannels: to, mode }),
      layers: sequential(layers),
    },
    forward: (own, [x]) => m.add(own.layers(x), own.chn_pad(x)),
  })
}
