import { labelInput } from '../blocks/diffusionConditions.ts'
import { autoencoderResBlock } from '../blocks/generative.ts'
import { groupSteering, spade, spadeOptions } from '../blocks/spade.ts'
import { oneImage } from '../inputs.ts'
import { network } from '../network.ts'
import { autoencoderKlOptions, checkLevels, decoder, encoder, klAutoencoder, plainParts } from './autoencoderKl.ts'

const { useCheckpoint: _, useConvtranspose: __, ...shared } = autoencoderKlOptions

/**
 * An AutoencoderKL whose decoder is steered by a label map (Park et al. 2019, MONAI SPADEAutoencoderKL). Inputs: image,
 * labels `[N, labelNc, ...]`. Outputs and methods are those of AutoencoderKL; `decode`, `reconstruct` and
 * `decodeStage2Outputs` take the labels second.
 */
export const SPADEAutoencoderKL = network({
  name: 'SPADEAutoencoderKL',
  options: { ...shared, ...spadeOptions },
  check: (options) => checkLevels(options),
  input: ({ inChannels, spatialDims, channels }) => ({
    channels: inChannels,
    spatialDims,
    least: 2 ** (channels.length - 1),
  }),
  inputs: ({ labelNc }) => [...oneImage, labelInput(labelNc)],
  build: (given) => {
    const options = { ...given, useCheckpoint: false, useConvtranspose: false }
    const { spatialDims } = options
    const norm = (channels: number) => spade(spatialDims, channels, groupSteering(options, false))
    const resBlock = (from: number, to: number) => autoencoderResBlock(spatialDims, from, to, options, { norm })
    const steered = { ...plainParts(options), resBlock, bottomBlock: (width: number) => resBlock(width, width) }
    return klAutoencoder(encoder(options), decoder(options, steered), options)
  },
})
