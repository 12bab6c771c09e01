import { ShapeError, shown } from '../core/errors.ts'
import { bool, number, oneOf } from '../core/options.ts'
import { floats, sameShape, sizeOf } from '../core/tensor.ts'
import { batchMetric } from './batchMetric.ts'
import { channelsOf } from './masks.ts'

const includeBackground = bool.opt('Whether the first of several channels counts.', true)

/**
 * How much repeated predictions `[repeats, channel, ...spatial]` of one image differ: the variance at each voxel, its mean
 * or sum, or the map `[...spatial]` itself (MONAI VarianceMetric).
 */
export const VarianceMetric = batchMetric({
  name: 'VarianceMetric',
  options: {
    includeBackground,
    spatialMap: bool.opt('Give the variance at each voxel.', false),
    scalarReduction: oneOf('mean', 'sum').opt('How voxels are reduced, without a map.', 'sum'),
    threshold: number.opt('What values of 0 or less count as.', 0.0005),
  },
  value(yPred, _y, { includeBackground, spatialMap, scalarReduction, threshold }) {
    const { shape, data } = channelsOf('VarianceMetric', yPred, includeBackground)
    if (spatialMap && shape.length < 4)
      throw new ShapeError(
        'VarianceMetric',
        `predictions ${shown(shape)} have no image; a map takes [repeats, channel, ...] with 2 or 3 spatial axes`,
      )
    const voxels = sizeOf(shape.slice(2))
    const repeats = shape[0] * shape[1]
    const variance = Float64Array.from({ length: voxels }, (_, i) => {
      let [sum, squares] = [0, 0]
      for (let r = 0; r < repeats; r++) sum += positive(data[r * voxels + i], threshold)
      const mean = sum / repeats
      for (let r = 0; r < repeats; r++) squares += (positive(data[r * voxels + i], threshold) - mean) ** 2
      return squares / repeats
    })
    if (spatialMap) return floats(shape.slice(2), variance)
    const total = variance.reduce((a, b) => a + b, 0)
    return floats([], [scalarReduction === 'sum' ? total : total / voxels])
  },
})

/** How far predictions are from labels: the absolute difference of each item's voxels (MONAI LabelQualityScore). */
export const LabelQualityScore = batchMetric({
  name: 'LabelQualityScore',
  options: {
    includeBackground,
    scalarReduction: oneOf('none', 'mean', 'sum').opt('How voxels are reduced; not at all for a map.', 'sum'),
  },
  value(yPred, y, { includeBackground, scalarReduction }) {
    if (!y || !sameShape(yPred.shape, y.shape))
      throw new ShapeError(
        'LabelQualityScore',
        `prediction ${shown(yPred.shape)} and truth ${y ? shown(y.shape) : '(none)'} must agree in shape`,
      )
    const [p, t] = [yPred, y].map((tensor) => channelsOf('LabelQualityScore', tensor, includeBackground))
    const gaps = Float64Array.from(p.data, (x, i) => Math.abs(x - t.data[i]))
    if (scalarReduction === 'none') return floats(p.shape, gaps)
    const [batch] = p.shape
    const size = gaps.length / batch
    return floats(
      [batch],
      Array.from({ length: batch }, (_, item) => {
        const total = gaps.subarray(item * size, (item + 1) * size).reduce((a, b) => a + b, 0)
        return scalarReduction === 'sum' ? total : total / size
      }),
    )
  },
})

function positive(x: number, threshold: number): number {
  return x <= 0 ? threshold : x
}
