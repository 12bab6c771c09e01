// MONAI's MAISI blocks as components.
import { bool, count, int, nonNegative, type Schema, type Values } from '../../core/options.ts'
import { network } from '../network.ts'
import { Convolution } from './convolutionBlocks.ts'
import { maisiConvolution, maisiDownsample, maisiResBlock, maisiUpsample } from './maisi.ts'
import { normLayer } from './norm.ts'

const printInfo = bool.opt('No effect: nothing is printed.', false)
const saveMem = bool.opt('No effect: executors plan their memory.', true)
const normFloat16 = bool.opt('No effect: norms are computed in float32.', false)
const numSplits = 'Pieces that MONAI cuts a volume into; only norms inside a MaisiConvolution see them.'
const dimSplit = int.where((axis) => axis >= 0 && axis <= 2, '0, 1 or 2')
const dimSplitHelp = 'Spatial axis along which it is cut.'

/** How many spatial axes MAISI networks have. */
export const maisiDims = count.where((n) => n === 3, '3, as MAISI is for volumes').req('Spatial axes.')

/** Options of MAISI networks that save memory in MONAI. */
export const maisiOptions = {
  numSplits: count.opt(numSplits, 16),
  dimSplit: dimSplit.opt(dimSplitHelp, 0),
  normFloat16,
  printInfo,
  saveMem,
} satisfies Schema

const convOptions = {
  spatialDims: maisiDims,
  inChannels: count.req('Channels in.'),
  numSplits: count.req(numSplits),
  dimSplit: dimSplit.req(dimSplitHelp),
  printInfo,
  saveMem,
} satisfies Schema

/** Options of MAISI's encoder and decoder that save memory in MONAI. */
export const maisiPartOptions = {
  numSplits: convOptions.numSplits,
  dimSplit: convOptions.dimSplit,
  normFloat16,
  printInfo,
  saveMem,
} satisfies Schema

const rule = ({ inChannels }: Pick<Values<typeof convOptions>, 'inChannels'>) => ({
  channels: inChannels,
  spatialDims: 3,
})

/** MONAI MaisiConvolution: a convolution or transposed convolution, then norm, dropout and activation, piece by piece. */
export const MaisiConvolution = network({
  name: 'MaisiConvolution',
  options: { ...Convolution.schema, ...convOptions },
  input: rule,
  build: ({ inChannels, outChannels, ...options }) => maisiConvolution(inChannels, outChannels, options, options),
})

/** MONAI MaisiGroupNorm3D: a norm of groups of channels. */
export const MaisiGroupNorm3D = network({
  name: 'MaisiGroupNorm3D',
  options: {
    numGroups: count.req('Groups of channels that are normalised together.'),
    numChannels: count.req('Channels.'),
    eps: nonNegative.opt('Added to the variance.', 1e-5),
    affine: bool.opt('Whether a scale and a shift are learnt.', true),
    normFloat16,
    printInfo,
    saveMem,
  },
  input: ({ numChannels }) => ({ channels: numChannels, spatialDims: 3 }),
  build: ({ numGroups, numChannels, eps, affine }) =>
    normLayer(['group', { num_groups: numGroups, eps, affine }], numChannels),
})

/** MONAI MaisiUpsample: to twice the size. */
export const MaisiUpsample = network({
  name: 'MaisiUpsample',
  options: {
    ...convOptions,
    useConvtranspose: bool.req('Whether by a transposed convolution instead of interpolation and a convolution.'),
  },
  input: rule,
  build: ({ inChannels, useConvtranspose, ...splitting }) => maisiUpsample(inChannels, useConvtranspose, splitting),
})

/** MONAI MaisiDownsample: to half the size. */
export const MaisiDownsample = network({
  name: 'MaisiDownsample',
  options: convOptions,
  input: rule,
  build: ({ inChannels, ...splitting }) => maisiDownsample(inChannels, splitting),
})

/** MONAI MaisiResBlock: norm, activation and convolution, twice, added to the input. */
export const MaisiResBlock = network({
  name: 'MaisiResBlock',
  options: {
    ...convOptions,
    normNumGroups: count.req('Groups of channels that are normalised together.'),
    normEps: nonNegative.req('Added to the variance of norms.'),
    outChannels: count.req('Channels out.'),
    normFloat16,
  },
  input: rule,
  build: ({ inChannels, outChannels, ...options }) => maisiResBlock(inChannels, outChannels, options, options),
})
