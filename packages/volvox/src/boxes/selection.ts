import { ShapeError, shown } from '../core/errors.ts'
import { floats, type FloatTensor } from '../core/tensor.ts'
import { boxIou, type BoxOverlap } from './measures.ts'
import { boxAt, boxAxes, boxesAt, type Boxes } from './modes.ts'

/** Some of the boxes that were given, and which rows they were. */
export interface KeptBoxes {
  readonly boxes: Boxes
  readonly rows: readonly number[]
}

/** The parts of boxes within a region, seen from its low corner; those of less than one voxel go (MONAI spatial_crop_boxes). */
export function spatialCropBoxes(
  boxes: Boxes,
  roiStart: readonly number[],
  roiEnd: readonly number[],
  removeEmpty = true,
): KeptBoxes {
  const axes = boxAxes(boxes, 'spatialCropBoxes')
  for (const corner of [roiStart, roiEnd])
    if (corner.length !== axes)
      throw new ShapeError('spatialCropBoxes', `${shown(corner)} has ${corner.length} values; boxes have ${axes} axes`)
  const end = roiEnd.map((n, axis) => Math.max(n, roiStart[axis]))
  const inside = floats(
    boxes.shape,
    boxes.data.map((x, i) => {
      const axis = i % axes
      return Math.min(Math.max(x, roiStart[axis]), end[axis]) - roiStart[axis]
    }),
  )
  const all = Array.from({ length: boxes.shape[0] }, (_, row) => row)
  if (!removeEmpty) return { boxes: inside, rows: all }
  const rows = all.filter((row) => {
    const box = boxAt(inside, row)
    return roiStart.every((_, axis) => box[axis + axes] >= Math.fround(box[axis] + 1))
  })
  return { boxes: boxesAt(inside, rows), rows }
}

/** The parts of boxes within an image of that size (MONAI clip_boxes_to_image). */
export function clipBoxesToImage(boxes: Boxes, spatialSize: readonly number[], removeEmpty = true): KeptBoxes {
  return spatialCropBoxes(
    boxes,
    spatialSize.map(() => 0),
    spatialSize,
    removeEmpty,
  )
}

export interface SuppressionOptions {
  /** Boxes that overlap a better one by more than this go. */
  readonly nmsThresh: number
  /** How many boxes to keep at most; all when below 1. */
  readonly maxProposals?: number
  readonly boxOverlapMetric?: BoxOverlap
}

/** Rows of the boxes that overlap no better one, best first (MONAI non_max_suppression). */
export function nonMaxSuppression(boxes: Boxes, scores: FloatTensor, options: SuppressionOptions): number[] {
  const { nmsThresh, maxProposals = -1, boxOverlapMetric = boxIou } = options
  if (scores.data.length !== boxes.shape[0])
    throw new ShapeError(
      'nonMaxSuppression',
      `${scores.data.length} scores do not fit ${boxes.shape[0]} boxes; give one for each`,
    )
  let waiting = descending(scores.data)
  const kept: number[] = []
  while (waiting.length > 0) {
    const [best, ...others] = waiting
    kept.push(best)
    if (maxProposals >= 1 && kept.length >= maxProposals) break
    const overlap = boxOverlapMetric(boxesAt(boxes, others), boxesAt(boxes, [best])).data
    waiting = others.filter((_, i) => overlap[i] <= nmsThresh)
  }
  return kept
}

/** The same for each class by itself (MONAI batched_nms); `labels` are whole numbers. */
export function batchedNms(
  boxes: Boxes,
  scores: FloatTensor,
  labels: ArrayLike<number>,
  options: SuppressionOptions,
): number[] {
  if (labels.length !== boxes.shape[0])
    throw new ShapeError('batchedNms', `${labels.length} labels do not fit ${boxes.shape[0]} boxes; give one for each`)
  // Boxes of different classes are moved so far apart that they cannot overlap.
  const step = Math.fround(boxes.data.reduce((a, b) => Math.max(a, b), 0) + 1)
  const apart = boxes.data.map((x, i) => x + Math.fround(labels[Math.floor(i / boxes.shape[1])] * step))
  return nonMaxSuppression(floats(boxes.shape, apart), scores, options)
}

/** Places of the values, the largest first; equal ones as they stand. */
export function descending(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b)
}
