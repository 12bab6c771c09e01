import { bool, int, intOrInts } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { named, type Named } from '../named.ts'
import { network } from '../network.ts'
import { dynConv, unetBasicBlock, unetResBlock, type DynUNetBlockOptions } from './dynunetBlock.ts'
import { blockInput, blockOptions } from './unitOptions.ts'

type Sizes = number | readonly number[]

/** Absent sizes are those that UNETR has. */
export interface UnetrBlockOptions {
  readonly normName: Named
  readonly resBlock: boolean
  /** 3 unless given. */
  readonly kernelSize?: Sizes
  /** Of the first convolution of a block; 1 unless given. */
  readonly stride?: Sizes
  /** Of transposed convolutions, also their step; 2 unless given. */
  readonly upsampleKernelSize?: Sizes
}

type Block = (axes: number, inChannels: number, outChannels: number, options: UnetrBlockOptions) => Layer

const kernelSize = intOrInts.req('Size of the kernels.')
const stride = intOrInts.req('Step of the first convolution.')
const upsampleKernelSize = intOrInts.req('Size and step of the transposed convolutions.')
const normAndKind = {
  normName: named.req('Norm.'),
  resBlock: bool.opt('Whether blocks of convolutions are residual.', false),
}

/** A plain or a residual block of two convolutions (MONAI UnetrBasicBlock). */
export const UnetrBasicBlock = network({
  name: 'UnetrBasicBlock',
  options: { ...blockOptions, kernelSize, stride, ...normAndKind },
  input: blockInput,
  build: (o) => unetrBasicBlock(o.spatialDims, o.inChannels, o.outChannels, o),
})

/** Enlarged by a transposed convolution, beside the second input, through a block of convolutions (MONAI UnetrUpBlock). */
export const UnetrUpBlock = network({
  name: 'UnetrUpBlock',
  inputs: () => [
    { name: 'inp', about: 'the map from below' },
    { name: 'skip', about: 'the one beside it' },
  ],
  options: { ...blockOptions, kernelSize, upsampleKernelSize, ...normAndKind },
  input: blockInput,
  build: (o) => unetrUpBlock(o.spatialDims, o.inChannels, o.outChannels, o),
})

/** Enlarged by several transposed convolutions, perhaps with blocks of convolutions between (MONAI UnetrPrUpBlock). */
export const UnetrPrUpBlock = network({
  name: 'UnetrPrUpBlock',
  options: {
    ...blockOptions,
    numLayer: int
      .where((n) => n >= 0, 'a whole number of 0 or more')
      .req('Transposed convolutions after the first one.'),
    kernelSize,
    stride,
    upsampleKernelSize,
    normName: normAndKind.normName,
    convBlock: bool.opt('Whether a block of convolutions follows each of these.', false),
    resBlock: normAndKind.resBlock,
  },
  input: blockInput,
  build: ({ convBlock, ...o }) =>
    unetrPrUpBlock(o.spatialDims, o.inChannels, o.outChannels, { ...o, convolves: convBlock }),
})

/** The layer of UnetrBasicBlock. */
export const unetrBasicBlock: Block = (axes, inChannels, outChannels, options) =>
  sequential({ layer: convBlock(axes, inChannels, outChannels, options) })

/** The layer of UnetrUpBlock. */
export const unetrUpBlock: Block = (axes, inChannels, outChannels, options) =>
  layer({
    children: {
      transp_conv: enlarging(axes, inChannels, outChannels, options),
      conv_block: convBlock(axes, 2 * outChannels, outChannels, { ...options, stride: 1 }),
    },
    forward: (own, [x, skipped]) => own.conv_block(m.concat([own.transp_conv(x), skipped], 1)),
  })

/** The layer of UnetrPrUpBlock; `convolves` is its `convBlock`. */
export function unetrPrUpBlock(
  axes: number,
  inChannels: number,
  outChannels: number,
  options: UnetrBlockOptions & { readonly numLayer: number; readonly convolves: boolean },
): Layer {
  const larger = () => enlarging(axes, outChannels, outChannels, options)
  const further = () =>
    options.convolves ? sequential([larger(), convBlock(axes, outChannels, outChannels, options)]) : larger()
  return layer({
    children: {
      transp_conv_init: enlarging(axes, inChannels, outChannels, options),
      blocks: Array.from({ length: options.numLayer }, further),
    },
    forward: (own, [x]) => own.blocks.reduce((y, block) => block(y), own.transp_conv_init(x)),
  })
}

function convBlock(axes: number, inChannels: number, outChannels: number, options: UnetrBlockOptions): Layer {
  const { normName, resBlock, kernelSize = 3, stride = 1 } = options
  const block = resBlock ? unetResBlock : unetBasicBlock
  const actName: Named = ['leakyrelu', { inplace: true, negative_slope: 0.01 }]
  const inner: DynUNetBlockOptions = { normName, actName, dropout: null }
  return block(axes, inChannels, outChannels, kernelSize, stride, inner)
}

function enlarging(axes: number, inChannels: number, outChannels: number, options: UnetrBlockOptions): Layer {
  const size = options.upsampleKernelSize ?? 2
  return dynConv(axes, inChannels, outChannels, size, size, { dropout: null }, { isTransposed: true })
}
