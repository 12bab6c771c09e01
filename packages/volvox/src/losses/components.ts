import type { Component } from '../core/registry.ts'
import { DeepSupervisionLoss } from './deepSupervision.ts'
import { DiceLoss, MaskedDiceLoss } from './dice.ts'
import { DiceCELoss } from './diceCE.ts'
import { DiceFocalLoss, GeneralizedDiceFocalLoss } from './diceFocal.ts'
import { FocalLoss } from './focal.ts'
import { GeneralizedDiceLoss } from './generalizedDice.ts'
import { TverskyLoss } from './tversky.ts'

/** What configs can name under `monai.losses`, with MONAI's other spellings. */
export const lossComponents: Readonly<Record<string, Component>> = {
  DeepSupervisionLoss,
  Dice: DiceLoss,
  DiceCELoss,
  DiceFocalLoss,
  DiceLoss,
  FocalLoss,
  GeneralizedDiceFocalLoss,
  GeneralizedDiceLoss,
  MaskedDiceLoss,
  TverskyLoss,
  dice_ce: DiceCELoss,
  dice_focal: DiceFocalLoss,
  ds_loss: DeepSupervisionLoss,
  generalized_dice: GeneralizedDiceLoss,
  generalized_dice_focal: GeneralizedDiceFocalLoss,
}
