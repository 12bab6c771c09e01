import type { Component } from '../core/registry.ts'
import { DeepSupervisionLoss } from './deepSupervision.ts'
import { DiceLoss, MaskedDiceLoss } from './dice.ts'
import { DiceCELoss } from './diceCE.ts'
import { DiceFocalLoss, GeneralizedDiceFocalLoss } from './diceFocal.ts'
import { FocalLoss } from './focal.ts'
import { GeneralizedDiceLoss } from './generalizedDice.ts'
import { TverskyLoss } from './tversky.ts'

/** What configs can name under `monai.losses`. */
export const lossComponents: Readonly<Record<string, Component>> = {
  DeepSupervisionLoss,
  DiceCELoss,
  DiceFocalLoss,
  DiceLoss,
  FocalLoss,
  GeneralizedDiceFocalLoss,
  GeneralizedDiceLoss,
  MaskedDiceLoss,
  TverskyLoss,
}
