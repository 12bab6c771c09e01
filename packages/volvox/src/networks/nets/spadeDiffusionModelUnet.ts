import { diffusionInputs, labelInput } from '../blocks/diffusionConditions.ts'
import { groupSteering, spade, spadeOptions } from '../blocks/spade.ts'
import { network } from '../network.ts'
import { checkDiffusion, diffusionUnet, diffusionUnetOptions, imageRule, residualInputs } from './diffusionModelUnet.ts'

const { dropoutCattn: _, ...shared } = diffusionUnetOptions

/**
 * A DiffusionModelUNet whose way up is steered by a label map (Park et al. 2019, MONAI SPADEDiffusionModelUNet). Inputs:
 * image, times `[N]`, labels `[N, labelNc, ...]`, then what DiffusionModelUNet takes after the times.
 */
export const SPADEDiffusionModelUNet = network({
  name: 'SPADEDiffusionModelUNet',
  options: { ...shared, ...spadeOptions },
  check: (options) => checkDiffusion(options),
  input: (options) => imageRule(options),
  inputs: (options) => [...diffusionInputs(options, [labelInput(options.labelNc)]), ...residualInputs(options)],
  build: (options) =>
    diffusionUnet(
      'SPADEDiffusionModelUNet',
      { ...options, dropoutCattn: 0 },
      { norms: (channels) => spade(options.spatialDims, channels, groupSteering(options, true)) },
    ),
})
