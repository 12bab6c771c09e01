import type { Component } from '../core/registry.ts'
import { GEGLU, MemoryEfficientSwish, Mish, Swish } from './blocks/activations.ts'
import { AffineTransform } from './blocks/affineTransform.ts'
import { SimpleASPP } from './blocks/aspp.ts'
import { CrossAttentionBlock, SABlock, SpatialAttentionBlock, TransformerBlock } from './blocks/attentionBlocks.ts'
import { BackboneWithFPN } from './blocks/backboneFpn.ts'
import { BilateralFilter, TrainableBilateralFilter, TrainableJointBilateralFilter } from './blocks/bilateralFilter.ts'
import { ADN, Convolution, ResidualUnit } from './blocks/convolutionBlocks.ts'
import { ConjugateGradient } from './blocks/conjugateGradient.ts'
import { ConvDenseBlock, DenseBlock } from './blocks/denseBlock.ts'
import {
  ActiConvNormBlock,
  FactorizedIncreaseBlock,
  FactorizedReduceBlock,
  P3DActiConvNormBlock,
} from './blocks/dintsBlock.ts'
import { UnetBasicBlock, UnetOutBlock, UnetResBlock, UnetUpBlock } from './blocks/dynunetBlock.ts'
import { DropPath } from './blocks/dropPath.ts'
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
import { HilbertTransform } from './blocks/hilbertTransform.ts'
import { LLTM } from './blocks/lltm.ts'
import { MaxAvgPool } from './blocks/maxAvgPool.ts'
import { MedianFilter } from './blocks/medianFilter.ts'
import { MLPBlock } from './blocks/mlp.ts'
import { PatchEmbed, PatchEmbeddingBlock } from './blocks/patchEmbedding.ts'
import {
  ChannelSELayer,
  ResidualSELayer,
  SEBlock,
  SEBottleneck,
  SEResNeXtBottleneck,
  SEResNetBottleneck,
} from './blocks/seBlocks.ts'
import { ResBlock } from './blocks/segresnetBlock.ts'
import { ChannelPad, Flatten, Reshape, SkipConnection } from './blocks/simple.ts'
import { UnetrBasicBlock, UnetrPrUpBlock, UnetrUpBlock } from './blocks/unetrBlock.ts'
import { SPADE } from './blocks/spade.ts'
import { SubpixelUpsample, UpSample } from './blocks/upsampleBlocks.ts'
import { VarNetBlock } from './blocks/varnetBlock.ts'
import { DVF2DDF, Warp } from './blocks/warp.ts'

/** What configs can name under `monai.networks.blocks`, with MONAI's other spellings. */
export const blockComponents: Readonly<Record<string, Component>> = {
  ActiConvNormBlock,
  ADN,
  BackboneWithFPN,
  ChannelSELayer,
  ConvDenseBlock,
  Convolution,
  CrossAttentionBlock,
  DenseBlock,
  DVF2DDF,
  FactorizedIncreaseBlock,
  FactorizedReduceBlock,
  FCN,
  FeaturePyramidNetwork,
  GCN,
  GEGLU,
  LastLevelMaxPool,
  LastLevelP6P7,
  LocalNetDownSampleBlock,
  LocalNetFeatureExtractorBlock,
  LocalNetUpSampleBlock,
  MaxAvgPool,
  MCFCN,
  MemoryEfficientSwish,
  Mish,
  MLPBlock,
  P3DActiConvNormBlock,
  PatchEmbed,
  PatchEmbeddingBlock,
  Refine,
  RegistrationDownSampleBlock,
  RegistrationExtractionBlock,
  RegistrationResidualConvBlock,
  ResBlock,
  ResidualSELayer,
  ResidualUnit,
  SABlock,
  SEBlock,
  SEBottleneck,
  SEResNetBottleneck,
  SEResNeXtBottleneck,
  SimpleASPP,
  SpatialAttentionBlock,
  SPADE,
  SubpixelUpsample,
  SubpixelUpSample: SubpixelUpsample,
  Subpixelupsample: SubpixelUpsample,
  Swish,
  TransformerBlock,
  UnetBasicBlock,
  UnetOutBlock,
  UnetrBasicBlock,
  UnetResBlock,
  UnetrPrUpBlock,
  UnetrUpBlock,
  UnetUpBlock,
  UpSample,
  Upsample: UpSample,
  Warp,
}

/** What configs can name under `monai.networks.layers`. */
export const layerComponents: Readonly<Record<string, Component>> = {
  AffineTransform,
  ApplyFilter,
  BilateralFilter,
  ChannelPad,
  ConjugateGradient,
  DropPath,
  EllipticalFilter,
  Flatten,
  GaussianFilter,
  HilbertTransform,
  LaplaceFilter,
  LLTM,
  MeanFilter,
  MedianFilter,
  Reshape,
  SavitzkyGolayFilter,
  SharpenFilter,
  SkipConnection,
  TrainableBilateralFilter,
  TrainableJointBilateralFilter,
}

/** What configs can name under `monai.apps.reconstruction.networks.blocks`. */
export const reconstructionBlockComponents: Readonly<Record<string, Component>> = { VarNetBlock }
