import type { Component } from '../core/registry.ts'
import { DownTransition, InputTransition, OutputTransition, UpTransition } from './blocks/vnetBlock.ts'
import { AttentionUnet } from './nets/attentionUnet.ts'
import { BasicUNet } from './nets/basicUnet.ts'
import { DynUNet } from './nets/dynunet.ts'
import { SegResNet } from './nets/segresnet.ts'
import { SwinUNETR } from './nets/swinUNETR.ts'
import { UNet } from './nets/unet.ts'
import { UNETR } from './nets/unetr.ts'
import { ViT } from './nets/vit.ts'
import { ViTAutoEnc } from './nets/vitAutoEnc.ts'
import { VNet } from './nets/vnet.ts'

/** What configs can name under `monai.networks.nets`, with MONAI's other spellings. */
export const networkComponents: Readonly<Record<string, Component>> = {
  AttentionUnet,
  BasicUNet,
  Basicunet: BasicUNet,
  BasicUnet: BasicUNet,
  basicunet: BasicUNet,
  DynUNet,
  DynUnet: DynUNet,
  Dynunet: DynUNet,
  SegResNet,
  SwinUNETR,
  UNet,
  UNETR,
  Unet: UNet,
  VNet,
  ViT,
  ViTAutoEnc,
}

/** What configs can name under `monai.networks.nets.vnet`. */
export const vnetComponents: Readonly<Record<string, Component>> = {
  DownTransition,
  InputTransition,
  OutputTransition,
  UpTransition,
}
