import type { Component } from '../../core/registry.ts'
import { EnsureSameShaped } from './auto3dseg/ensureSameShape.ts'
import * as deepedit from './deepedit/index.ts'
import * as deepgrow from './deepgrow/index.ts'
import * as nuclick from './nuclick/index.ts'
import * as pathology from './pathology/index.ts'
import * as reconstruction from './reconstruction/index.ts'
import * as vista3d from './vista3d/index.ts'

const { KspaceMask: _, ...reconstructionTransforms } = reconstruction // it makes masks, and is none

/** The transforms of MONAI's apps, by module. */
export const appsTransformComponents: Readonly<Record<string, Readonly<Record<string, Component>>>> = {
  'monai.apps.auto3dseg.transforms': { EnsureSameShaped },
  'monai.apps.deepedit.transforms': deepedit,
  'monai.apps.deepgrow.transforms': deepgrow,
  'monai.apps.nuclick.transforms': nuclick,
  'monai.apps.pathology': pathology,
  'monai.apps.reconstruction.transforms': reconstructionTransforms,
  'monai.apps.vista3d.transforms': vista3d,
}
