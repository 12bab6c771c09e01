// MONAI's autoencoder for large volumes, of MAISI (Guo et al. 2024).
import { bool, count, ints, type Schema } from '../../core/options.ts'
import { maisiConv, maisiDownsample, maisiResBlock, maisiUpsample, type Splitting } from '../blocks/maisi.ts'
import { maisiDims, maisiOptions, maisiPartOptions } from '../blocks/maisiBlocks.ts'
import { network } from '../network.ts'
import {
  autoencoderKlOptions,
  bools,
  checkLevels,
  decoder,
  encoder,
  klAutoencoder,
  plainParts,
  type AutoencoderKlOptions,
  type AutoencoderParts,
} from './autoencoderKl.ts'

/** What the options of all parts have, without defaults in MONAI. */
const levels = {
  spatialDims: maisiDims,
  inChannels: count.req('Channels in.'),
  outChannels: count.req('Channels out.'),
  numResBlocks: ints.req('Residual blocks per level.'),
  numChannels: ints.req('Channels per level, top first.'),
  attentionLevels: bools.req('Which levels have attention.'),
  includeFc: bool.opt('Whether attention ends with a linear layer.', false),
  useCombinedLinear: autoencoderKlOptions.useCombinedLinear,
  useFlashAttention: autoencoderKlOptions.useFlashAttention,
} satisfies Schema

const useConvtranspose = autoencoderKlOptions.useConvtranspose

/**
 * AutoencoderKL for large volumes, with MAISI's way to enlarge (MONAI AutoencoderKlMaisi). Outputs and methods are those
 * of AutoencoderKL.
 */
export const AutoencoderKlMaisi = network({
  name: 'AutoencoderKlMaisi',
  options: {
    ...levels,
    latentChannels: autoencoderKlOptions.latentChannels,
    normNumGroups: autoencoderKlOptions.normNumGroups,
    normEps: autoencoderKlOptions.normEps,
    withEncoderNonlocalAttn: bool.opt('Whether the bottom of the encoder has attention.', false),
    withDecoderNonlocalAttn: bool.opt('Whether the bottom of the decoder has attention.', false),
    useCheckpointing: autoencoderKlOptions.useCheckpoint,
    useConvtranspose,
    ...maisiOptions,
  },
  check: (options) => checkLevels({ ...options, channels: options.numChannels }, 'numChannels'),
  input: ({ inChannels, spatialDims, numChannels }) => ({
    channels: inChannels,
    spatialDims,
    least: 2 ** (numChannels.length - 1),
  }),
  build: (given) => {
    const options = { ...given, channels: given.numChannels, useCheckpoint: false }
    const parts = maisiParts(options, options)
    return klAutoencoder(encoder(options, parts), decoder(options, parts), options)
  },
})

const partOptions = {
  ...levels,
  normNumGroups: count.req('Groups of channels that are normalised together.'),
  normEps: autoencoderKlOptions.normEps,
  withNonlocalAttn: bool.opt('Whether the bottom has attention.', true),
  ...maisiPartOptions,
} satisfies Schema

/** From a volume to the map in the middle (MONAI MaisiEncoder). */
export const MaisiEncoder = network({
  name: 'MaisiEncoder',
  options: partOptions,
  check: (options) => checkLevels({ ...options, channels: options.numChannels }, 'numChannels'),
  input: ({ inChannels, spatialDims, numChannels }) => ({
    channels: inChannels,
    spatialDims,
    least: 2 ** (numChannels.length - 1),
  }),
  build: ({ numChannels: channels, outChannels: latentChannels, ...given }) => {
    const options = {
      ...given,
      channels,
      latentChannels,
      outChannels: given.inChannels,
      withEncoderNonlocalAttn: given.withNonlocalAttn,
      withDecoderNonlocalAttn: false,
      useConvtranspose: false,
      useCheckpoint: false,
    }
    return encoder(options, maisiParts(options, options))
  },
})

/** From the map in the middle to a volume (MONAI MaisiDecoder). */
export const MaisiDecoder = network({
  name: 'MaisiDecoder',
  options: { ...partOptions, useConvtranspose },
  check: (options) => checkLevels({ ...options, channels: options.numChannels }, 'numChannels'),
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  build: ({ numChannels: channels, inChannels: latentChannels, ...given }) => {
    const options = {
      ...given,
      channels,
      latentChannels,
      inChannels: given.outChannels,
      withEncoderNonlocalAttn: false,
      withDecoderNonlocalAttn: given.withNonlocalAttn,
      useCheckpoint: false,
    }
    return decoder(options, maisiParts(options, options))
  },
})

/** MAISI's blocks, but for those at the bottom. */
function maisiParts(options: AutoencoderKlOptions, splitting: Splitting): AutoencoderParts {
  return {
    conv: (from, to) => maisiConv(from, to, splitting),
    resBlock: (from, to) => maisiResBlock(from, to, splitting, options),
    bottomBlock: plainParts(options).bottomBlock,
    down: (width) => maisiDownsample(width, splitting),
    up: (width) => maisiUpsample(width, options.useConvtranspose, splitting),
  }
}
