import { ShapeError } from '../core/errors.ts'
import { positive, type Schema, type Values } from '../core/options.ts'
import { floats, sameShape, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { metric, type MetricComponent } from './metric.ts'

/** A metric of images: one score `[batch, 1]` for each item, from the mean over its voxels of a function of the error. */
function meanErrorMetric<S extends Schema>(
  name: string,
  options: S,
  ofError: (error: number) => number,
  score: (mean: number, options: Values<S>) => number,
): MetricComponent<S> {
  return metric({
    name,
    options,
    leastAxes: 2,
    score: (yPred, y, given) => {
      const means = meanErrors(name, yPred, y, ofError)
      return { ...means, data: means.data.map((mean) => score(mean, given)) }
    },
  })
}

function meanErrors(name: string, yPred: Tensor, y: Tensor, ofError: (error: number) => number): FloatTensor {
  if (!sameShape(yPred.shape, y.shape))
    throw new ShapeError(
      name,
      `prediction [${yPred.shape.join(', ')}] and truth [${y.shape.join(', ')}] must agree in shape`,
    )
  const [batch] = y.shape
  const voxels = y.data.length / batch
  const means = Array.from({ length: batch }, (_, item) => {
    let sum = 0
    for (let i = item * voxels; i < (item + 1) * voxels; i++) sum += ofError(Number(y.data[i]) - Number(yPred.data[i]))
    return sum / voxels
  })
  return floats([batch, 1], means)
}

const square = (error: number): number => error * error

/** Mean squared error of each item (MONAI MSEMetric). */
export const MSEMetric: MetricComponent<Record<never, never>> = meanErrorMetric('MSEMetric', {}, square, (mean) => mean)

/** Mean absolute error of each item (MONAI MAEMetric). */
export const MAEMetric: MetricComponent<Record<never, never>> = meanErrorMetric(
  'MAEMetric',
  {},
  Math.abs,
  (mean) => mean,
)

/** Root of the mean squared error of each item (MONAI RMSEMetric). */
export const RMSEMetric: MetricComponent<Record<never, never>> = meanErrorMetric('RMSEMetric', {}, square, Math.sqrt)

const psnrOptions = { maxVal: positive.req('Width of the range of values, e.g. 1 or 255.') }

/** Peak signal-to-noise ratio of each item in decibel (MONAI PSNRMetric). */
export const PSNRMetric: MetricComponent<typeof psnrOptions> = meanErrorMetric(
  'PSNRMetric',
  psnrOptions,
  square,
  (mean, { maxVal }) => 20 * Math.log10(maxVal) - 10 * Math.log10(mean),
)
