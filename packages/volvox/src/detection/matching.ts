import { DataError } from '../core/errors.ts'
import { floats, type FloatTensor } from '../core/tensor.ts'
import { boxesAt, descending, type Boxes, type BoxOverlap } from '../boxes/index.ts'

/** What was found in one image, and what is there. */
export interface ImageResult {
  readonly predBoxes: Boxes
  readonly predClasses: ArrayLike<number>
  readonly predScores: ArrayLike<number>
  readonly gtBoxes: Boxes
  readonly gtClasses: ArrayLike<number>
  /** True boxes that count neither as found nor as missed. */
  readonly gtIgnore?: ArrayLike<number | boolean>
}

/** Which found boxes fit a true one, for each threshold of overlap; found boxes are in the order of their scores. */
export interface ClassMatches {
  readonly dtMatches: readonly (readonly boolean[])[]
  readonly dtIgnore: readonly (readonly boolean[])[]
  readonly gtMatches: readonly (readonly boolean[])[]
  readonly dtScores: readonly number[]
  readonly gtIgnore: readonly boolean[]
}

export interface MatchingOptions {
  readonly iouFn: BoxOverlap
  readonly iouThresholds: readonly number[]
  /** Found boxes of a class and image that count at most, best first. */
  readonly maxDetections?: number
}

/** Matches of every class of every image (MONAI matching_batch). */
export function matchingBatch(images: readonly ImageResult[], options: MatchingOptions): Map<number, ClassMatches>[] {
  return images.map((image) => {
    for (const [boxes, list, what] of [
      [image.predBoxes, image.predClasses, 'predClasses'],
      [image.predBoxes, image.predScores, 'predScores'],
      [image.gtBoxes, image.gtClasses, 'gtClasses'],
    ] as const)
      if (list.length !== boxes.shape[0])
        throw new DataError(
          'matchingBatch',
          `${list.length} ${what} do not fit ${boxes.shape[0]} boxes; give one for each`,
        )
    const classes = new Set([...Array.from(image.predClasses), ...Array.from(image.gtClasses)].sort((a, b) => a - b))
    return new Map([...classes].map((label) => [label, matchesOf(image, label, options)]))
  })
}

function matchesOf(image: ImageResult, label: number, options: MatchingOptions): ClassMatches {
  const { iouFn, iouThresholds, maxDetections = 100 } = options
  const predicted = rowsOf(image.predClasses, label)
  const best = descending(predicted.map((row) => image.predScores[row]))
    .slice(0, maxDetections)
    .map((i) => predicted[i])
  // Those that are left out come last.
  const ignored = (row: number) => Boolean(image.gtIgnore?.[row])
  const truth = rowsOf(image.gtClasses, label).sort((a, b) => Number(ignored(a)) - Number(ignored(b)) || a - b)
  const gtIgnore = truth.map(ignored)
  const ious =
    best.length > 0 && truth.length > 0
      ? iouFn(boxesAt(image.predBoxes, best), boxesAt(image.gtBoxes, truth))
      : floats([best.length, truth.length])
  const perThreshold = iouThresholds.map((threshold) => assigned(ious, gtIgnore, threshold))
  return {
    dtMatches: perThreshold.map(({ found }) => found.map((gt) => gt >= 0)),
    dtIgnore: perThreshold.map(({ found }) => found.map((gt) => gt >= 0 && gtIgnore[gt])),
    gtMatches: perThreshold.map(({ taken }) => taken),
    dtScores: best.map((row) => image.predScores[row]),
    gtIgnore,
  }
}

/** Each found box takes the free true one that it overlaps most, by the threshold or more; one that counts before others. */
function assigned({ shape, data }: FloatTensor, gtIgnore: readonly boolean[], threshold: number) {
  const [detections, truths] = shape
  const taken = new Array<boolean>(truths).fill(false)
  const found = Array.from({ length: detections }, (_, detection) => {
    let most = Math.min(threshold, 1 - 1e-10)
    let match = -1
    for (let gt = 0; gt < truths; gt++) {
      if (taken[gt]) continue
      if (match >= 0 && !gtIgnore[match] && gtIgnore[gt]) break
      const overlap = data[detection * truths + gt]
      if (overlap < most) continue
      most = overlap
      match = gt
    }
    if (match >= 0) taken[match] = true
    return match
  })
  return { found, taken }
}

function rowsOf(classes: ArrayLike<number>, label: number): number[] {
  return Array.from({ length: classes.length }, (_, i) => i).filter((i) => classes[i] === label)
}
