import { CoilSensitivityModel } from './nets/coilSensitivityModel.ts'
import { ComplexUnet } from './nets/complexUnet.ts'
import { resnet18 } from './nets/resnet.ts'
import { SegResNetDS2 } from './nets/segresnetDs.ts'
import { TopologyInstance } from './nets/topology.ts'
import { PointMappingSAM } from './nets/pointMappingSam.ts'
import { ClassMappingClassify } from './nets/vista3d.ts'

/** How a network is usually made, and what it is then run on: for `volvox info` and the pages of docs/networks. */
export interface Typical {
  readonly options: Readonly<Record<string, unknown>>
  /** Shapes of its inputs, `[N, C, ...spatial]` first. */
  readonly inputs: readonly (readonly number[])[]
}

const volume = [1, 1, 96, 96, 96]
const picture = [1, 3, 224, 224]
const segmentation = { spatialDims: 3, inChannels: 1, outChannels: 3 }
const classification = { spatialDims: 2, inChannels: 3, numClasses: 2 }

const on = (inputs: readonly number[], options: Readonly<Record<string, unknown>>): Typical => ({
  options,
  inputs: [inputs],
})

/** Options that hold networks are made when somebody asks for them. */
const later = (inputs: Typical['inputs'], options: () => Readonly<Record<string, unknown>>): Typical => ({
  get options() {
    return options()
  },
  inputs,
})

const efficientNet = on(picture, { modelName: 'efficientnet-b0', pretrained: false, ...classification })
const denseNet = on(volume, { spatialDims: 3, inChannels: 1, outChannels: 2 })
const resnet = on(volume, { spatialDims: 3, nInputChannels: 1, numClasses: 2 })
const resnetFeatures = on(volume, { modelName: 'resnet18', pretrained: false, spatialDims: 3, inChannels: 1 })

const seNet = on(picture, classification)
const segResNetDS = on(volume, { ...segmentation, initFilters: 16, blocksDown: [1, 2, 2, 4] })
const halved = (n: number) => [1, 64 * 2 ** n, 48 / 2 ** n, 48 / 2 ** n, 48 / 2 ** n]

const diffusion = {
  spatialDims: 2,
  inChannels: 1,
  channels: [64, 128, 256],
  attentionLevels: [false, true, true],
  numResBlocks: 1,
  numHeadChannels: 64,
}

const { channels: numChannels, ...diffusionLevels } = diffusion
const maisi = { ...diffusionLevels, numChannels, spatialDims: 3, inChannels: 4 }
const latent = [1, 4, 32, 32, 32]

const kspace = [1, 8, 320, 320, 2]
const lines = [1, 1, 1, 320, 1]

/** An image, points of an object, their labels. */
const marked = [volume, [1, 2, 3], [1, 2]]

const medNeXt = on(volume, segmentation)

/** By the network's name; every registered network has an entry, which a test checks. */
export const typicalNetworks: Readonly<Record<string, Typical>> = {
  AttentionUnet: on(volume, { ...segmentation, channels: [16, 32, 64, 128], strides: [2, 2, 2] }),
  AutoEncoder: on([1, 1, 64, 64, 64], {
    spatialDims: 3,
    inChannels: 1,
    outChannels: 1,
    channels: [8, 16, 32],
    strides: [2, 2, 2],
  }),
  BasicUNet: on(volume, segmentation),
  Classifier: on([1, 1, 64, 64], { inShape: [1, 64, 64], classes: 10, channels: [8, 16, 32], strides: [2, 2, 2] }),
  Critic: on([1, 1, 64, 64], { inShape: [1, 64, 64], channels: [8, 16, 32], strides: [2, 2, 2] }),
  Discriminator: on([1, 1, 64, 64], { inShape: [1, 64, 64], channels: [8, 16, 32], strides: [2, 2, 2] }),
  DynUNet: on(volume, {
    ...segmentation,
    kernelSize: [3, 3, 3, 3, 3],
    strides: [1, 2, 2, 2, 2],
    upsampleKernelSize: [2, 2, 2, 2],
    normName: 'instance',
    resBlock: true,
  }),
  FullyConnectedNet: on([1, 64], { inChannels: 64, outChannels: 10, hiddenChannels: [128, 64], dropout: 0.2 }),
  Generator: on([1, 64], {
    latentShape: [64],
    startShape: [32, 8, 8],
    channels: [32, 16, 8, 1],
    strides: [2, 2, 2, 1],
  }),
  GlobalNet: on([1, 2, 64, 64, 64], {
    imageSize: [64, 64, 64],
    spatialDims: 3,
    inChannels: 2,
    numChannelInitial: 16,
    depth: 4,
  }),
  LocalNet: on([1, 2, 64, 64, 64], {
    spatialDims: 3,
    inChannels: 2,
    outChannels: 3,
    numChannelInitial: 16,
    extractLevels: [0, 1, 2, 3],
  }),
  Regressor: on([1, 1, 64, 64], { inShape: [1, 64, 64], outShape: [1], channels: [8, 16, 32], strides: [2, 2, 2] }),
  RegUNet: on([1, 2, 64, 64, 64], {
    spatialDims: 3,
    inChannels: 2,
    numChannelInitial: 16,
    depth: 3,
    outChannels: 3,
  }),
  SegResNet: on(volume, { ...segmentation, initFilters: 16, blocksDown: [1, 2, 2, 4], blocksUp: [1, 1, 1] }),
  SwinUNETR: on(volume, { ...segmentation, featureSize: 24 }),
  UNet: on(volume, {
    ...segmentation,
    channels: [16, 32, 64, 128, 256],
    strides: [2, 2, 2, 2],
    numResUnits: 2,
    norm: 'batch',
  }),
  UNETR: on(volume, { inChannels: 1, outChannels: 3, imgSize: [96, 96, 96] }),
  VarAutoEncoder: on([1, 1, 64, 64], {
    spatialDims: 2,
    inShape: [1, 64, 64],
    outChannels: 1,
    latentSize: 16,
    channels: [8, 16, 32],
    strides: [2, 2, 2],
  }),
  VarFullyConnectedNet: on([1, 64], {
    inChannels: 64,
    outChannels: 64,
    latentSize: 8,
    encodeChannels: [32, 16],
    decodeChannels: [16, 32],
  }),
  VNet: on([1, 1, 64, 64, 64], { spatialDims: 3, inChannels: 1, outChannels: 3 }),
  ViT: on(volume, {
    inChannels: 1,
    imgSize: [96, 96, 96],
    patchSize: [16, 16, 16],
    classification: true,
    numClasses: 2,
  }),
  ViTAutoEnc: on(volume, { inChannels: 1, imgSize: [96, 96, 96], patchSize: [16, 16, 16] }),
  BasicUNetPlusPlus: on(volume, segmentation),
  DAF3D: on(volume, { inChannels: 1, outChannels: 1 }),
  DenseNet: denseNet,
  DenseNet121: denseNet,
  DenseNet169: denseNet,
  DenseNet201: denseNet,
  DenseNet264: denseNet,
  DiNTS: later([volume], () => ({ dintsSpace: TopologyInstance({ numBlocks: 6 }), inChannels: 1, numClasses: 3 })),
  EfficientNet: on(picture, {
    ...classification,
    blocksArgsStr: ['r1_k3_s11_e1_i32_o16_se0.25', 'r2_k3_s22_e6_i16_o24_se0.25', 'r2_k5_s22_e6_i24_o40_se0.25'],
  }),
  EfficientNetBN: efficientNet,
  EfficientNetBNFeatures: efficientNet,
  EfficientNetEncoder: efficientNet,
  FlexibleUNet: on(picture, { inChannels: 3, outChannels: 2, backbone: 'efficientnet-b0' }),
  HighResBlock: on([1, 16, 96, 96, 96], { spatialDims: 3, inChannels: 16, outChannels: 32 }),
  HighResNet: on(volume, segmentation),
  NetAdapter: later([volume], () => ({
    model: resnet18({ spatialDims: 3, nInputChannels: 1 }),
    numClasses: 2,
    dim: 3,
    pool: ['avg', { kernel_size: 6 }],
  })),
  ResNet: on(volume, {
    block: 'basic',
    layers: [2, 2, 2, 2],
    blockInplanes: [64, 128, 256, 512],
    spatialDims: 3,
    nInputChannels: 1,
    numClasses: 2,
  }),
  ResNetBlock: on([1, 64, 48, 48, 48], { inPlanes: 64, planes: 64 }),
  ResNetBottleneck: on([1, 256, 48, 48, 48], { inPlanes: 256, planes: 64 }),
  ResNetEncoder: resnetFeatures,
  ResNetFeatures: resnetFeatures,
  SEResNet50: seNet,
  SEResNet101: seNet,
  SEResNet152: seNet,
  SEResNext50: seNet,
  SEResNext101: seNet,
  SENet: on(picture, {
    ...classification,
    block: 'se_resnet_bottleneck',
    layers: [3, 4, 6, 3],
    groups: 1,
    reduction: 16,
  }),
  SENet154: seNet,
  SegResNetDS: segResNetDS,
  SegResNetDS2: segResNetDS,
  SegResNetVAE: on(volume, { inputImageSize: [96, 96, 96], ...segmentation, initFilters: 16 }),
  TopologyInstance: { options: { numBlocks: 6 }, inputs: [0, 1, 2].map(halved) },
  TopologySearch: { options: { numBlocks: 6 }, inputs: [0, 1, 2].map(halved) },
  Transchex: {
    options: {
      inChannels: 3,
      imgSize: [224, 224],
      patchSize: [32, 32],
      numClasses: 14,
      numLanguageLayers: 2,
      numVisionLayers: 2,
      numMixedLayers: 2,
    },
    inputs: [[1, 128], [1, 128], picture],
  },
  TorchVisionFCModel: on(picture, { modelName: 'resnet18', numClasses: 2 }),
  VoxelMorph: { options: {}, inputs: [volume, volume] },
  VoxelMorphUNet: on([1, 2, 96, 96, 96], {
    spatialDims: 3,
    inChannels: 2,
    unetOutChannels: 32,
    channels: [16, 32, 32, 32, 32, 32],
    finalConvChannels: [16, 16],
  }),
  resnet10: resnet,
  resnet18: resnet,
  resnet34: resnet,
  resnet50: resnet,
  resnet101: resnet,
  resnet152: resnet,
  resnet200: resnet,
  AutoencoderKL: on([1, 1, 64, 64, 64], {
    spatialDims: 3,
    channels: [32, 64, 64],
    attentionLevels: [false, false, false],
    numResBlocks: 1,
    latentChannels: 3,
  }),
  AutoencoderKlMaisi: on([1, 1, 64, 64, 64], {
    spatialDims: 3,
    inChannels: 1,
    outChannels: 1,
    numChannels: [32, 64, 64],
    attentionLevels: [false, false, false],
    numResBlocks: [1, 1, 1],
    latentChannels: 4,
    normNumGroups: 16,
  }),
  SPADEAutoencoderKL: {
    options: { spatialDims: 2, labelNc: 3, channels: [32, 64], attentionLevels: [false, false], numResBlocks: 1 },
    inputs: [
      [1, 1, 64, 64],
      [1, 3, 64, 64],
    ],
  },
  SPADEDiffusionModelUNet: {
    options: { ...diffusion, outChannels: 1, labelNc: 3 },
    inputs: [[1, 1, 64, 64], [1], [1, 3, 64, 64]],
  },
  SPADENet: {
    options: {
      spatialDims: 2,
      inChannels: 1,
      outChannels: 1,
      labelNc: 3,
      inputShape: [64, 64],
      channels: [16, 32, 64],
      zDim: 16,
    },
    inputs: [
      [1, 3, 64, 64],
      [1, 1, 64, 64],
    ],
  },
  ControlNetMaisi: {
    options: { ...maisi, conditioningEmbeddingInChannels: 8, conditioningEmbeddingNumChannels: [8, 32, 64] },
    inputs: [latent, [1], [1, 8, 128, 128, 128]],
  },
  DiffusionModelUNetMaisi: {
    options: {
      ...maisi,
      outChannels: 4,
      includeTopRegionIndexInput: true,
      includeBottomRegionIndexInput: true,
      includeSpacingInput: true,
    },
    inputs: [latent, [1], [1, 4], [1, 4], [1, 3]],
  },
  ControlNet: {
    options: { ...diffusion, conditioningEmbeddingNumChannels: [16] },
    inputs: [[1, 1, 64, 64], [1], [1, 1, 64, 64]],
  },
  DiffusionModelEncoder: { options: { ...diffusion, outChannels: 2 }, inputs: [[1, 1, 32, 32], [1]] },
  DiffusionModelUNet: { options: { ...diffusion, outChannels: 1 }, inputs: [[1, 1, 64, 64], [1]] },
  DecoderOnlyTransformer: on([1, 128], {
    numTokens: 256,
    maxSeqLen: 128,
    attnLayersDim: 96,
    attnLayersDepth: 6,
    attnLayersHeads: 6,
  }),
  MultiScalePatchDiscriminator: on([1, 1, 512, 512], {
    spatialDims: 2,
    channels: 64,
    inChannels: 1,
    numD: 2,
    numLayersD: 3,
  }),
  PatchDiscriminator: on([1, 1, 64, 64, 64], { spatialDims: 3, channels: 32, inChannels: 1, numLayersD: 3 }),
  VQVAE: on([1, 1, 64, 64, 64], { spatialDims: 3, inChannels: 1, outChannels: 1, channels: [96, 96, 192] }),
  AHNet: on([1, 1, 128, 128, 128], segmentation),
  HoVerNet: on([1, 3, 256, 256], { mode: 'fast', outClasses: 5 }),
  MedNeXt: medNeXt,
  MedNeXtB: medNeXt,
  MedNeXtL: medNeXt,
  MedNeXtM: medNeXt,
  MedNeXtS: medNeXt,
  MILModel: on([1, 4, 3, 224, 224], { numClasses: 2, milMode: 'att_trans', pretrained: false }),
  VISTA3D: later(marked, () => ({
    imageEncoder: SegResNetDS2({ norm: 'instance', outChannels: 48, initFilters: 48, blocksDown: [1, 2, 2, 4, 4] }),
    classHead: ClassMappingClassify({ nClasses: 512, featureSize: 48 }),
    pointHead: PointMappingSAM({ featureSize: 48 }),
  })),
  vista3d132: { options: {}, inputs: marked },
  CoilSensitivityModel: { options: {}, inputs: [kspace, lines] },
  ComplexUnet: on([1, 1, 320, 320, 2], {}),
  VariationalNetworkModel: later([kspace, lines], () => ({
    coilSensitivityModel: CoilSensitivityModel({}),
    refinementModel: ComplexUnet({}),
  })),
}
