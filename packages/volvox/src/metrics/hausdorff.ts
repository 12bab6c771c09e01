import { bool, number, oneOf, type Kind } from '../core/options.ts'
import { ofRank } from '../kernels/index.ts'
import { distanceMetrics } from './distanceTransform.ts'
import { scoreMasks, spacingOf } from './masks.ts'
import { metric } from './metric.ts'
import { surfaceDistances } from './surfaces.ts'

const surfaceOptions = {
  includeBackground: bool.opt('Whether the first channel gets a score.', false),
  distanceMetric: oneOf(...distanceMetrics).opt(
    'How distances are measured; only euclidean heeds the spacing.',
    'euclidean',
  ),
}

/** A percentage of distances. */
export const percent: Kind<number> = number.where((p) => p >= 0 && p <= 100, 'a percentage from 0 to 100')

/**
 * The largest distance from a surface voxel of one mask to the other mask's surface, or a percentile of these distances
 * (MONAI HausdorffDistanceMetric). Infinite when one mask is empty, or NaN for a percentile; NaN when both are.
 */
export const HausdorffDistanceMetric = metric({
  name: 'HausdorffDistanceMetric',
  options: {
    ...surfaceOptions,
    percentile: percent.opt('Percentile of the distances instead of the largest one, e.g. 95.', null),
    directed: bool.opt('Only from prediction to truth; else the larger of both directions.', false),
  },
  score: (yPred, y, { includeBackground, distanceMetric, percentile, directed }, facts) =>
    scoreMasks('HausdorffDistanceMetric', yPred, y, includeBackground, (prediction, truth, item) => {
      const spacing = spacingOf('HausdorffDistanceMetric', facts, item, truth.shape.length)
      const distances = surfaceDistances(prediction, truth, { distanceMetric, spacing, symmetric: !directed })
      return Math.max(...distances.map((d) => (percentile ? quantile(d, percentile / 100) : largest(d))))
    }),
})

/**
 * The average distance from the prediction's surface to the truth's, or of both directions when symmetric (MONAI
 * SurfaceDistanceMetric). Infinite when one mask is empty, NaN when both are.
 */
export const SurfaceDistanceMetric = metric({
  name: 'SurfaceDistanceMetric',
  options: { ...surfaceOptions, symmetric: bool.opt('Also count the distances from truth to prediction.', false) },
  score: (yPred, y, { includeBackground, distanceMetric, symmetric }, facts) =>
    scoreMasks('SurfaceDistanceMetric', yPred, y, includeBackground, (prediction, truth, item) => {
      const spacing = spacingOf('SurfaceDistanceMetric', facts, item, truth.shape.length)
      const all = surfaceDistances(prediction, truth, { distanceMetric, spacing, symmetric })
      const total = all.reduce((sum, distances) => distances.reduce((a, b) => a + b, sum), 0)
      return total / all.reduce((n, { length }) => n + length, 0)
    }),
})

/** The `q`-quantile by linear interpolation between neighbours; NaN of nothing, and of infinite neighbours as in torch. */
export function quantile(values: Float32Array, q: number): number {
  if (values.length === 0) return NaN
  const rank = q * (values.length - 1)
  const low = Math.floor(rank)
  const [below, above] = ofRank(values, [low, Math.ceil(rank)])
  return below + (above - below) * (rank - low)
}

/** The largest value; NaN of nothing. */
function largest(values: Float32Array): number {
  return values.reduce((a, b) => Math.max(a, b), values.length === 0 ? NaN : -Infinity)
}
