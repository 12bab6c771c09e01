/** How a network is usually made, and what it is then run on: for `volvox info` and the pages of docs/networks. */
export interface Typical {
  readonly options: Readonly<Record<string, unknown>>
  /** Shapes of its inputs, `[N, C, ...spatial]` first. */
  readonly inputs: readonly (readonly number[])[]
}

const volume = [1, 1, 96, 96, 96]
const picture = [1, 3, 224, 224]
const segmentation = { spatialDims: 3, inChannels: 1, outChannels: 3 }
const classification = { spatialDims: 3, inChannels: 1, numClasses: 2 }
const pathology = { spatialDims: 2, inChannels: 3, numClasses: 2 }

const on = (inputs: readonly number[], options: Readonly<Record<string, unknown>>): Typical => ({
  options,
  inputs: [inputs],
})

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
}
