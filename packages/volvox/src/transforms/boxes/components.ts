import type { Component } from '../../core/registry.ts'
import * as dictionary from './dictionary.ts'
import * as plain from './plain.ts'
import * as crop from './randCrop.ts'
import * as withImages from './withImages.ts'

const { boxMode: _, ...plainForms } = plain

/** Every transform of boxes under its MONAI name, as `monai.apps.detection.transforms` has them. */
export const boxComponents: Readonly<Record<string, Component>> = {
  ...plainForms,
  ...dictionary,
  ...withImages,
  ...crop,
}
