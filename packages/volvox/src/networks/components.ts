import type { Component } from '../core/registry.ts'
import { AffineHead } from './blocks/affineHead.ts'
import { Down, TwoConv, UpCat } from './blocks/basicUnetBlock.ts'
import {
  AttentionModule,
  Daf3dASPP,
  Daf3dBackbone,
  Daf3dBackboneWithFPN,
  Daf3dFPN,
  Daf3dResNet,
  Daf3dResNetBottleneck,
  Daf3dResNetDilatedBottleneck,
} from './blocks/daf3dBlocks.ts'
import {
  MaisiConvolution,
  MaisiDownsample,
  MaisiGroupNorm3D,
  MaisiResBlock,
  MaisiUpsample,
} from './blocks/maisiBlocks.ts'
import { EMAQuantizer, VectorQuantizer } from './blocks/vectorQuantizer.ts'
import { DownTransition, InputTransition, OutputTransition, UpTransition } from './blocks/vnetBlock.ts'
import { classifierComponents } from './classifiers.ts'
import { AHNet } from './nets/ahNet.ts'
import { AttentionUnet } from './nets/attentionUnet.ts'
import { AutoEncoder } from './nets/autoencoder.ts'
import { AutoencoderKL } from './nets/autoencoderKl.ts'
import { AutoencoderKlMaisi, MaisiDecoder, MaisiEncoder } from './nets/autoencoderKlMaisi.ts'
import { BasicUNet } from './nets/basicUnet.ts'
import { BasicUNetPlusPlus } from './nets/basicUnetPlusPlus.ts'
import { Classifier, Critic, Discriminator } from './nets/classifier.ts'
import { CoilSensitivityModel } from './nets/coilSensitivityModel.ts'
import { DAF3D } from './nets/daf3d.ts'
import { ComplexUnet } from './nets/complexUnet.ts'
import { ControlNet } from './nets/controlnet.ts'
import { DiffusionModelEncoder, DiffusionModelUNet } from './nets/diffusionModelUnet.ts'
import { ControlNetMaisi, DiffusionModelUNetMaisi } from './nets/diffusionModelUnetMaisi.ts'
import { DecoderOnlyTransformer } from './nets/decoderOnlyTransformer.ts'
import { DiNTS } from './nets/dints.ts'
import { DynUNet } from './nets/dynunet.ts'
import { FullyConnectedNet, VarFullyConnectedNet } from './nets/fullyConnectedNet.ts'
import { Generator } from './nets/generator.ts'
import { GlobalNet } from './nets/globalNet.ts'
import { LocalNet } from './nets/localNet.ts'
import { HighResBlock, HighResNet } from './nets/highResNet.ts'
import { MultiScalePatchDiscriminator, PatchDiscriminator } from './nets/patchDiscriminator.ts'
import { HoVerNet } from './nets/hoVerNet.ts'
import { MedNeXt, MedNeXtB, MedNeXtL, MedNeXtM, MedNeXtS } from './nets/medNeXt.ts'
import { MILModel } from './nets/milModel.ts'
import { PointMappingSAM } from './nets/pointMappingSam.ts'
import { Regressor } from './nets/regressor.ts'
import { RegUNet } from './nets/regunet.ts'
import { SegResNet, SegResNetVAE } from './nets/segresnet.ts'
import { SegResNetDS, SegResNetDS2 } from './nets/segresnetDs.ts'
import { SPADEAutoencoderKL } from './nets/spadeAutoencoderKl.ts'
import { SPADEDiffusionModelUNet } from './nets/spadeDiffusionModelUnet.ts'
import { SPADENet } from './nets/spadeNet.ts'
import { SwinUNETR } from './nets/swinUNETR.ts'
import { TopologyInstance, TopologySearch } from './nets/topology.ts'
import { BertAttention, BertMixedLayer, BertOutput, MultiModal, Pooler, Transchex } from './nets/transchex.ts'
import { UNet } from './nets/unet.ts'
import { UNETR } from './nets/unetr.ts'
import { VarAutoEncoder } from './nets/varautoencoder.ts'
import { VariationalNetworkModel } from './nets/varnet.ts'
import { ViT } from './nets/vit.ts'
import { ViTAutoEnc } from './nets/vitAutoEnc.ts'
import { ClassMappingClassify, VISTA3D, vista3d132 } from './nets/vista3d.ts'
import { VoxelMorph, VoxelMorphUNet } from './nets/voxelmorph.ts'
import { VNet } from './nets/vnet.ts'
import { VQVAE } from './nets/vqvae.ts'

/** What configs can name under `monai.networks.nets`, with MONAI's other spellings. */
export const networkComponents: Readonly<Record<string, Component>> = {
  ...classifierComponents,
  AHNet,
  AHnet: AHNet,
  Ahnet: AHNet,
  AttentionUnet,
  AutoEncoder,
  AutoencoderKL,
  BasicUNet,
  Basicunet: BasicUNet,
  BasicUnet: BasicUNet,
  basicunet: BasicUNet,
  BasicUNetPlusPlus,
  BasicUnetPlusPlus: BasicUNetPlusPlus,
  BasicunetPlusPlus: BasicUNetPlusPlus,
  basicunetplusplus: BasicUNetPlusPlus,
  Classifier,
  ControlNet,
  Critic,
  DAF3D,
  DiffusionModelEncoder,
  DiffusionModelUNet,
  Discriminator,
  DecoderOnlyTransformer,
  DiNTS,
  DynUNet,
  DynUnet: DynUNet,
  Dynunet: DynUNet,
  FullyConnectedNet,
  Generator,
  GlobalNet,
  LocalNet,
  HighResBlock,
  HighResNet,
  MultiScalePatchDiscriminator,
  PatchDiscriminator,
  HoVerNet,
  HoVernet: HoVerNet,
  HoverNet: HoVerNet,
  Hovernet: HoVerNet,
  MILModel,
  MedNeXt,
  MedNext: MedNeXt,
  MedNeXtS,
  MedNextS: MedNeXtS,
  MedNeXtSmall: MedNeXtS,
  MedNextSmall: MedNeXtS,
  MedNeXtB,
  MedNextB: MedNeXtB,
  MedNeXtBase: MedNeXtB,
  MedNextBase: MedNeXtB,
  MedNeXtM,
  MedNextM: MedNeXtM,
  MedNeXtMedium: MedNeXtM,
  MedNextMedium: MedNeXtM,
  MedNeXtL,
  MedNextL: MedNeXtL,
  MedNeXtLarge: MedNeXtL,
  MedNextLarge: MedNeXtL,
  Regressor,
  RegUNet,
  SegResNet,
  SegResNetDS,
  SegResNetDS2,
  SegResNetVAE,
  SPADEAutoencoderKL,
  SPADEDiffusionModelUNet,
  SPADENet,
  SwinUNETR,
  TopologyInstance,
  TopologySearch,
  Transchex,
  UNet,
  UNETR,
  Unet: UNet,
  VarAutoEncoder,
  VarFullyConnectedNet,
  VISTA3D,
  vista3d132,
  VNet,
  VQVAE,
  VoxelMorph,
  voxelmorph: VoxelMorph,
  VoxelMorphUNet,
  voxelmorphunet: VoxelMorphUNet,
  ViT,
  ViTAutoEnc,
}

/** What configs can name under `monai.apps.reconstruction.networks.nets`. */
export const reconstructionComponents: Readonly<Record<string, Component>> = {
  CoilSensitivityModel,
  ComplexUnet,
  VariationalNetworkModel,
}

/** What configs can name under `monai.networks.nets.basic_unet`. */
export const basicUnetComponents: Readonly<Record<string, Component>> = { Down, TwoConv, UpCat }

/** What configs can name under `monai.apps.generation.maisi.networks`: networks. */
export const maisiComponents: Readonly<Record<string, Component>> = {
  AutoencoderKlMaisi,
  ControlNetMaisi,
  DiffusionModelUNetMaisi,
}

/** What configs can name under `monai.apps.generation.maisi.networks`: blocks. */
export const maisiBlockComponents: Readonly<Record<string, Component>> = {
  MaisiConvolution,
  MaisiDecoder,
  MaisiDownsample,
  MaisiEncoder,
  MaisiGroupNorm3D,
  MaisiResBlock,
  MaisiUpsample,
}

/** What configs can name under `monai.networks.nets.daf3d`. */
export const daf3dComponents: Readonly<Record<string, Component>> = {
  AttentionModule,
  Daf3dASPP,
  Daf3dBackbone,
  Daf3dBackboneWithFPN,
  Daf3dFPN,
  Daf3dResNet,
  Daf3dResNetBottleneck,
  Daf3dResNetDilatedBottleneck,
}

/** What configs can name under `monai.networks.nets.regunet`. */
export const regunetComponents: Readonly<Record<string, Component>> = { AffineHead }

/** What configs can name under `monai.networks.nets.vnet`. */
export const vnetComponents: Readonly<Record<string, Component>> = {
  DownTransition,
  InputTransition,
  OutputTransition,
  UpTransition,
}

/** What configs can name under `monai.networks.layers`, of vector quantisation. */
export const vectorQuantizerComponents: Readonly<Record<string, Component>> = { EMAQuantizer, VectorQuantizer }

/** What configs can name under `monai.networks.nets` besides whole networks. */
export const networkPartComponents: Readonly<Record<string, Component>> = {
  BertAttention,
  BertMixedLayer,
  BertOutput,
  MultiModal,
  Pooler,
}

/** What configs can name under `monai.networks.nets.vista3d`. */
export const vista3dComponents: Readonly<Record<string, Component>> = { ClassMappingClassify, PointMappingSAM }
