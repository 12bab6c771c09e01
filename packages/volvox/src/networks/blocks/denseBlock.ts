import { z } from 'zod'
import { intOrInts, ints, text, Kind } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { named, namedOrNumber } from '../named.ts'
import { network, networkOption, optionError, singleLayer, type Network } from '../network.ts'
import { unit } from './convolutions.ts'
import { blockInput, blockOptions, resUnits, unitOptions } from './unitOptions.ts'

const networks: Kind<readonly Network[]> = new Kind('a list of networks', () => z.array(networkOption.type).readonly())

/** Networks whose outputs are put beside their inputs, one after the other (MONAI DenseBlock). */
export const DenseBlock = network({
  name: 'DenseBlock',
  options: { layers: networks.req('The networks; each takes the channels of the input and of all before it.') },
  build: ({ layers }) => dense(layers.map(singleLayer)),
})

/** Convolutions or residual units, each of which sees what all before it gave (MONAI ConvDenseBlock). */
export const ConvDenseBlock = network({
  name: 'ConvDenseBlock',
  options: {
    spatialDims: blockOptions.spatialDims,
    inChannels: blockOptions.inChannels,
    channels: ints.req('Channels that each layer adds.'),
    dilations: ints.opt('Spread of each layer; 1 when null.', null),
    kernelSize: intOrInts.opt('Size of the kernels, odd.', 3),
    numResUnits: resUnits.opt('Convolutions of each residual unit; plain convolutions for 0.', 0),
    adnOrdering: text.opt('Order of activation (A), dropout (D) and norm (N) of residual units.', 'NDA'),
    act: named.nullable().opt('Activation; none when null.', 'PRELU'),
    norm: named.nullable().opt('Norm; none when null.', 'INSTANCE'),
    dropout: namedOrNumber.nullable().opt('Chance of dropout; none when null.', null),
    bias: unitOptions.bias,
  },
  check({ channels, dilations }) {
    if (dilations && dilations.length !== channels.length)
      optionError('dilations', `has ${dilations.length} values; ${channels.length} layers need as many`)
  },
  input: blockInput,
  build({ spatialDims, inChannels, channels, dilations, adnOrdering, ...o }) {
    const widths = channels.map((_, i) => channels.slice(0, i).reduce((a, b) => a + b, inChannels))
    const ordering = o.numResUnits > 0 ? { adnOrdering } : {} // as in MONAI
    return dense(
      channels.map((out, i) => unit(spatialDims, widths[i], out, { ...o, ...ordering, dilation: dilations?.[i] })),
    )
  },
})

function dense(layers: readonly Layer[]): Layer {
  const names = layers.map((_, i) => `layers${i}`)
  return layer({
    children: Object.fromEntries(layers.map((one, i) => [names[i], one])),
    forward: (own, [x]) => names.reduce((y, name) => m.concat([y, own[name](y)], 1), x),
  })
}
