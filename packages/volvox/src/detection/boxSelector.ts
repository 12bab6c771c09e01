import { ShapeError } from '../core/errors.ts'
import { bool, count, number, type Schema } from '../core/options.ts'
import { floats, type FloatTensor } from '../core/tensor.ts'
import { batchedNms, boxesAt, clipBoxesToImage, descending, type Boxes } from '../boxes/index.ts'
import { component } from './component.ts'
import { overlapOption } from './matcher.ts'

/** Boxes that were found, best first. */
export interface Found {
  readonly boxes: Boxes
  readonly scores: FloatTensor
  readonly labels: readonly number[]
}

/** Chooses boxes by their scores and overlaps. */
export interface Selector {
  /** From the boxes of each map `[N, 4 or 6]` and their scores `[N, classes]`, in an image of that size. */
  select(boxes: readonly Boxes[], logits: readonly FloatTensor[], spatialSize: readonly number[]): Found
}

/** The options of BoxSelector. */
export const selectorOptions = {
  boxOverlapMetric: overlapOption.opt('How much boxes are alike; their intersection over union when null.', null),
  applySigmoid: bool.opt('Whether scores go through a sigmoid.', true),
  scoreThresh: number.opt('Boxes of no higher score go.', 0.05),
  topkCandidatesPerLevel: count.opt('Boxes of each map to keep at most.', 1000),
  nmsThresh: number.opt('Boxes that overlap a better one of their class by more than this go.', 0.5),
  detectionsPerImg: count.opt('Boxes of an image to keep at most.', 300),
} satisfies Schema

/** High scores, then non-maximum suppression for each class (MONAI BoxSelector). */
export const BoxSelector = component('BoxSelector', selectorOptions, (o): Selector => ({
  select(boxes, logits, spatialSize) {
    if (boxes.length !== logits.length || boxes.length === 0)
      throw new ShapeError(
        'BoxSelector',
        `${logits.length} maps of scores do not fit ${boxes.length} of boxes; give one for each`,
      )
    const parts = boxes.map((mapBoxes, i) => {
      const best = highest(logits[i], o)
      const clipped = clipBoxesToImage(
        boxesAt(
          mapBoxes,
          best.map(({ row }) => row),
        ),
        spatialSize,
      )
      return { boxes: clipped.boxes, best: clipped.rows.map((row) => best[row]) }
    })
    const best = parts.flatMap((part) => part.best)
    const all = floats(
      [best.length, boxes[0].shape[1]],
      parts.flatMap((part) => [...part.boxes.data]),
    )
    const scores = floats(
      [best.length],
      best.map(({ score }) => score),
    )
    const labels = best.map(({ label }) => label)
    const { nmsThresh, detectionsPerImg: maxProposals, boxOverlapMetric } = o
    const kept = batchedNms(all, scores, labels, {
      nmsThresh,
      maxProposals,
      boxOverlapMetric: boxOverlapMetric ?? undefined,
    })
    return {
      boxes: boxesAt(all, kept),
      scores: floats(
        [kept.length],
        kept.map((row) => scores.data[row]),
      ),
      labels: kept.map((row) => labels[row]),
    }
  },
}))

interface Scored {
  readonly row: number
  readonly label: number
  readonly score: number
}

interface Limits {
  readonly applySigmoid: boolean
  readonly scoreThresh: number
  readonly topkCandidatesPerLevel: number
}

/** The highest scores of a map, each with its box and class. */
function highest({ shape, data }: FloatTensor, o: Limits): Scored[] {
  const scores = o.applySigmoid ? data.map((x) => 1 / (1 + Math.exp(-x))) : data
  const high: number[] = []
  scores.forEach((score, i) => {
    if (score > o.scoreThresh) high.push(i)
  })
  return descending(high.map((i) => scores[i]))
    .slice(0, o.topkCandidatesPerLevel)
    .map((k) => high[k])
    .map((i) => ({ row: Math.floor(i / shape[1]), label: i % shape[1], score: scores[i] }))
}
