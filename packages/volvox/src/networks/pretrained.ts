import { bool, type Schema } from '../core/options.ts'
import { optionError } from './network.ts'

/** What MONAI's sized classifiers say of weights for ImageNet. */
export const pretrainedOptions = {
  pretrained: bool.opt('Whether to begin with weights for ImageNet, which have to be loaded.', false),
  progress: bool.opt('No effect: nothing is downloaded.', true),
} satisfies Schema

/** Refuses to draw weights that were to be pretrained: nothing is downloaded, so they have to be loaded. */
export function noDownload(pretrained: boolean | string): void {
  if (pretrained !== false)
    optionError(
      'pretrained',
      `${JSON.stringify(pretrained)} asks for weights that are not downloaded; load them from a checkpoint, or set it to false`,
    )
}
