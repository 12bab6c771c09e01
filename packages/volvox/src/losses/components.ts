import type { Component } from '../core/registry.ts'
import { PatchAdversarialLoss } from './adversarial.ts'
import { BarlowTwinsLoss } from './barlowTwins.ts'
import { BCELoss, BCEWithLogitsLoss, CrossEntropyLoss } from './classification.ts'
import { SoftDiceclDiceLoss, SoftclDiceLoss } from './clDice.ts'
import { ContrastiveLoss } from './contrastive.ts'
import { DeepSupervisionLoss } from './deepSupervision.ts'
import { BendingEnergyLoss, DiffusionLoss } from './deform.ts'
import { DiceLoss, MaskedDiceLoss } from './dice.ts'
import { DiceCELoss } from './diceCE.ts'
import { DiceFocalLoss, GeneralizedDiceFocalLoss } from './diceFocal.ts'
import { FocalLoss } from './focal.ts'
import { GeneralizedDiceLoss } from './generalizedDice.ts'
import { BoxGIoULoss } from './giou.ts'
import { HausdorffDTLoss, LogHausdorffDTLoss } from './hausdorff.ts'
import { JukeboxLoss } from './jukebox.ts'
import { HoVerNetLoss } from './hoVerNet.ts'
import { LocalNormalizedCrossCorrelationLoss } from './localCorrelation.ts'
import { MaskedLoss } from './masked.ts'
import { MultiScaleLoss } from './multiScale.ts'
import { GlobalMutualInformationLoss } from './mutualInformation.ts'
import { NACLLoss } from './nacl.ts'
import { PerceptualLoss } from './perceptual.ts'
import { L1Loss, MSELoss, SmoothL1Loss } from './regression.ts'
import { SSIMLoss } from './ssim.ts'
import { SURELoss } from './sure.ts'
import { TverskyLoss } from './tversky.ts'
import { AsymmetricFocalLoss, AsymmetricFocalTverskyLoss, AsymmetricUnifiedFocalLoss } from './unifiedFocal.ts'
import { GeneralizedWassersteinDiceLoss } from './wasserstein.ts'

/** What configs can name under `monai.losses`, with MONAI's other spellings. */
export const lossComponents: Readonly<Record<string, Component>> = {
  AsymmetricFocalLoss,
  AsymmetricFocalTverskyLoss,
  AsymmetricUnifiedFocalLoss,
  BarlowTwinsLoss,
  BendingEnergyLoss,
  BoxGIoULoss,
  ContrastiveLoss,
  DeepSupervisionLoss,
  Dice: DiceLoss,
  DiceCELoss,
  DiceFocalLoss,
  DiceLoss,
  DiffusionLoss,
  FocalLoss,
  GeneralizedDiceFocalLoss,
  GeneralizedDiceLoss,
  GeneralizedWassersteinDiceLoss,
  GlobalMutualInformationLoss,
  HausdorffDTLoss,
  JukeboxLoss,
  LocalNormalizedCrossCorrelationLoss,
  LogHausdorffDTLoss,
  MaskedDiceLoss,
  MaskedLoss,
  MultiScaleLoss,
  NACLLoss,
  PatchAdversarialLoss,
  PerceptualLoss,
  SSIMLoss,
  SURELoss,
  SoftDiceclDiceLoss,
  SoftclDiceLoss,
  TverskyLoss,
  dice_ce: DiceCELoss,
  dice_focal: DiceFocalLoss,
  ds_loss: DeepSupervisionLoss,
  generalized_dice: GeneralizedDiceLoss,
  generalized_dice_focal: GeneralizedDiceFocalLoss,
  generalized_wasserstein_dice: GeneralizedWassersteinDiceLoss,
  giou: BoxGIoULoss,
}

/** What configs can name under `monai.apps.pathology.losses`. */
export const pathologyLossComponents: Readonly<Record<string, Component>> = { HoVerNetLoss }

/** What configs can name under `torch.nn`. */
export const torchLossComponents: Readonly<Record<string, Component>> = {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  L1Loss,
  MSELoss,
  SmoothL1Loss,
}
