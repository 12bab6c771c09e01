// MONAI's diffusion networks for large volumes, of MAISI (Guo et al. 2024).
import { bool, type Schema } from '../../core/options.ts'
import { diffusionInputs } from '../blocks/diffusionConditions.ts'
import { network } from '../network.ts'
import { autoencoderKlOptions } from './autoencoderKl.ts'
import { checkControlNet, controlNet, controlNetInputs, controlNetOptions } from './controlnet.ts'
import { checkDiffusion, diffusionUnet, diffusionUnetOptions, imageRule, residualInputs } from './diffusionModelUnet.ts'

const includeFc = bool.opt('Whether attention ends with a linear layer.', false)

const { channels: numChannels, ...unetOptions } = diffusionUnetOptions
const { channels: _, ...steeringOptions } = controlNetOptions

const places = {
  includeTopRegionIndexInput: bool.opt('Whether it is told which region is at the top.', false),
  includeBottomRegionIndexInput: bool.opt('Whether it is told which region is at the bottom.', false),
  includeSpacingInput: bool.opt('Whether it is told the spacing.', false),
} satisfies Schema

/**
 * A DiffusionModelUNet that may be told which part of the body a volume shows (MONAI DiffusionModelUNetMaisi). Inputs are
 * those of DiffusionModelUNet, and as far as the options ask for them top region `[N, 4]`, bottom region `[N, 4]` and
 * spacing `[N, 3]`, in this order. What a ControlNet adds to the last map of the way down reaches the bottom, too.
 */
export const DiffusionModelUNetMaisi = network({
  name: 'DiffusionModelUNetMaisi',
  options: { ...unetOptions, numChannels, includeFc, ...places },
  check: (options) => checkDiffusion({ ...options, channels: options.numChannels }, 'numChannels'),
  input: (options) => imageRule({ ...options, channels: options.numChannels }),
  inputs: (options) => [...diffusionInputs(options), ...residualInputs({ ...options, channels: options.numChannels })],
  build: (options) =>
    diffusionUnet(
      'DiffusionModelUNetMaisi',
      { ...options, channels: options.numChannels },
      { isSteeredAtBottom: true },
    ),
})

/** The ControlNet of a DiffusionModelUNetMaisi (MONAI ControlNetMaisi). Inputs and outputs are those of ControlNet. */
export const ControlNetMaisi = network({
  name: 'ControlNetMaisi',
  options: {
    ...steeringOptions,
    numChannels,
    includeFc,
    useCheckpointing: bool.opt(autoencoderKlOptions.useCheckpoint.doc, true),
  },
  check: (options) => checkControlNet({ ...options, channels: options.numChannels }, 'numChannels'),
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  inputs: (options) => controlNetInputs(options),
  build: (options) => controlNet('ControlNetMaisi', { ...options, channels: options.numChannels }),
})
