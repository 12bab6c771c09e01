// MONAI's layers that weight channels, as components.
import { bool, count, type Schema } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { named, type Named } from '../named.ts'
import { network } from '../network.ts'
import { channelSE } from './squeezeExcitation.ts'

const options = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  inChannels: count.req('Channels.'),
  r: count.opt('How many times fewer numbers lie between.', 2),
} satisfies Schema

/** Channels weighted by what a small network makes of their means (Hu et al. 2018; MONAI ChannelSELayer). */
export const ChannelSELayer = network({
  name: 'ChannelSELayer',
  options: {
    ...options,
    actiType1: named.opt('Activation between the linear layers.', 'relu', { alias: 'acti_type_1' }),
    actiType2: named.opt('Activation of the weights.', 'sigmoid', { alias: 'acti_type_2' }),
    addResidual: bool.opt('Whether the input is added.', false),
  },
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  build: ({ inChannels, r, actiType1, actiType2, addResidual }) =>
    weighted(inChannels, r, actiType1, actiType2, addResidual),
})

/** A ChannelSELayer beside its input (MONAI ResidualSELayer). */
export const ResidualSELayer = network({
  name: 'ResidualSELayer',
  options: {
    ...options,
    actiType1: named.opt('Activation between the linear layers.', 'leakyrelu', { alias: 'acti_type_1' }),
    actiType2: named.opt('Activation of the weights.', 'relu', { alias: 'acti_type_2' }),
  },
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  build: ({ inChannels, r, actiType1, actiType2 }) => weighted(inChannels, r, actiType1, actiType2, true),
})

function weighted(channels: number, r: number, first: Named, second: Named, addResidual: boolean): Layer {
  const se = channelSE(channels, r, { first, second })
  if (!addResidual) return se
  return layer({ children: se.children, forward: (_, [x], context) => m.add(se.forward(context, [x]), x) })
}
