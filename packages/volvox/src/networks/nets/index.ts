export * from './ahNet.ts'
export * from './attentionUnet.ts'
export { AutoEncoder } from './autoencoder.ts'
export { AutoencoderKL } from './autoencoderKl.ts'
export { AutoencoderKlMaisi, MaisiDecoder, MaisiEncoder } from './autoencoderKlMaisi.ts'
export { BasicUNet } from './basicUnet.ts'
export * from './basicUnetPlusPlus.ts'
export * from './classifier.ts'
export { CoilSensitivityModel } from './coilSensitivityModel.ts'
export { ComplexUnet } from './complexUnet.ts'
export { ControlNet } from './controlnet.ts'
export { DiffusionModelEncoder, DiffusionModelUNet } from './diffusionModelUnet.ts'
export { ControlNetMaisi, DiffusionModelUNetMaisi } from './diffusionModelUnetMaisi.ts'
export { SPADEAutoencoderKL } from './spadeAutoencoderKl.ts'
export { SPADEDiffusionModelUNet } from './spadeDiffusionModelUnet.ts'
export { SPADENet } from './spadeNet.ts'
export { DecoderOnlyTransformer } from './decoderOnlyTransformer.ts'
export { MultiScalePatchDiscriminator, PatchDiscriminator } from './patchDiscriminator.ts'
export { VQVAE } from './vqvae.ts'
export { DAF3D } from './daf3d.ts'
export { DiNTS } from './dints.ts'
export * from './dynunet.ts'
export * from './fullyConnectedNet.ts'
export * from './generator.ts'
export * from './globalNet.ts'
export { RegUNet } from './regunet.ts'
export { Regressor } from './regressor.ts'
export * from './localNet.ts'
export * from './highResNet.ts'
export * from './hoVerNet.ts'
export * from './medNeXt.ts'
export * from './segresnet.ts'
export * from './segresnetDs.ts'
export * from './swinUNETR.ts'
export { TopologyInstance, TopologySearch } from './topology.ts'
export * from './topologySearch.ts'
export * from './unet.ts'
export * from './unetr.ts'
export * from './varautoencoder.ts'
export { ViT } from './vit.ts'
export * from './vitAutoEnc.ts'
export * from './vnet.ts'
export * from './milModel.ts'
export * from './pointMappingSam.ts'
export * from './vista3d.ts'
export * from './voxelmorph.ts'
export { DenseNet, DenseNet121, DenseNet169, DenseNet201, DenseNet264 } from './densenet.ts'
export {
  ResNet,
  ResNetEncoder,
  ResNetFeatures,
  resnet10,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  resnet200,
} from './resnet.ts'
export { FlexibleUNet } from './flexibleUnet.ts'
export { NetAdapter, TorchVisionFCModel } from './netAdapter.ts'
export { SENet, SENet154, SEResNet101, SEResNet152, SEResNet50, SEResNext101, SEResNext50 } from './senet.ts'
export {
  EfficientNet,
  EfficientNetBN,
  EfficientNetBNFeatures,
  EfficientNetEncoder,
  efficientNetImageSize,
} from './efficientNet.ts'
export { RetinaNet, RetinaNetClassificationHead, RetinaNetRegressionHead } from './retinaNet.ts'
export { VariationalNetworkModel } from './varnet.ts'
export { BertAttention, BertMixedLayer, BertOutput, MultiModal, Pooler, Transchex } from './transchex.ts'
