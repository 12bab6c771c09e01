import type { Value } from '../../graph/ir.ts'
import { maxPool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { convolution, type ConvolutionOptions } from './convolutions.ts'
import { upsample, type UpsampleMode } from './upsample.ts'

/** MONAI TwoConv: two convolutions with norm and activation. */
export function twoConv(axes: number, inChannels: number, outChannels: number, options: ConvolutionOptions): Layer {
  return sequential({
    conv_0: convolution(axes, inChannels, outChannels, options),
    conv_1: convolution(axes, outChannels, outChannels, options),
  })
}

/** MONAI Down: half the size by max pooling, then two convolutions. */
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
 * MONAI UpCat: what comes from below, enlarged in a mode or by a layer, beside the skip connection if there is one,
 * through two convolutions.
 */
export function upCat(axes: number, widths: UpWidths, by: UpsampleMode | Layer, options: ConvolutionOptions): Layer {
  return layer({
    children: {
      upsample: typeof by === 'string' ? upsample(axes, widths.below, widths.raised, { mode: by }) : by,
      convs: twoConv(axes, widths.beside + widths.raised, widths.out, options),
    },
    forward: (own, [x, skipped]) => {
      const raised = own.upsample(x)
      return own.convs(skipped ? m.concat([skipped, grownTo(raised, skipped)], 1) : raised)
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
