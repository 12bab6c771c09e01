import { int, parseOptions } from '../core/options.ts'
import { ShapeError } from '../core/errors.ts'
import { inferer, type InfererComponent } from './component.ts'
import { mapOutputs, type Predictor } from './inferer.ts'
import { slidingWindowInference } from './slidingWindow.ts'
import { slidingOptions } from './windowOptions.ts'

/** Runs the network on the whole image at once (MONAI SimpleInferer). */
export const SimpleInferer: InfererComponent<Record<never, never>> = inferer('SimpleInferer', {}, (given) => {
  parseOptions('SimpleInferer', {}, given)
  return async (inputs, predictor) => predictor(inputs)
})

function sliding(name: string): InfererComponent<typeof slidingOptions> {
  return inferer(name, slidingOptions, (given) => {
    const options = parseOptions(name, slidingOptions, given)
    return (inputs, predictor) => slidingWindowInference(inputs, predictor, options)
  })
}

/** Runs the network on overlapping windows and blends the results (MONAI SlidingWindowInferer). */
export const SlidingWindowInferer: InfererComponent<typeof slidingOptions> = sliding('SlidingWindowInferer')

/**
 * The same. MONAI's SlidingWindowInfererAdapt blends in main memory once a device has too little; here windows always
 * are (MONAI SlidingWindowInfererAdapt).
 */
export const SlidingWindowInfererAdapt: InfererComponent<typeof slidingOptions> = sliding('SlidingWindowInfererAdapt')

const sliceOptions = {
  ...slidingOptions,
  spatialDim: int.where((n) => n >= 0 && n <= 2, '0, 1 or 2').opt('The axis across the slices.', 0),
}

/** Runs a 2-D network on every slice of a volume (MONAI SliceInferer); `roiSize` is a window within a slice. */
export const SliceInferer: InfererComponent<typeof sliceOptions> = inferer('SliceInferer', sliceOptions, (given) => {
  const { spatialDim, roiSize, ...options } = parseOptions('SliceInferer', sliceOptions, given)
  const axis = spatialDim + 2
  const across = typeof roiSize === 'number' || roiSize === null ? [roiSize, roiSize] : roiSize
  return async (inputs, predictor) => {
    if (inputs.shape.length !== 5)
      throw new ShapeError(
        'SliceInferer',
        `was given [${inputs.shape.join(', ')}]; it takes volumes [batch, channel, x, y, z]`,
      )
    const onSlices: Predictor = async (windows, places) => {
      const slices = { ...windows, shape: windows.shape.toSpliced(axis, 1) }
      return mapOutputs(await (places ? predictor(slices, places) : predictor(slices)), (output) => ({
        ...output,
        shape: output.shape.toSpliced(axis, 0, 1),
      }))
    }
    return slidingWindowInference(inputs, onSlices, { ...options, roiSize: across.toSpliced(spatialDim, 0, 1) })
  }
})
