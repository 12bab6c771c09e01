import { z } from 'zod'
import { Kind, bool, count, probability, type Option } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { named, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'
import { actLayer } from './act.ts'
import { conv, convTranspose } from './conv.ts'
import { convolution } from './convolutions.ts'
import { dropoutLayer } from './dropout.ts'
import { normLayer } from './norm.ts'

/** Dropout of an up transition: of what comes from below (or null), and of the skip connection. */
export const dropoutPair: Kind<readonly [number | null, number]> = new Kind(
  'a pair of probabilities, of which the first may be null',
  () => z.tuple([probability.type.nullable(), probability.type]).readonly(),
)

export const dims2or3: Kind<number> = count.where((n) => n === 2 || n === 3, '2 or 3')
export const dropoutDim: Option<number> = count
  .where((n) => n <= 3, '1, 2 or 3')
  .opt('1 drops elements, 2 and 3 whole channels.', 3)
const spatialDims = dims2or3.req('Spatial axes.')
const act = named.req('Activation.')
const bias = bool.opt('Whether convolutions have a bias.', false)

/** MONAI's first stage of VNet: a convolution, to which the repeated input is added. */
export const InputTransition = network({
  name: 'InputTransition',
  options: { spatialDims, inChannels: count.req('Channels in.'), outChannels: count.req('Channels out.'), act, bias },
  check: ({ inChannels, outChannels }) =>
    void (
      outChannels % inChannels === 0 ||
      optionError('inChannels', `${inChannels} does not divide the ${outChannels} output channels; use a divisor`)
    ),
  build: ({ spatialDims, inChannels, outChannels, act, bias }) =>
    layer({
      children: { act_function: acti(act, outChannels), conv_block: conv5(spatialDims, inChannels, outChannels, bias) },
      forward: (own, [x]) => {
        const times = outChannels / inChannels
        const repeated = times === 1 ? x : m.concat(new Array(times).fill(x), 1)
        return own.act_function(m.add(own.conv_block(x), repeated))
      },
    }),
})

/** MONAI's down stage of VNet: halves the size, doubles the channels, then `nconvs` convolutions with a residual connection. */
export const DownTransition = network({
  name: 'DownTransition',
  options: {
    spatialDims,
    inChannels: count.req('Channels in; twice as many come out.'),
    nconvs: count.req('Convolutions of the stage.'),
    act,
    dropoutProb: probability.opt('Chance of dropout; none when null.', null),
    dropoutDim,
    bias,
  },
  build({ spatialDims, inChannels, nconvs, act, dropoutProb, dropoutDim, bias }) {
    const channels = 2 * inChannels
    return layer({
      children: {
        down_conv: conv(spatialDims, inChannels, channels, { kernelSize: 2, strides: 2, bias }),
        bn1: normLayer('batch', channels),
        act_function1: acti(act, channels),
        act_function2: acti(act, channels),
        ops: convolutions(spatialDims, channels, nconvs, act, bias),
        dropout: dropoutLayer(dropoutProb, dropoutDim),
      },
      forward: (own, [x]) => {
        const down = own.act_function1(own.bn1(own.down_conv(x)))
        return own.act_function2(m.add(own.ops(own.dropout(down)), down))
      },
    })
  },
})

/** MONAI's up stage of VNet; inputs: what comes from below, and the skip connection. */
export const UpTransition = network({
  name: 'UpTransition',
  options: {
    spatialDims,
    inChannels: count.req('Channels from below.'),
    outChannels: count.req('Channels out, half of them from the skip connection.'),
    nconvs: count.req('Convolutions of the stage.'),
    act,
    dropoutProb: dropoutPair.opt('Chances of dropout of the input and of the skip connection.', [null, 0.5]),
    dropoutDim,
  },
  check: ({ outChannels }) =>
    void (outChannels % 2 === 0 || optionError('outChannels', `${outChannels} is odd; use an even number`)),
  build({ spatialDims, inChannels, outChannels, nconvs, act, dropoutProb, dropoutDim }) {
    const half = outChannels / 2
    return layer({
      children: {
        up_conv: convTranspose(spatialDims, inChannels, half, { kernelSize: 2, strides: 2 }),
        bn1: normLayer('batch', half),
        dropout: dropoutLayer(dropoutProb[0], dropoutDim),
        dropout2: dropoutLayer(dropoutProb[1], dropoutDim),
        act_function1: acti(act, half),
        act_function2: acti(act, outChannels),
        ops: convolutions(spatialDims, outChannels, nconvs, act, false),
      },
      forward: (own, [x, skipped]) => {
        const dropped = own.dropout(x)
        const kept = own.dropout2(skipped)
        const both = m.concat([own.act_function1(own.bn1(own.up_conv(dropped))), kept], 1)
        return own.act_function2(m.add(own.ops(both), both))
      },
    })
  },
})

/** MONAI's last stage of VNet: to the output channels by a 5-wide, then a 1-wide convolution. */
export const OutputTransition = network({
  name: 'OutputTransition',
  options: { spatialDims, inChannels: count.req('Channels in.'), outChannels: count.req('Channels out.'), act, bias },
  build: ({ spatialDims, inChannels, outChannels, act, bias }) =>
    layer({
      children: {
        act_function1: acti(act, outChannels),
        conv_block: conv5(spatialDims, inChannels, outChannels, bias),
        conv2: conv(spatialDims, outChannels, outChannels, { kernelSize: 1 }),
      },
      forward: (own, [x]) => own.conv2(own.act_function1(own.conv_block(x))),
    }),
})

/** A bare "prelu" has one slope per channel here. */
function acti(act: Named, channels: number): Layer {
  return actLayer(act === 'prelu' ? ['prelu', { numParameters: channels }] : act)
}

function conv5(axes: number, inChannels: number, outChannels: number, bias: boolean): Layer {
  return convolution(axes, inChannels, outChannels, { kernelSize: 5, act: null, norm: 'batch', bias })
}

function convolutions(axes: number, channels: number, depth: number, act: Named, bias: boolean): Layer {
  const one = (): Layer =>
    layer({
      children: { act_function: acti(act, channels), conv_block: conv5(axes, channels, channels, bias) },
      forward: (own, [x]) => own.act_function(own.conv_block(x)),
    })
  return sequential(Array.from({ length: depth }, one))
}
