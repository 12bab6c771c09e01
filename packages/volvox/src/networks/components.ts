import type { Component } from '../core/registry.ts'
import { DownTransition, InputTransition, OutputTransition, UpTransition } from './blocks/vnetBlock.ts'
import { DynUNet } from './nets/dynunet.ts'
import { UNet } from './nets/unet.ts'
import { VNet } from './nets/vnet.ts'

/** What configs can name under `monai.networks.nets`. */
export const networkComponents: Readonly<Record<string, Component>> = { DynUNet, UNet, VNet }

/** What configs can name under `monai.networks.blocks`. */
export const blockComponents: Readonly<Record<string, Component>> = {
  DownTransition,
  InputTransition,
  OutputTransition,
  UpTransition,
}
