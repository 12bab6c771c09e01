import {
  bool,
  count,
  instance,
  int,
  intOrInts,
  number,
  numberOrNumbers,
  oneOf,
  parseOptions,
  text,
  type Given,
  type Schema,
} from '../core/options.ts'
import { ShapeError } from '../core/errors.ts'
import type { Component } from '../core/registry.ts'
import type { FloatTensor } from '../core/tensor.ts'
import { outputList, packed, type Inferer, type Predictor } from './inferer.ts'
import { slidingWindowInference } from './slidingWindow.ts'

/** A kind of inferer, called with options under MONAI's names in camelCase. */
export interface InfererComponent<S extends Schema> extends Component {
  (options?: Given<S>): Inferer
  readonly schema: S
}

function component<S extends Schema>(
  name: string,
  schema: S,
  make: (given: Given<S>) => (inputs: FloatTensor, predictor: Predictor) => ReturnType<Inferer>,
): InfererComponent<S> {
  const create = (given: Given<S> | Record<string, never> = {}) =>
    Object.assign(make(given as Given<S>), { infererName: name })
  return Object.assign(create, { componentName: name, schema })
}

/** Runs the network on the whole image at once (MONAI SimpleInferer). */
export const SimpleInferer: InfererComponent<Record<never, never>> = component('SimpleInferer', {}, (given) => {
  parseOptions('SimpleInferer', {}, given)
  return async (inputs, predictor) => predictor(inputs)
})

const onProgress = instance<(done: number, total: number) => void>(
  'a function of done and total',
  (value) => typeof value === 'function',
)

const windowSchema = {
  roiSize: intOrInts.req('Window size, for all axes or for each; -1 stands for the whole axis.'),
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
  withCoord: bool.opt('Tell the network where its windows lie.', false),
  onProgress: onProgress.opt('Called with the windows done and their total after each batch.', null),
  // These say where and how MONAI computes, never what: accepted, so that its configs load.
  progress: bool.opt('As in MONAI configs; use onProgress.', false),
  swDevice: text.opt('As in MONAI configs; the predictor decides.', null),
  device: text.opt('As in MONAI configs; the predictor decides.', null),
  cacheRoiWeightMap: bool.opt('As in MONAI configs; the weights are cheap to compute.', false),
  cpuThresh: count.opt('As in MONAI configs; the predictor decides.', null),
  bufferSteps: count.opt('As in MONAI configs; there is no transfer to save.', null),
  bufferDim: int.opt('As in MONAI configs; there is no transfer to save.', -1),
}

/** Runs the network on overlapping windows and blends the results (MONAI SlidingWindowInferer). */
export const SlidingWindowInferer: InfererComponent<typeof windowSchema> = component(
  'SlidingWindowInferer',
  windowSchema,
  (given) => {
    const options = parseOptions('SlidingWindowInferer', windowSchema, given)
    return (inputs, predictor) => slidingWindowInference(inputs, predictor, options)
  },
)

const sliceSchema = {
  ...windowSchema,
  spatialDim: int.where((n) => n >= 0 && n <= 2, '0, 1 or 2').opt('The axis across the slices.', 0),
}

/** Runs a 2-D network on every slice of a volume (MONAI SliceInferer); `roiSize` is a window within a slice. */
export const SliceInferer: InfererComponent<typeof sliceSchema> = component('SliceInferer', sliceSchema, (given) => {
  const { spatialDim, roiSize, ...options } = parseOptions('SliceInferer', sliceSchema, given)
  const axis = spatialDim + 2
  const across = typeof roiSize === 'number' ? [roiSize, roiSize] : roiSize
  return async (inputs, predictor) => {
    if (inputs.shape.length !== 5)
      throw new ShapeError(
        'SliceInferer',
        `was given [${inputs.shape.join(', ')}]; it takes volumes [batch, channel, x, y, z]`,
      )
    const onSlices: Predictor = async (windows, places) => {
      const slices = { ...windows, shape: windows.shape.toSpliced(axis, 1) }
      const outputs = outputList(await (places ? predictor(slices, places) : predictor(slices)))
      return packed(outputs.map((output) => ({ ...output, shape: output.shape.toSpliced(axis, 0, 1) })))
    }
    return slidingWindowInference(inputs, onSlices, { ...options, roiSize: across.toSpliced(spatialDim, 0, 1) })
  }
})
