export { AffineHead } from './blocks/affineHead.ts'
export { AffineTransform } from './blocks/affineTransform.ts'
export { DownTransition, InputTransition, OutputTransition, UpTransition } from './blocks/vnetBlock.ts'
export { EMAQuantizer, VectorQuantizer } from './blocks/vectorQuantizer.ts'
export { BackboneWithFPN, resnetFpnFeatureExtractor } from './blocks/backboneFpn.ts'
export { FeaturePyramidNetwork, LastLevelMaxPool, LastLevelP6P7 } from './blocks/featurePyramid.ts'
export { ResNetBlock, ResNetBottleneck } from './blocks/resnetBlock.ts'
export { adn, convolution, residualUnit } from './blocks/convolutions.ts'
export type { AdnOptions, ConvolutionOptions } from './blocks/convolutions.ts'
export * from './blocks/activations.ts'
export { SimpleASPP } from './blocks/aspp.ts'
export { ADN, Convolution, ResidualUnit } from './blocks/convolutionBlocks.ts'
export {
  ApplyFilter,
  EllipticalFilter,
  LaplaceFilter,
  MeanFilter,
  SavitzkyGolayFilter,
  SharpenFilter,
} from './blocks/filters.ts'
export { FCN, GCN, MCFCN, Refine } from './blocks/fcn.ts'
export {
  LocalNetDownSampleBlock,
  LocalNetFeatureExtractorBlock,
  LocalNetUpSampleBlock,
  RegistrationDownSampleBlock,
  RegistrationExtractionBlock,
  RegistrationResidualConvBlock,
} from './blocks/localnetBlock.ts'
export { CrossAttentionBlock, SABlock, SpatialAttentionBlock, TransformerBlock } from './blocks/attentionBlocks.ts'
export { BilateralFilter, TrainableBilateralFilter, TrainableJointBilateralFilter } from './blocks/bilateralFilter.ts'
export { ConjugateGradient } from './blocks/conjugateGradient.ts'
export { DropPath } from './blocks/dropPath.ts'
export { HilbertTransform } from './blocks/hilbertTransform.ts'
export { LLTM } from './blocks/lltm.ts'
export { MedianFilter } from './blocks/medianFilter.ts'
export * from './blocks/daf3dBlocks.ts'
export { Down, TwoConv, UpCat } from './blocks/basicUnetBlock.ts'
export { ConvDenseBlock, DenseBlock } from './blocks/denseBlock.ts'
export {
  ActiConvNormBlock,
  FactorizedIncreaseBlock,
  FactorizedReduceBlock,
  P3DActiConvNormBlock,
} from './blocks/dintsBlock.ts'
export { UnetBasicBlock, UnetOutBlock, UnetResBlock, UnetUpBlock } from './blocks/dynunetBlock.ts'
export { MaxAvgPool } from './blocks/maxAvgPool.ts'
export { MLPBlock } from './blocks/mlp.ts'
export { PatchEmbed, PatchEmbeddingBlock } from './blocks/patchEmbedding.ts'
export {
  ChannelSELayer,
  ResidualSELayer,
  SEBlock,
  SEBottleneck,
  SEResNeXtBottleneck,
  SEResNetBottleneck,
} from './blocks/seBlocks.ts'
export { ResBlock } from './blocks/segresnetBlock.ts'
export { UnetrBasicBlock, UnetrPrUpBlock, UnetrUpBlock } from './blocks/unetrBlock.ts'
export { GaussianFilter } from './blocks/gaussianFilter.ts'
export { ChannelPad, Flatten, Reshape, SkipConnection } from './blocks/simple.ts'
export { SubpixelUpsample, UpSample } from './blocks/upsampleBlocks.ts'
export {
  MaisiConvolution,
  MaisiDownsample,
  MaisiGroupNorm3D,
  MaisiResBlock,
  MaisiUpsample,
} from './blocks/maisiBlocks.ts'
export { SPADE } from './blocks/spade.ts'
export { sensitivityMapExpand, sensitivityMapReduce, VarNetBlock } from './blocks/varnetBlock.ts'
export { DVF2DDF, Warp } from './blocks/warp.ts'
export * from './components.ts'
export * from './partComponents.ts'
export * from './describe/index.ts'
export { Act, Dropout, Norm, Pool } from './factories.ts'
export type { Init } from './init.ts'
export * from './copyModelState.ts'
export { layer, sequential, skip } from './layer.ts'
export type { Context, Layer, Output, Parts, Role, Weight } from './layer.ts'
export type { Named } from './named.ts'
export * from './nets/index.ts'
export { fromOldGenerative, type RenamedStateDict } from './oldGenerative.ts'
export { network, onlyOutput, outputsOf } from './network.ts'
export type { NamedWeight, Network, NetworkComponent } from './network.ts'
export * from './normalInit.ts'
export * from './predictSegmentation.ts'
export { forwardPass } from './pass.ts'
export type { Distribution, Pass, RandomFeed } from './pass.ts'
export * from './random.ts'
export { typicalNetworks, type Typical } from './typical.ts'
export { unwrappedName } from './stateNames.ts'
export { fromStateDict, toStateDict } from './weights.ts'
