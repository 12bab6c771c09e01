import type { Component } from '../core/registry.ts'
import { MemoryEfficientSwish, Mish, Swish } from './blocks/activations.ts'
import { AffineTransform } from './blocks/affineTransform.ts'
import { SimpleASPP } from './blocks/aspp.ts'
import { BackboneWithFPN } from './blocks/backboneFpn.ts'
import { ADN, Convolution, ResidualUnit } from './blocks/convolutionBlocks.ts'
import { FeaturePyramidNetwork, LastLevelMaxPool, LastLevelP6P7 } from './blocks/featurePyramid.ts'
import {
  ApplyFilter,
  EllipticalFilter,
  LaplaceFilter,
  MeanFilter,
  SavitzkyGolayFilter,
  SharpenFilter,
} from './blocks/filters.ts'
import { FCN, GCN, MCFCN, Refine } from './blocks/fcn.ts'
import {
  LocalNetDownSampleBlock,
  LocalNetFeatureExtractorBlock,
  LocalNetUpSampleBlock,
  RegistrationDownSampleBlock,
  RegistrationExtractionBlock,
  RegistrationResidualConvBlock,
} from './blocks/localnetBlock.ts'
import { GaussianFilter } from './blocks/gaussianFilter.ts'
import { ChannelSELayer, ResidualSELayer } from './blocks/seBlocks.ts'
import { ChannelPad, Flatten, Reshape, SkipConnection } from './blocks/simple.ts'
import { SubpixelUpsample, UpSample } from './blocks/upsampleBlocks.ts'
import { VarNetBlock } from './blocks/varnetBlock.ts'
import { DVF2DDF, Warp } from './blocks/warp.ts'

/** What configs can name under `monai.networks.blocks`, with MONAI's other spellings. */
export const blockComponents: Readonly<Record<string, Component>> = {
  ADN,
  BackboneWithFPN,
  ChannelSELayer,
  Convolution,
  DVF2DDF,
  FCN,
  FeaturePyramidNetwork,
  GCN,
  LastLevelMaxPool,
  LastLevelP6P7,
  LocalNetDownSampleBlock,
  LocalNetFeatureExtractorBlock,
  LocalNetUpSampleBlock,
  MCFCN,
  MemoryEfficientSwish,
  Mish,
  Refine,
  RegistrationDownSampleBlock,
  RegistrationExtractionBlock,
  RegistrationResidualConvBlock,
  ResidualSELayer,
  ResidualUnit,
  SimpleASPP,
  SubpixelUpsample,
  Subpixelupsample: SubpixelUpsample,
  SubpixelUpSample: SubpixelUpsample,
  Swish,
  UpSample,
  Upsample: UpSample,
  Warp,
}

/** What configs can name under `monai.networks.layers`. */
export const layerComponents: Readonly<Record<string, Component>> = {
  AffineTransform,
  ApplyFilter,
  ChannelPad,
  EllipticalFilter,
  Flatten,
  GaussianFilter,
  LaplaceFilter,
  MeanFilter,
  Reshape,
  SavitzkyGolayFilter,
  SharpenFilter,
  SkipConnection,
}

/** What configs can name under `monai.apps.reconstruction.networks.blocks`. */
export const reconstructionBlockComponents: Readonly<Record<string, Component>> = { VarNetBlock }
