import { OptionError } from '../../core/errors.ts'
import { bool, intOrInts, type Schema } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { named, namedOrNumber, perAxis, type Named } from '../named.ts'
import { network } from '../network.ts'
import { actLayer } from './act.ts'
import { convolution } from './convolutions.ts'
import { normLayer } from './norm.ts'
import { blockInput, blockOptions } from './unitOptions.ts'

/** What all blocks of a DynUNet share. */
export interface DynUNetBlockOptions {
  readonly normName: Named
  readonly actName: Named
  readonly dropout: Named | number | null
}

type Sizes = number | readonly number[]
type Block = (
  axes: number,
  inChannels: number,
  outChannels: number,
  kernelSize: Sizes,
  stride: Sizes,
  options: DynUNetBlockOptions,
) => Layer

/** MONAI UnetBasicBlock: convolution, norm, activation, twice. */
export const unetBasicBlock: Block = (axes, inChannels, outChannels, kernelSize, stride, options) =>
  layer({
    children: twoConvolutions(axes, inChannels, outChannels, kernelSize, stride, options),
    forward: (own, [x]) => own.lrelu(own.norm2(own.conv2(own.lrelu(own.norm1(own.conv1(x)))))),
  })

/** MONAI UnetResBlock: the basic block with the input added before the last activation, through a 1x1 convolution where shapes differ. */
export const unetResBlock: Block = (axes, inChannels, outChannels, kernelSize, stride, options) => {
  const reshapes = inChannels !== outChannels || perAxis(stride, axes, 'strides').some((step) => step !== 1)
  return layer({
    children: {
      ...twoConvolutions(axes, inChannels, outChannels, kernelSize, stride, options),
      conv3: reshapes ? dynConv(axes, inChannels, outChannels, 1, stride, options) : undefined,
      norm3: reshapes ? normLayer(options.normName, outChannels, 'normName') : undefined,
    },
    forward: (own, [x]) => {
      const y = own.norm2(own.conv2(own.lrelu(own.norm1(own.conv1(x)))))
      const residual = own.conv3 && own.norm3 ? own.norm3(own.conv3(x)) : x
      return own.lrelu(m.add(y, residual))
    },
  })
}

/** MONAI UnetUpBlock: a transposed convolution of the input, beside the skip connection, through a basic block. */
export function unetUpBlock(
  axes: number,
  inChannels: number,
  outChannels: number,
  kernelSize: Sizes,
  upsampleKernelSize: Sizes,
  options: DynUNetBlockOptions & { readonly transBias: boolean },
): Layer {
  return layer({
    children: {
      transp_conv: dynConv(axes, inChannels, outChannels, upsampleKernelSize, upsampleKernelSize, options, {
        bias: options.transBias,
        isTransposed: true,
      }),
      conv_block: unetBasicBlock(axes, 2 * outChannels, outChannels, kernelSize, 1, options),
    },
    forward: (own, [x, skipped]) => own.conv_block(m.concat([own.transp_conv(x), skipped], 1)),
  })
}

/** MONAI UnetOutBlock: a 1x1 convolution to the output channels. */
export function unetOutBlock(
  axes: number,
  inChannels: number,
  outChannels: number,
  options: Pick<DynUNetBlockOptions, 'dropout'>,
): Layer {
  return layer({
    children: { conv: dynConv(axes, inChannels, outChannels, 1, 1, options, { bias: true }) },
    forward: ({ conv }, [x]) => conv(x),
  })
}

function twoConvolutions(
  axes: number,
  inChannels: number,
  outChannels: number,
  kernelSize: Sizes,
  stride: Sizes,
  options: DynUNetBlockOptions,
) {
  return {
    conv1: dynConv(axes, inChannels, outChannels, kernelSize, stride, options),
    conv2: dynConv(axes, outChannels, outChannels, kernelSize, 1, options),
    lrelu: actLayer(options.actName, 'actName'),
    norm1: normLayer(options.normName, outChannels, 'normName'),
    norm2: normLayer(options.normName, outChannels, 'normName'),
  }
}

/** MONAI get_conv_layer: a convolution with dropout at most, padded so that each axis is divided by its stride. */
export function dynConv(
  axes: number,
  inChannels: number,
  outChannels: number,
  kernelSize: Sizes,
  stride: Sizes,
  { dropout }: Pick<DynUNetBlockOptions, 'dropout'>,
  { bias = false, isTransposed = false } = {},
): Layer {
  const kernel = perAxis(kernelSize, axes, 'kernelSize')
  const strides = perAxis(stride, axes, 'strides')
  const padding = kernel.map((k, i) => paddingOf(k, strides[i]))
  const outputPadding = kernel.map((k, i) => 2 * padding[i] + strides[i] - k)
  kernel.forEach((k, i) => {
    if (k - strides[i] + 1 < 0 || (isTransposed && outputPadding[i] < 0))
      throw new OptionError(
        'kernelSize',
        `${k} with stride ${strides[i]} on axis ${i} needs negative padding; use a larger kernel or a smaller stride`,
      )
  })
  const window = { kernelSize: kernel, strides, padding, outputPadding: isTransposed ? outputPadding : null }
  return convolution(axes, inChannels, outChannels, { ...window, act: null, norm: null, dropout, bias, isTransposed })
}

/** The size of an axis after such a convolution. */
export function dynConvSize(n: number, kernel: number, stride: number): number {
  return Math.floor((n + 2 * paddingOf(kernel, stride) - kernel) / stride) + 1
}

function paddingOf(kernel: number, stride: number): number {
  return Math.trunc((kernel - stride + 1) / 2)
}

const blockOfTwo = {
  ...blockOptions,
  kernelSize: intOrInts.req('Size of the kernels.'),
  stride: intOrInts.req('Step of the first convolution.'),
} satisfies Schema

const normed = {
  normName: named.req('Norm.'),
  actName: named.opt('Activation.', ['leakyrelu', { inplace: true, negative_slope: 0.01 }]),
  dropout: namedOrNumber.nullable().opt('Chance of dropout; none when null.', null),
} satisfies Schema

/** Convolution, norm and activation, twice (MONAI UnetBasicBlock). */
export const UnetBasicBlock = network({
  name: 'UnetBasicBlock',
  options: { ...blockOfTwo, ...normed },
  input: blockInput,
  build: (o) => unetBasicBlock(o.spatialDims, o.inChannels, o.outChannels, o.kernelSize, o.stride, o),
})

/** The same with the input added before the last activation (MONAI UnetResBlock). */
export const UnetResBlock = network({
  name: 'UnetResBlock',
  options: { ...blockOfTwo, ...normed },
  input: blockInput,
  build: (o) => unetResBlock(o.spatialDims, o.inChannels, o.outChannels, o.kernelSize, o.stride, o),
})

/** Enlarged by a transposed convolution, beside the second input, through a UnetBasicBlock (MONAI UnetUpBlock). */
export const UnetUpBlock = network({
  name: 'UnetUpBlock',
  inputs: () => [
    { name: 'inp', about: 'the map from below' },
    { name: 'skip', about: 'the one beside it' },
  ],
  options: {
    ...blockOfTwo,
    stride: intOrInts.req('No effect.'),
    upsampleKernelSize: intOrInts.req('Size and step of the transposed convolution.'),
    ...normed,
    transBias: bool.opt('Whether the transposed convolution has a bias.', false),
  },
  input: blockInput,
  build: (o) => unetUpBlock(o.spatialDims, o.inChannels, o.outChannels, o.kernelSize, o.upsampleKernelSize, o),
})

/** A convolution of size 1 (MONAI UnetOutBlock). */
export const UnetOutBlock = network({
  name: 'UnetOutBlock',
  options: { ...blockOptions, dropout: normed.dropout },
  input: blockInput,
  build: ({ spatialDims, inChannels, outChannels, dropout }) =>
    unetOutBlock(spatialDims, inChannels, outChannels, { dropout }),
})
