import type { Component } from '../core/registry.ts'
import { AffineTransform } from './blocks/affineTransform.ts'
import { Flatten, Reshape } from './blocks/simple.ts'
import { DVF2DDF, Warp } from './blocks/warp.ts'

/** What configs can name under `monai.networks.blocks`. */
export const blockComponents: Readonly<Record<string, Component>> = { DVF2DDF, Warp }

/** What configs can name under `monai.networks.layers`. */
export const layerComponents: Readonly<Record<string, Component>> = { AffineTransform, Flatten, Reshape }
