import { DynUNet, SegResNet, SwinUNETR, UNet, VNet, type Network } from 'volvox'

/** A network of the peer's script with the shape of a training batch and of an inferer's window. */
export interface BenchNetwork {
  readonly build: () => Network
  readonly batch: readonly number[]
  readonly window: readonly number[]
}

const image = { spatialDims: 3, inChannels: 1, outChannels: 3 }

export const networks: Readonly<Record<string, BenchNetwork>> = {
  vnet: {
    build: () => VNet({ ...image, act: ['elu', { inplace: true }] }),
    batch: [1, 1, 64, 64, 64],
    window: [96, 96, 96],
  },
  unet: {
    build: () =>
      UNet({ ...image, channels: [16, 32, 64, 128, 256], strides: [2, 2, 2, 2], numResUnits: 2, norm: 'batch' }),
    batch: [2, 1, 96, 96, 96],
    window: [96, 96, 96],
  },
  segresnet: {
    build: () => SegResNet({ ...image, initFilters: 16, blocksDown: [1, 2, 2, 4], blocksUp: [1, 1, 1] }),
    batch: [1, 1, 96, 96, 96],
    window: [96, 96, 96],
  },
  dynunet: {
    build: () =>
      DynUNet({
        ...image,
        kernelSize: [3, 3, 3, 3, 3],
        strides: [1, 2, 2, 2, 2],
        upsampleKernelSize: [2, 2, 2, 2],
        normName: 'instance',
        resBlock: true,
      }),
    batch: [1, 1, 64, 64, 64],
    window: [96, 96, 96],
  },
  swinunetr: {
    build: () => SwinUNETR({ ...image, featureSize: 12 }),
    batch: [1, 1, 64, 64, 64],
    window: [64, 64, 64],
  },
}
