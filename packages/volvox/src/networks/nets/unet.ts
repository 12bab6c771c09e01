import { bool, count, int, intOrInts, ints, text } from '../../core/options.ts'
import { convolution, residualUnit, type ConvolutionOptions } from '../blocks/convolutions.ts'
import { sequential, skip, type Layer } from '../layer.ts'
import { activation, named, namedOrNumber, sizesPerBlock } from '../named.ts'
import { stepsOf } from '../inputRule.ts'
import { network, optionError } from '../network.ts'

/**
 * U-Net with strided convolutions down, transposed ones up, and residual units when `numResUnits` > 0
 * (MONAI UNet; Kerfoot et al. 2018).
 */
export const UNet = network({
  name: 'UNet',
  options: {
    spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
    inChannels: count.req('Channels of the image.'),
    outChannels: count.req('Channels of the result, usually one per class.'),
    channels: ints.req('Width per level, top first.'),
    strides: sizesPerBlock.req('Step from each level to the next.'),
    kernelSize: intOrInts.opt('Size of convolution kernels, odd.', 3),
    upKernelSize: intOrInts.opt('Size of the kernels that lead up, odd.', 3),
    numResUnits: int.opt('Convolutions per residual unit; 0 for plain convolutions.', 0),
    act: activation.nullable().opt('Activation; none when null.', 'PRELU'),
    norm: named.nullable().opt('Norm; none when null.', 'INSTANCE'),
    dropout: namedOrNumber.nullable().opt('Chance of dropout; none when null.', 0),
    bias: bool.opt('Whether convolutions have a bias.', true),
    adnOrdering: text.opt('Order of activation (A), dropout (D) and norm (N).', 'NDA'),
  },
  check({ channels, strides }) {
    if (channels.length < 2) optionError('channels', `has ${channels.length} values; a UNet needs 2 or more`)
    if (strides.length < channels.length - 1)
      optionError('strides', `has ${strides.length} values; ${channels.length} channels need ${channels.length - 1}`)
  },
  input: ({ spatialDims, inChannels, channels, strides }) => ({
    channels: inChannels,
    spatialDims,
    divisor: stepsOf(strides.slice(0, channels.length - 1), spatialDims),
  }),
  build({ spatialDims, inChannels, outChannels, channels, strides, upKernelSize, numResUnits, ...block }) {
    const down = (from: number, to: number, stride: ConvolutionOptions['strides']): Layer =>
      numResUnits > 0
        ? residualUnit(spatialDims, from, to, { ...block, strides: stride, subunits: numResUnits })
        : convolution(spatialDims, from, to, { ...block, strides: stride })

    const up = (from: number, to: number, stride: ConvolutionOptions['strides'], top: boolean): Layer => {
      const convOnly = top && numResUnits === 0
      const first = convolution(spatialDims, from, to, {
        ...block,
        kernelSize: upKernelSize,
        strides: stride,
        convOnly,
        isTransposed: true,
      })
      return numResUnits > 0
        ? sequential([first, residualUnit(spatialDims, to, to, { ...block, subunits: 1, lastConvOnly: top })])
        : first
    }

    const level = (from: number, to: number, i: number): Layer => {
      const width = channels[i]
      const below = channels[i + 1]
      const bottom = i === channels.length - 2
      const inner = bottom ? down(width, below, 1) : level(width, width, i + 1)
      return sequential([
        down(from, width, strides[i]),
        skip(inner),
        up(bottom ? width + below : 2 * width, to, strides[i], i === 0),
      ])
    }

    return sequential({ model: level(inChannels, outChannels, 0) })
  },
})
