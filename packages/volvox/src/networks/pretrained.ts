import { optionError } from './network.ts'

/** Refuses to draw weights that were to be pretrained: nothing is downloaded, so they have to be loaded. */
export function noDownload(pretrained: boolean | string): void {
  if (pretrained !== false)
    optionError(
      'pretrained',
      `${JSON.stringify(pretrained)} asks for weights that are not downloaded; load them from a checkpoint, or set it to false`,
    )
}
