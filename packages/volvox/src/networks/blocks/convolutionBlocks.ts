// MONAI's convolution blocks as components, for configs and for use by themselves.
import { bool, count, intOrInts, text, type Schema } from '../../core/options.ts'
import { named, namedOrNumber } from '../named.ts'
import { network, optionError } from '../network.ts'
import { blockInput, blockOptions, resUnits } from './unitOptions.ts'
import { adn, convolution, residualUnit } from './convolutions.ts'

const dims = count.where((n) => n <= 3, '1, 2 or 3')

const shared = {
  ...blockOptions,
  strides: intOrInts.opt('Step of the convolution.', 1),
  kernelSize: intOrInts.opt('Size of the kernel, odd.', 3),
  adnOrdering: text.opt('Order of activation (A), dropout (D) and norm (N).', 'NDA'),
  act: named.nullable().opt('Activation; none when null.', 'PRELU'),
  norm: named.nullable().opt('Norm; none when null.', 'INSTANCE'),
  dropout: namedOrNumber.nullable().opt('Chance of dropout; none when null.', null),
  dropoutDim: dims.opt('1 drops elements, 2 and 3 whole channels.', 1),
  dilation: intOrInts.opt('Spread of the kernel.', 1),
  bias: bool.opt('Whether there is a bias.', true),
  padding: intOrInts.opt('Elements around the image; what keeps the size at step 1 when null.', null),
} satisfies Schema

/** MONAI Convolution: a convolution or transposed convolution, then norm, dropout and activation. */
export const Convolution = network({
  name: 'Convolution',
  options: {
    ...shared,
    groups: count.opt('Groups of channels that are convolved apart.', 1),
    convOnly: bool.opt('Whether nothing follows the convolution.', false),
    isTransposed: bool.opt('Whether it enlarges by its step.', false),
    outputPadding: intOrInts.opt('Elements added at the end when transposed; the step less 1 when null.', null),
  },
  input: blockInput,
  build: ({ spatialDims, inChannels, outChannels, ...options }) =>
    convolution(spatialDims, inChannels, outChannels, options),
})

/** MONAI ResidualUnit: convolutions beside their input, which is convolved where shapes differ. */
export const ResidualUnit = network({
  name: 'ResidualUnit',
  options: {
    ...shared,
    subunits: resUnits.opt('Convolutions; at least one.', 2),
    lastConvOnly: bool.opt('Whether nothing follows the last convolution.', false),
  },
  input: blockInput,
  build: ({ spatialDims, inChannels, outChannels, ...options }) =>
    residualUnit(spatialDims, inChannels, outChannels, options),
})

/** MONAI ADN: norm, dropout and activation in any order. */
export const ADN = network({
  name: 'ADN',
  options: {
    ordering: shared.adnOrdering,
    inChannels: count.opt('Channels, which norms need.', null),
    act: named.nullable().opt('Activation; none when null.', 'RELU'),
    norm: named.opt('Norm; none when null.', null),
    normDim: dims.opt('Spatial axes; no effect, since norms take any.', null),
    dropout: shared.dropout,
    dropoutDim: dims.opt('1 drops elements, 2 and 3 whole channels; as `normDim` when null.', null),
  },
  check({ norm, dropout, normDim, dropoutDim, inChannels }) {
    if ((norm !== null || dropout !== null) && normDim === null && dropoutDim === null)
      optionError('dropoutDim', 'is null, and normDim too; norm and dropout need one of them')
    if (norm !== null && inChannels === null) optionError('inChannels', 'is null; a norm needs it')
  },
  build: ({ inChannels, normDim, dropoutDim, ...options }) =>
    adn(inChannels ?? 1, { ...options, dropoutDim: dropoutDim ?? normDim ?? undefined }),
})
