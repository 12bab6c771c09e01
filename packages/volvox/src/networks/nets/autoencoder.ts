import { count, intOrInts, ints } from '../../core/options.ts'
import { convolution, residualUnit, unit, type ConvolutionOptions } from '../blocks/convolutions.ts'
import { checkStack, resUnits, stackOptions, unitOptions } from '../blocks/unitOptions.ts'
import { identity, sequential, type Layer } from '../layer.ts'
import { sizesPerBlock } from '../named.ts'
import { network, optionError } from '../network.ts'

/** Options of autoencoders, but for the shape of the image. */
export const autoencoderOptions = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  outChannels: count.req('Channels of the result.'),
  ...stackOptions,
  upKernelSize: intOrInts.opt('Size of the kernels that lead up, odd.', 3),
  numResUnits: resUnits.opt('Convolutions per residual unit; 0 for plain convolutions.', 0),
  interChannels: ints.opt('Channels of the layers between the two halves; none when null.', null),
  interDilations: sizesPerBlock.opt('Spread of the kernels of each layer between; 1 when null.', null),
  numInterUnits: resUnits.opt('Convolutions per residual unit between; 0 for plain convolutions.', 2),
  ...unitOptions,
}

interface Autoencoding extends Omit<ConvolutionOptions, 'strides'> {
  readonly spatialDims: number
  readonly inChannels: number
  readonly outChannels: number
  readonly channels: readonly number[]
  readonly strides: readonly (number | readonly number[])[]
  readonly kernelSize: number | readonly number[]
  readonly upKernelSize: number | readonly number[]
  readonly numResUnits: number
  readonly interChannels: readonly number[] | null
  readonly interDilations: readonly (number | readonly number[])[] | null
  readonly numInterUnits: number
}

/** Refuses lists that do not fit each other. */
export function checkAutoencoding(
  options: Pick<Autoencoding, 'channels' | 'strides' | 'interChannels' | 'interDilations'>,
): void {
  checkStack(options)
  const { interChannels, interDilations } = options
  if (interDilations && interDilations.length !== (interChannels?.length ?? 0))
    optionError(
      'interDilations',
      `has ${interDilations.length} values; interChannels has ${interChannels?.length ?? 0}; give as many`,
    )
}

/** The three parts of an autoencoder by their names in state dicts, and the channels that reach the decoder. */
export function autoencoding(options: Autoencoding): {
  readonly parts: { readonly encode: Layer; readonly intermediate: Layer; readonly decode: Layer }
  readonly encodedChannels: number
} {
  const { spatialDims, inChannels, outChannels, channels, strides, upKernelSize, ...rest } = options
  const { numResUnits, interChannels, interDilations, numInterUnits, ...conv } = rest
  const widths = interChannels ?? []
  const encoded = channels.at(-1) ?? inChannels
  const encodedChannels = widths.at(-1) ?? encoded

  const encode = channels.map((width, i) =>
    unit(spatialDims, i === 0 ? inChannels : channels[i - 1], width, { ...conv, strides: strides[i], numResUnits }),
  )
  const between = widths.map((width, i) =>
    unit(spatialDims, i === 0 ? encoded : widths[i - 1], width, {
      ...conv,
      dilation: interDilations?.[i] ?? 1,
      numResUnits: numInterUnits,
    }),
  )
  const up = (from: number, to: number, stride: ConvolutionOptions['strides'], isLast: boolean): Layer =>
    sequential({
      conv: convolution(spatialDims, from, to, {
        ...conv,
        kernelSize: upKernelSize,
        strides: stride,
        convOnly: isLast && numResUnits === 0,
        isTransposed: true,
      }),
      resunit:
        numResUnits > 0 ? residualUnit(spatialDims, to, to, { ...conv, subunits: 1, lastConvOnly: isLast }) : undefined,
    })
  const upward = strides.length === 0 ? [1] : [...strides].reverse()
  const decoded = [...channels.slice(0, -1).reverse(), outChannels]
  const decode = decoded.map((width, i) =>
    up(i === 0 ? encodedChannels : decoded[i - 1], width, upward[i], i === upward.length - 1),
  )
  return {
    parts: {
      encode: numbered('encode', encode),
      intermediate: widths.length === 0 ? identity : numbered('inter', between),
      decode: numbered('decode', decode),
    },
    encodedChannels,
  }
}

/** Convolutions down to a small image, perhaps more of them there, and transposed ones up again (MONAI AutoEncoder). */
export const AutoEncoder = network({
  name: 'AutoEncoder',
  options: {
    inChannels: count.req('Channels of the image.'),
    ...autoencoderOptions,
    padding: intOrInts.opt('Padding of every convolution; what keeps the size at step 1 when null.', null),
  },
  check: checkAutoencoding,
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  build: (options) => sequential(autoencoding(options).parts),
})

function numbered(name: string, layers: readonly Layer[]): Layer {
  return sequential(Object.fromEntries(layers.map((one, i) => [`${name}_${i}`, one])))
}
