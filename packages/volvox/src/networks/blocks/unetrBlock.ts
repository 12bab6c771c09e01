import * as m from '../../graph/math.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import type { Named } from '../named.ts'
import { dynConv, unetBasicBlock, unetResBlock, type DynUNetBlockOptions } from './dynunetBlock.ts'

export interface UnetrBlockOptions {
  readonly normName: Named
  readonly resBlock: boolean
}

type Block = (axes: number, inChannels: number, outChannels: number, options: UnetrBlockOptions) => Layer

/** MONAI UnetrBasicBlock with kernels of 3 and stride 1: a plain or a residual block of two convolutions. */
export const unetrBasicBlock: Block = (axes, inChannels, outChannels, options) =>
  sequential({ layer: convBlock(axes, inChannels, outChannels, options) })

/** MONAI UnetrUpBlock: twice the size by a transposed convolution, beside the second input, through a block of convolutions. */
export const unetrUpBlock: Block = (axes, inChannels, outChannels, options) =>
  layer({
    children: {
      transp_conv: doubling(axes, inChannels, outChannels),
      conv_block: convBlock(axes, 2 * outChannels, outChannels, options),
    },
    forward: (own, [x, skipped]) => own.conv_block(m.concat([own.transp_conv(x), skipped], 1)),
  })

/** MONAI UnetrPrUpBlock: `1 + numLayer` transposed convolutions, each but the first with a block of convolutions if `convolves`. */
export function unetrPrUpBlock(
  axes: number,
  inChannels: number,
  outChannels: number,
  options: UnetrBlockOptions & { readonly numLayer: number; readonly convolves: boolean },
): Layer {
  const further = () =>
    options.convolves
      ? sequential([doubling(axes, outChannels, outChannels), convBlock(axes, outChannels, outChannels, options)])
      : doubling(axes, outChannels, outChannels)
  return layer({
    children: {
      transp_conv_init: doubling(axes, inChannels, outChannels),
      blocks: Array.from({ length: options.numLayer }, further),
    },
    forward: (own, [x]) => own.blocks.reduce((y, block) => block(y), own.transp_conv_init(x)),
  })
}

function convBlock(axes: number, inChannels: number, outChannels: number, options: UnetrBlockOptions): Layer {
  const block = options.resBlock ? unetResBlock : unetBasicBlock
  const actName: Named = ['leakyrelu', { inplace: true, negative_slope: 0.01 }]
  const inner: DynUNetBlockOptions = { normName: options.normName, actName, dropout: null }
  return block(axes, inChannels, outChannels, 3, 1, inner)
}

function doubling(axes: number, inChannels: number, outChannels: number): Layer {
  return dynConv(axes, inChannels, outChannels, 2, 2, { dropout: null }, { isTransposed: true })
}
