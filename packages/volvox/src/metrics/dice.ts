import { ShapeError } from '../core/errors.ts'
import { bool, count } from '../core/options.ts'
import { floats, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { channelOf, type Channel } from './masks.ts'
import { metric } from './metric.ts'

/** What the overlap of one channel is computed from. */
export interface Overlap {
  readonly both: number
  readonly prediction: number
  readonly truth: number
}

export interface DiceOptions {
  /** Whether the first channel gets a score; true unless given. */
  readonly includeBackground?: boolean
  /** NaN where the truth is empty; else 1 if the prediction is empty too and 0 if not. True unless given. */
  readonly ignoreEmpty?: boolean
  /** Number of classes of single-channel label maps, with background. */
  readonly numClasses?: number | null
}

/**
 * Dice scores `[batch, class]`, 2|P∩T| / (|P|+|T|) (MONAI `compute_dice`). Prediction and truth are each one-hot
 * (binary channels) or a single channel of class numbers.
 */
export function computeDice(
  yPred: Tensor,
  y: Tensor,
  { includeBackground = true, ignoreEmpty = true, numClasses = null }: DiceOptions = {},
): FloatTensor {
  return scoreClasses('computeDice', yPred, y, { includeBackground, numClasses }, ({ both, prediction, truth }) => {
    if (truth > 0) return (2 * both) / (truth + prediction)
    if (ignoreEmpty) return NaN
    return prediction <= 0 ? 1 : 0
  })
}

const overlapOptions = {
  includeBackground: bool.opt('Whether the first channel gets a score.', true),
  ignoreEmpty: bool.opt(
    'Leave out classes that the truth does not have; else they score 1 if the prediction lacks them too and 0 if not.',
    true,
  ),
}

/** Dice scores of predicted masks (MONAI DiceMetric): one-hot batches, or label maps with `numClasses`. */
export const DiceMetric = metric({
  name: 'DiceMetric',
  options: {
    ...overlapOptions,
    numClasses: count.opt('Number of classes of single-channel label maps, with background.', null),
  },
  score: (yPred, y, options) => computeDice(yPred, y, options),
})

/** Intersection over union, |P∩T| / |P∪T|, of one-hot batches (MONAI MeanIoU). */
export const MeanIoU = metric({
  name: 'MeanIoU',
  options: overlapOptions,
  score: (yPred, y, { includeBackground, ignoreEmpty }) =>
    scoreClasses('MeanIoU', yPred, y, { includeBackground, numClasses: null }, ({ both, prediction, truth }) => {
      if (truth > 0) return both / (truth + prediction - both)
      if (ignoreEmpty) return NaN
      return prediction <= 0 ? 1 : 0
    }),
})

/** One score for each item and class from the overlap of its two masks. */
function scoreClasses(
  where: string,
  yPred: Tensor,
  y: Tensor,
  classes: ClassOptions,
  score: (overlap: Overlap) => number,
): FloatTensor {
  const items = overlaps(where, yPred, y, classes)
  return floats([items.length, items[0]?.length ?? 0], items.flat().map(score))
}

/** Which classes are scored. */
export interface ClassOptions {
  readonly includeBackground: boolean
  /** Number of classes of single-channel label maps; channels are counted unless given. */
  readonly numClasses: number | null
}

/** The overlap of each class, for each item of a batch. */
export function overlaps(
  where: string,
  yPred: Tensor,
  y: Tensor,
  { includeBackground, numClasses }: ClassOptions,
): Overlap[][] {
  const classes = numClasses ?? yPred.shape[1]
  for (const [what, { shape }] of [
    ['prediction', yPred],
    ['truth', y],
  ] as const)
    if (shape[1] !== classes && shape[1] !== 1)
      throw new ShapeError(
        where,
        `${what} has ${shape[1]} channels where ${classes} classes are scored; give ${classes} channels, or one of class numbers`,
      )
  // A single channel is a mask, not class 0 of one.
  const first = classes === 1 || !includeBackground ? 1 : 0
  const labels = Array.from({ length: Math.max(classes, 2) - first }, (_, i) => first + i)
  return Array.from({ length: y.shape[0] }, (_, item) =>
    labels.map((label) => overlapOf(membership(yPred, item, label), membership(y, item, label))),
  )
}

/** A class of an item: a whole channel, or the voxels of a label map that hold its number. */
interface Membership {
  readonly channel: Channel
  readonly label: number | null
}

function membership(tensor: Tensor, item: number, label: number): Membership {
  return tensor.shape[1] === 1
    ? { channel: channelOf(tensor, item, 0), label }
    : { channel: channelOf(tensor, item, label), label: null }
}

function overlapOf(prediction: Membership, truth: Membership): Overlap {
  const { data: p, offset: pStart, length } = prediction.channel
  const { data: t, offset: tStart } = truth.channel
  const overlap = { both: 0, prediction: 0, truth: 0 }
  for (let i = 0; i < length; i++) {
    const predicted =
      prediction.label === null ? Number(p[pStart + i]) !== 0 : Number(p[pStart + i]) === prediction.label
    const value = Number(t[tStart + i])
    // Channels of the truth count by their value, as MONAI sums them.
    const weight = truth.label === null ? value : value === truth.label ? 1 : 0
    overlap.truth += weight
    if (!predicted) continue
    overlap.prediction++
    overlap.both += weight
  }
  return overlap
}
