// MONAI's layers that weight channels, as components.
import { z } from 'zod'
import { Kind, bool, count, fromConfigNames, parseOptions, type Schema, type Values } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import type { InputRule } from '../inputRule.ts'
import { layer, type Layer } from '../layer.ts'
import { named, type Named } from '../named.ts'
import { network, networkOption, singleLayer } from '../network.ts'
import { Convolution } from './convolutionBlocks.ts'
import type { ConvolutionOptions } from './convolutions.ts'
import {
  channelSE,
  seBlock,
  seBottleneck,
  seResNetBottleneck,
  seResNeXtBottleneck,
  type BlockConvolution,
  type SEBottleneckLayer,
} from './squeezeExcitation.ts'
import { blockInput, blockOptions } from './unitOptions.ts'

const options = {
  spatialDims: blockOptions.spatialDims,
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
  input: blockInput,
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
  input: blockInput,
  build: ({ inChannels, r, actiType1, actiType2 }) => weighted(inChannels, r, actiType1, actiType2, true),
})

function weighted(channels: number, r: number, first: Named, second: Named, addResidual: boolean): Layer {
  const se = channelSE(channels, r, { first, second })
  if (!addResidual) return se
  return layer({ children: se.children, forward: (_, [x], context) => m.add(se.forward(context, [x]), x) })
}

const convParam: Kind<Readonly<Record<string, unknown>>> = new Kind('options of a Convolution', () =>
  z.record(z.string(), z.unknown()).readonly(),
)

/** Three convolutions and weighted channels, beside the input (Hu et al. 2018; MONAI SEBlock). */
export const SEBlock = network({
  name: 'SEBlock',
  options: {
    spatialDims: blockOptions.spatialDims,
    inChannels: blockOptions.inChannels,
    nChns1: count.req('Channels of the first convolution.', { alias: 'n_chns_1' }),
    nChns2: count.req('Channels of the second convolution.', { alias: 'n_chns_2' }),
    nChns3: count.req('Channels out.', { alias: 'n_chns_3' }),
    convParam1: convParam.opt('Options of the first convolution; size 1, batch norm and ReLU when null.', null, {
      alias: 'conv_param_1',
    }),
    convParam2: convParam.opt('Options of the second convolution; size 3, batch norm and ReLU when null.', null, {
      alias: 'conv_param_2',
    }),
    convParam3: convParam.opt('Options of the third convolution; size 1 and batch norm when null.', null, {
      alias: 'conv_param_3',
    }),
    project: networkOption.opt(
      'What the input goes through before it is added; when null, a convolution where channels differ.',
      null,
    ),
    r: options.r,
    actiType1: named.opt('Activation between the linear layers.', 'relu', { alias: 'acti_type_1' }),
    actiType2: named.opt('Activation of the weights.', 'sigmoid', { alias: 'acti_type_2' }),
    actiTypeFinal: named.nullable().opt('The last activation; none when null.', 'relu'),
  },
  input: blockInput,
  build({ spatialDims, inChannels, r, project, ...o }) {
    const convs: [BlockConvolution, BlockConvolution, BlockConvolution] = [
      { channels: o.nChns1, ...convOptions('convParam1', o.convParam1, { kernelSize: 1, norm: 'batch', act: 'relu' }) },
      { channels: o.nChns2, ...convOptions('convParam2', o.convParam2, { kernelSize: 3, norm: 'batch', act: 'relu' }) },
      { channels: o.nChns3, ...convOptions('convParam3', o.convParam3, { kernelSize: 1, norm: 'batch', act: null }) },
    ]
    return seBlock(spatialDims, inChannels, convs, {
      reduction: r,
      acts: { first: o.actiType1, second: o.actiType2 },
      act: o.actiTypeFinal,
      project: project ? singleLayer(project) : undefined,
    })
  },
})

const { spatialDims: _dims, inChannels: _in, outChannels: _out, ...convSchema } = Convolution.schema

/** Settled options of a Convolution, given as in configs. */
function convOptions(where: string, given: Readonly<Record<string, unknown>> | null, usual: ConvolutionOptions) {
  const parsed = parseOptions(where, convSchema, given ? fromConfigNames(where, convSchema, given) : { ...usual })
  return parsed as Values<typeof convSchema>
}

const bottleneckOptions = {
  spatialDims: blockOptions.spatialDims,
  inplanes: count.req('Channels in.'),
  planes: count.req('A quarter of the channels out.'),
  groups: count.req('Groups of the convolution of size 3.'),
  reduction: count.req('How many times fewer numbers lie between, for weights of channels.'),
  stride: count.opt('Step.', 1),
  downsample: networkOption.opt(
    'What the input goes through before it is added; when null, a convolution where channels differ.',
    null,
  ),
} satisfies Schema

function built(
  bottleneck: SEBottleneckLayer,
  { spatialDims, inplanes, downsample, ...o }: Values<typeof bottleneckOptions> & { readonly baseWidth?: number },
): Layer {
  return bottleneck(spatialDims, inplanes, { ...o, project: downsample ? singleLayer(downsample) : undefined })
}

function bottleneckInput({ inplanes, spatialDims }: Values<typeof bottleneckOptions>): InputRule {
  return { channels: inplanes, spatialDims }
}

/** The block of SENet154, which is wide inside (MONAI SEBottleneck). */
export const SEBottleneck = network({
  name: 'SEBottleneck',
  options: bottleneckOptions,
  input: (o) => bottleneckInput(o),
  build: (o) => built(seBottleneck, o),
})

/** The block of SEResNets, whose first convolution has the step (MONAI SEResNetBottleneck). */
export const SEResNetBottleneck = network({
  name: 'SEResNetBottleneck',
  options: bottleneckOptions,
  input: (o) => bottleneckInput(o),
  build: (o) => built(seResNetBottleneck, o),
})

/** The block of SEResNeXts, with many groups of few channels (MONAI SEResNeXtBottleneck). */
export const SEResNeXtBottleneck = network({
  name: 'SEResNeXtBottleneck',
  options: { ...bottleneckOptions, baseWidth: count.opt('Channels of each group for 64 planes.', 4) },
  input: (o) => bottleneckInput(o),
  build: (o) => built(seResNeXtBottleneck, o),
})
