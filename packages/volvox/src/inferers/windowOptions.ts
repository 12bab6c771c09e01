import { z } from 'zod'
import { Kind, bool, count, instance, int, number, numberOrNumbers, oneOf, text } from '../core/options.ts'

const windowSize: Kind<number | null | readonly (number | null)[]> = new Kind(
  'a whole number, or one (or null) for each axis',
  () => z.union([z.int(), z.null(), z.array(z.int().nullable()).readonly()]),
)

const onProgress = instance<(done: number, total: number) => void>(
  'a function of done and total',
  (value) => typeof value === 'function',
)

/** Options of every inferer that slides a window. */
export const windowOptions = {
  roiSize: windowSize.req('Window size, for all axes or for each; -1 and null stand for the whole axis.'),
  swBatchSize: count.opt('Windows per call of the network.', 1),
  overlap: numberOrNumbers.opt('Share of a window that its neighbours cover too, for all axes or for each.', 0.25),
  mode: oneOf('constant', 'gaussian').opt(
    'Weights of overlapping windows: all alike, or falling towards the borders.',
    'constant',
  ),
  sigmaScale: numberOrNumbers.opt('Width of the Gaussian weights as a share of the window.', 0.125),
  paddingMode: oneOf('constant', 'reflect', 'replicate', 'circular').opt(
    'How an image smaller than the window is filled up.',
    'constant',
  ),
  cval: number.opt('Value of constant padding.', 0),
  onProgress: onProgress.opt('Called with the windows done and their total after each batch.', null),
  // These say where and how MONAI computes, never what: accepted, so that its configs load.
  progress: bool.opt('No effect: the caller shows progress, by onProgress.', false),
  swDevice: text.opt('No effect: the predictor decides where it computes.', null),
  device: text.opt('No effect: windows are blended in main memory, as MONAI does with "cpu".', null),
  cacheRoiWeightMap: bool.opt('No effect: the weights of a window are always kept for the next image.', false),
  cpuThresh: count.opt('No effect: windows are blended in main memory, however large the image.', null),
}

/** The further options of MONAI's SlidingWindowInferer. */
export const slidingOptions = {
  ...windowOptions,
  withCoord: bool.opt('Tell the network where its windows lie.', false),
  bufferSteps: int.opt('No effect: windows are blended in main memory, so nothing is copied from a device.', null),
  bufferDim: int.opt('No effect, as bufferSteps.', -1),
}
