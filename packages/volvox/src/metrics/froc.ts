import { OptionError, ShapeError, shown } from '../core/errors.ts'
import type { Tensor } from '../core/tensor.ts'
import { stridesOf } from '../core/tensor.ts'

/** Detections of one image, judged. */
export interface Detections {
  /** Probabilities of detections that hit no target. */
  readonly fpProbs: readonly number[]
  /** The largest probability that hit each target, 0 where none did. */
  readonly tpProbs: readonly number[]
  readonly numTargets: number
}

/** Detections at `coords` `[n, axes]` against a map of numbered targets, some of which do not count (MONAI `compute_fp_tp_probs_nd`). */
export function computeFpTpProbsNd(
  probs: ArrayLike<number>,
  coords: Tensor,
  evaluationMask: Tensor,
  labelsToExclude: readonly number[] = [],
): Detections {
  const { shape, data } = evaluationMask
  if (
    coords.shape.length !== 2 ||
    coords.shape[0] !== probs.length ||
    (probs.length > 0 && coords.shape[1] !== shape.length)
  )
    throw new ShapeError(
      'computeFpTpProbsNd',
      `coordinates ${shown(coords.shape)} do not fit ${probs.length} probabilities and a mask ${shown(shape)}; give [detections, ${shape.length}]`,
    )
  const strides = stridesOf(shape)
  const labels = Array.from(probs, (_, n) => {
    const place = shape.map((size, axis) => {
      const at = Number(coords.data[n * shape.length + axis])
      if (!(at >= -size && at < size))
        throw new OptionError(
          'computeFpTpProbsNd.coords',
          `${at} lies outside of axis ${axis} of ${size}; give places in the mask`,
        )
      return Math.trunc(at < 0 ? at + size : at)
    })
    return Number(data[place.reduce((sum, at, axis) => sum + at * strides[axis], 0)])
  })
  let targets = 0
  for (let i = 0; i < data.length; i++) targets = Math.max(targets, Number(data[i]))
  const tpProbs = new Array<number>(targets).fill(0)
  labels.forEach((label, n) => {
    if (label > 0 && !labelsToExclude.includes(label)) tpProbs[label - 1] = Math.max(tpProbs[label - 1], probs[n])
  })
  return {
    fpProbs: Array.from(probs).filter((_, n) => labels[n] === 0),
    tpProbs,
    numTargets: targets - labelsToExclude.length,
  }
}

/** The same in 2-D, at places of the finest level of a slide with a mask of a coarser one (MONAI `compute_fp_tp_probs`). */
export function computeFpTpProbs(
  probs: ArrayLike<number>,
  yCoord: ArrayLike<number>,
  xCoord: ArrayLike<number>,
  evaluationMask: Tensor,
  labelsToExclude: readonly number[] = [],
  resolutionLevel = 0,
): Detections {
  const coarse = (at: number) => Math.trunc(at / 2 ** resolutionLevel)
  const coords = Array.from(yCoord, (y, n) => [coarse(y), coarse(xCoord[n])])
  return computeFpTpProbsNd(
    probs,
    { dtype: 'int32', shape: [coords.length, 2], data: Int32Array.from(coords.flat()) },
    evaluationMask,
    labelsToExclude,
  )
}

/** False positives an image and sensitivity at every threshold, the lowest first. */
export interface FrocCurve {
  readonly fpsPerImage: readonly number[]
  readonly totalSensitivity: readonly number[]
}

/** The free-response curve of all images together (MONAI `compute_froc_curve_data`). */
export function computeFrocCurveData(
  fpProbs: readonly number[],
  tpProbs: readonly number[],
  numTargets: number,
  numImages: number,
): FrocCurve {
  const thresholds = [...new Set([...fpProbs, ...tpProbs])].sort((a, b) => a - b).slice(1)
  const above = (probs: readonly number[]) => [
    ...thresholds.map((threshold) => probs.filter((p) => p >= threshold).length),
    0,
  ]
  return {
    fpsPerImage: above(fpProbs).map((n) => n / numImages),
    totalSensitivity: above(tpProbs).map((n) => n / numTargets),
  }
}

export const frocThresholds: readonly number[] = [0.25, 0.5, 1, 2, 4, 8]

/** The mean sensitivity at given numbers of false positives an image (MONAI `compute_froc_score`). */
export function computeFrocScore(
  { fpsPerImage, totalSensitivity }: FrocCurve,
  evalThresholds: readonly number[] = frocThresholds,
): number {
  const [fps, sensitivity] = [fpsPerImage.toReversed(), totalSensitivity.toReversed()]
  const at = evalThresholds.map((threshold) => interpolated(threshold, fps, sensitivity))
  return at.reduce((sum, s) => sum + s, 0) / at.length
}

/** y at x on the line through growing points, flat beyond its ends; of points above each other the last, as in NumPy. */
function interpolated(x: number, xs: readonly number[], ys: readonly number[]): number {
  const last = xs.length - 1
  if (x >= xs[last]) return ys[last]
  if (x < xs[0]) return ys[0]
  const i = xs.findLastIndex((place) => place <= x)
  return ys[i] + ((ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i])) * (x - xs[i])
}
