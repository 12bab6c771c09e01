import { z } from 'zod'
import { DataError, ShapeError } from '../core/errors.ts'
import { Kind, bool, count } from '../core/options.ts'
import { floats, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { countOnes } from '../kernels/index.ts'
import { channelOf, nanIn, type Channel, type Side } from './masks.ts'
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

const boolOrNames: Kind<boolean | readonly string[]> = new Kind('true, false or a list of names', () =>
  z.union([z.boolean(), z.array(z.string()).readonly()]),
)

/** Dice scores of predicted masks (MONAI DiceMetric): one-hot batches, or label maps with `numClasses`. */
export const DiceMetric = metric({
  name: 'DiceMetric',
  options: {
    ...overlapOptions,
    numClasses: count.opt('Number of classes of single-channel label maps, with background.', null),
    returnWithLabel: boolOrNames.opt(
      'Name the scores of classes, with reduction mean_batch: label_0, label_1, ... or as listed.',
      false,
    ),
  },
  score: (yPred, y, options) => computeDice(yPred, y, options),
  classNames({ returnWithLabel, reduction, includeBackground }, count) {
    if (!returnWithLabel || reduction !== 'mean_batch') return null
    if (returnWithLabel !== true) return returnWithLabel
    return Array.from({ length: count }, (_, c) => `label_${includeBackground ? c : c + 1}`)
  },
})

/** Intersection over union, |P∩T| / |P∪T|, of one-hot batches (MONAI MeanIoU). */
export const MeanIoU = metric({
  name: 'MeanIoU',
  options: overlapOptions,
  score: (yPred, y, { includeBackground, ignoreEmpty }) =>
    scoreClasses(
      'MeanIoU',
      yPred,
      y,
      { includeBackground, numClasses: null, soft: true },
      ({ both, prediction, truth }) => {
        if (truth > 0) return both / (truth + prediction - both)
        if (ignoreEmpty) return NaN
        return prediction <= 0 ? 1 : 0
      },
    ),
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
  /** Whether predicted channels count by their value, as those of the truth do; else all that is not 0 counts as 1. */
  readonly soft?: boolean
}

/** The overlap of each class, for each item of a batch. */
export function overlaps(
  where: string,
  yPred: Tensor,
  y: Tensor,
  { includeBackground, numClasses, soft = false }: ClassOptions,
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
  if (classes > 1)
    for (const [side, tensor] of [
      ['prediction', yPred],
      ['truth', y],
    ] as const)
      checkLabels(where, side, tensor, classes)
  // A single channel is a mask, not class 0 of one.
  const first = classes === 1 || !includeBackground ? 1 : 0
  const labels = Array.from({ length: Math.max(classes, 2) - first }, (_, i) => first + i)
  const channelAt = (side: Membership, label: number) => (classes === 1 || side.label !== null ? 0 : label)
  return Array.from({ length: y.shape[0] }, (_, item) =>
    labels.map((label) => {
      const [p, t] = [yPred, y].map((tensor) =>
        soft && classes === 1 ? { channel: channelOf(tensor, item, 0), label: null } : membership(tensor, item, label),
      )
      const overlap = overlapOf(p, t, soft)
      // Sums over NaN are NaN.
      if (Number.isNaN(overlap.prediction)) throw nanIn(where, 'prediction', item, channelAt(p, label))
      if (Number.isNaN(overlap.truth)) throw nanIn(where, 'truth', item, channelAt(t, label))
      return overlap
    }),
  )
}

/** Throws where a map of class numbers holds another number than those of its classes. */
function checkLabels(where: string, side: Side, { shape, data }: Tensor, classes: number): void {
  if (shape[1] !== 1) return
  for (let i = 0; i < data.length; i++) {
    const label = Number(data[i])
    if (label >= 0 && label < classes && Number.isInteger(label)) continue
    const item = Math.floor(i / (data.length / shape[0]))
    if (Number.isNaN(label)) throw nanIn(where, side, item, 0)
    throw new DataError(
      where,
      `${side} holds label ${label} (item ${item}); ${classes} classes are numbered 0 to ${classes - 1}`,
    )
  }
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

function overlapOf(prediction: Membership, truth: Membership, soft: boolean): Overlap {
  const { data: p, offset: pStart, length } = prediction.channel
  const { data: t, offset: tStart } = truth.channel
  if (prediction.label === null && truth.label === null && p instanceof Float32Array && t instanceof Float32Array) {
    // Sums of numbers that are 0 and 1 are counts.
    const ones = countOnes(p.subarray(pStart, pStart + length), t.subarray(tStart, tStart + length))
    if (ones) return { both: ones.both, prediction: ones.first, truth: ones.second }
  }
  let [both, predicted, weights] = [0, 0, 0]
  for (let i = 0; i < length; i++) {
    const value = Number(p[pStart + i])
    const wanted = Number(t[tStart + i])
    // Channels of the truth count by their value, as MONAI sums them; NaN goes into every sum.
    const weight = truth.label === null || wanted !== wanted ? wanted : wanted === truth.label ? 1 : 0
    weights += weight
    if (value !== value) predicted = NaN
    else if (prediction.label === null ? value !== 0 : value === prediction.label) {
      const share = soft && prediction.label === null ? value : 1
      predicted += share
      both += share * weight
    }
  }
  return { both, prediction: predicted, truth: weights }
}
