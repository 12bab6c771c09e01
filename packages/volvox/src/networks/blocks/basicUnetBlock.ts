import { bool, count, type Schema } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { maxPool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import type { InputRule } from '../inputRule.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { named, namedOrNumber } from '../named.ts'
import { network } from '../network.ts'
import { convolution, type ConvolutionOptions } from './convolutions.ts'
import { blockOptions } from './unitOptions.ts'
import { upsample, upsampleMode, type UpsampleMode } from './upsample.ts'
import { UpSample } from './upsampleBlocks.ts'

const options = {
  spatialDims: blockOptions.spatialDims,
  inChns: count.req('Channels in.'),
  outChns: count.req('Channels out.'),
  act: named.nullable().req('Activation; none when null.'),
  norm: named.nullable().req('Norm; none when null.'),
  bias: bool.req('Whether convolutions have a bias.'),
  dropout: namedOrNumber.nullable().opt('Chance of dropout; none when null.', 0),
} satisfies Schema

function input({ inChns, spatialDims }: { readonly inChns: number; readonly spatialDims: number }): InputRule {
  return { channels: inChns, spatialDims }
}

/** Two convolutions with norm and activation (MONAI TwoConv of BasicUNet). */
export const TwoConv = network({
  name: 'TwoConv',
  options,
  input,
  build: ({ spatialDims, inChns, outChns, ...o }) => twoConv(spatialDims, inChns, outChns, o),
})

/** Half the size by max pooling, then two convolutions (MONAI Down of BasicUNet). */
export const Down = network({
  name: 'Down',
  options,
  input,
  build: ({ spatialDims, inChns, outChns, ...o }) => downConv(spatialDims, inChns, outChns, o),
})

/** Enlarged, beside a second input if there is one, through two convolutions (MONAI UpCat of BasicUNet). */
export const UpCat = network({
  name: 'UpCat',
  options: {
    ...options,
    catChns: count.req('Channels of the second input.'),
    upsample: upsampleMode.opt('How the map is enlarged.', 'deconv'),
    preConv: UpSample.schema.preConv,
    interpMode: UpSample.schema.interpMode,
    alignCorners: UpSample.schema.alignCorners,
    halves: bool.opt('Whether enlarging halves the channels.', true),
    isPad: bool.opt('Whether a map that is one voxel short is completed.', true),
  },
  input,
  build({ spatialDims, inChns, catChns, outChns, upsample: mode, preConv, interpMode, alignCorners, ...o }) {
    const keeps = mode === 'nontrainable' && preConv === null
    const raised = keeps || !o.halves ? inChns : Math.floor(inChns / 2)
    const larger = UpSample.layer({
      spatialDims,
      inChannels: inChns,
      outChannels: raised,
      mode,
      preConv,
      interpMode,
      alignCorners,
    })
    const widths = { below: inChns, beside: catChns, raised, out: outChns }
    const { act, norm, bias, dropout } = o
    return upCat(spatialDims, widths, larger, { act, norm, bias, dropout }, o.isPad)
  },
})

/** The layer of TwoConv. */
export function twoConv(axes: number, inChannels: number, outChannels: number, options: ConvolutionOptions): Layer {
  return sequential({
    conv_0: convolution(axes, inChannels, outChannels, options),
    conv_1: convolution(axes, outChannels, outChannels, options),
  })
}

/** The layer of Down. */
export function downConv(axes: number, inChannels: number, outChannels: number, options: ConvolutionOptions): Layer {
  return sequential({
    max_pooling: pure((x) => maxPool(x, 2)),
    convs: twoConv(axes, inChannels, outChannels, options),
  })
}

/** Channels in and out of `upCat`: from below, beside it, from below once enlarged, and out. */
export interface UpWidths {
  readonly below: number
  readonly beside: number
  readonly raised: number
  readonly out: number
}

/**
 * The layer of UpCat: what comes from below, enlarged in a mode or by a layer, beside the skip connection if there is one,
 * through two convolutions.
 */
export function upCat(
  axes: number,
  widths: UpWidths,
  by: UpsampleMode | Layer,
  options: ConvolutionOptions,
  isPad = true,
): Layer {
  return layer({
    children: {
      upsample: typeof by === 'string' ? upsample(axes, widths.below, widths.raised, { mode: by }) : by,
      convs: twoConv(axes, widths.beside + widths.raised, widths.out, options),
    },
    forward: (own, [x, skipped]) => {
      const raised = own.upsample(x)
      return own.convs(skipped ? m.concat([skipped, isPad ? grownTo(raised, skipped) : raised], 1) : raised)
    },
  })
}

/** Repeats the last voxels once along axes of odd size, which pooling had shortened. */
function grownTo(x: Value, like: Value): Value {
  return like.shape.slice(2).reduce((y, n, i) => {
    const axis = i + 2
    return y.shape[axis] === n ? y : m.concat([y, m.narrow(y, axis, y.shape[axis] - 1, 1)], axis)
  }, x)
}
