import { DataError } from '../core/errors.ts'
import type { Given, Schema } from '../core/options.ts'
import type { FloatTensor, Tensor } from '../core/tensor.ts'
import { LabelQualityScore, VarianceMetric } from './activeLearning.ts'
import { MeanIoU } from './dice.ts'
import type { DistanceMetric } from './distanceTransform.ts'
import { GeneralizedDiceScore } from './generalizedDice.ts'
import { HausdorffDistanceMetric, SurfaceDistanceMetric, percent, quantile } from './hausdorff.ts'
import { channelsOf, type Mask } from './masks.ts'
import type { BatchFacts } from './metric.ts'
import { reduceScores, type Aggregate, type Reduction } from './reduction.ts'
import { MultiScaleSSIMMetric } from './similarity.ts'
import { SurfaceDiceMetric } from './surfaceDice.ts'
import { getSurfaceDistance } from './surfaces.ts'

/** Options of a metric for one batch: those that say how scores are reduced are left out. */
type Scored<S extends Schema> = Omit<Given<S>, 'reduction' | 'getNotNans'>

/** Intersections over union `[batch, channel]` of one-hot batches (MONAI `compute_iou`). */
export function computeIou(yPred: Tensor, y: Tensor, options: Scored<typeof MeanIoU.schema> = {}): FloatTensor {
  return MeanIoU(options)(yPred, y)
}

/** Generalised Dice scores `[batch, channel]`, or `[batch, 1]` summed over classes (MONAI `compute_generalized_dice`). */
export function computeGeneralizedDice(
  yPred: Tensor,
  y: Tensor,
  {
    sumOverClasses = false,
    ...options
  }: Scored<typeof GeneralizedDiceScore.schema> & { readonly sumOverClasses?: boolean } = {},
): FloatTensor {
  return GeneralizedDiceScore({ ...options, reduction: sumOverClasses ? 'mean' : 'mean_batch' })(yPred, y)
}

/** Hausdorff distances `[batch, channel]` of one-hot batches (MONAI `compute_hausdorff_distance`). */
export function computeHausdorffDistance(
  yPred: Tensor,
  y: Tensor,
  { spacing, ...options }: Scored<typeof HausdorffDistanceMetric.schema> & BatchFacts = {},
): FloatTensor {
  return HausdorffDistanceMetric(options)(yPred, y, { spacing })
}

/** Average surface distances `[batch, channel]` of one-hot batches (MONAI `compute_average_surface_distance`). */
export function computeAverageSurfaceDistance(
  yPred: Tensor,
  y: Tensor,
  { spacing, ...options }: Scored<typeof SurfaceDistanceMetric.schema> & BatchFacts = {},
): FloatTensor {
  return SurfaceDistanceMetric(options)(yPred, y, { spacing })
}

/** Surface Dice `[batch, channel]` of one-hot batches (MONAI `compute_surface_dice`). */
export function computeSurfaceDice(
  yPred: Tensor,
  y: Tensor,
  classThresholds: readonly number[],
  { spacing, ...options }: Omit<Scored<typeof SurfaceDiceMetric.schema>, 'classThresholds'> & BatchFacts = {},
): FloatTensor {
  return SurfaceDiceMetric({ ...options, classThresholds })(yPred, y, { spacing })
}

/** How a directed distance between edges is measured. */
export interface EdgeDistance {
  readonly distanceMetric?: DistanceMetric
  /** 0 to 100; the largest distance unless given. */
  readonly percentile?: number | null
  readonly spacing?: readonly number[] | null
}

/** The largest distance from one edge to another, or a percentile; NaN without any (MONAI `compute_percent_hausdorff_distance`). */
export function computePercentHausdorffDistance(
  edgesPred: Mask,
  edgesGt: Mask,
  { distanceMetric = 'euclidean', percentile = null, spacing = null }: EdgeDistance = {},
): number {
  const share = percent.parse(percentile ?? 100, 'computePercentHausdorffDistance.percentile')
  const distances = getSurfaceDistance(edgesPred, edgesGt, distanceMetric, spacing)
  if (distances.length === 0) return NaN
  return percentile ? quantile(distances, share / 100) : distances.reduce((a, b) => Math.max(a, b))
}

/** Structural similarity at several scales `[batch, 1]` (MONAI `compute_ms_ssim`). */
export function computeMsSsim(
  yPred: Tensor,
  y: Tensor,
  options: Scored<typeof MultiScaleSSIMMetric.schema>,
): FloatTensor {
  return MultiScaleSSIMMetric(options)(yPred, y)
}

/** The variance of repeated predictions; its mean unless told otherwise (MONAI `compute_variance`). */
export function computeVariance(yPred: Tensor, options: Given<typeof VarianceMetric.schema> = {}): FloatTensor {
  return VarianceMetric({ scalarReduction: 'mean', ...options })(yPred)
}

/** How far predictions are from labels; the mean over voxels unless told otherwise (MONAI `label_quality_score`). */
export function labelQualityScore(
  yPred: Tensor,
  y: Tensor,
  options: Given<typeof LabelQualityScore.schema> = {},
): FloatTensor {
  return LabelQualityScore({ scalarReduction: 'mean', ...options })(yPred, y)
}

/** Reduces scores `[batch, channel, ...]` (MONAI `do_metric_reduction`). */
export function doMetricReduction(scores: Tensor, reduction: Reduction = 'mean'): Aggregate {
  return reduceScores(scores, reduction)
}

/** Batches without their first channel, unless it is the only one (MONAI `ignore_background`). */
export function ignoreBackground(yPred: Tensor, y: Tensor): readonly [FloatTensor, FloatTensor] {
  return [channelsOf('ignoreBackground', yPred, false), channelsOf('ignoreBackground', y, false)]
}

/** Throws unless every value is 0 or 1, where MONAI's `is_binary_tensor` warns. */
export function isBinaryTensor({ data }: Tensor, name: string): void {
  for (let i = 0; i < data.length; i++) {
    const x = Number(data[i])
    if (x !== 0 && x !== 1) throw new DataError(name, `holds ${x}; give 0 and 1 only`)
  }
}
