import type { Component } from '../core/registry.ts'
import { DownTransition, InputTransition, OutputTransition, UpTransition } from './blocks/vnetBlock.ts'
import { AttentionUnet } from './nets/attentionUnet.ts'
import { BasicUNet } from './nets/basicUnet.ts'
import { DynUNet } from './nets/dynunet.ts'
import { SegResNet } from './nets/segresnet.ts'
import { UNet } from './nets/unet.ts'
import { VNet } from './nets/vnet.ts'

/** What configs can name under `monai.networks.nets`. */
export const networkComponents: Readonly<Record<string, Component>> = {
  AttentionUnet,
  BasicUNet,
  DynUNet,
  SegResNet,
  UNet,
  VNet,
}

/** What configs can name under `monai.networks.blocks`. */
export const blockComponents: Readonly<Record<string, Component>> = {
  DownTransition,
  InputTransition,
  OutputTransition,
  UpTransition,
}
