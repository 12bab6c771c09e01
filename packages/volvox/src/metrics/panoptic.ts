import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { count, nameOrNames, number, type Given } from '../core/options.ts'
import { floats, sameShape, tensor, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { largestAssignment } from './assignment.ts'
import { measured, type MeasuredComponent } from './measured.ts'
import { metric } from './metric.ts'

/** Matched objects, those without a match in the truth and in the prediction, and the sum of the matches' overlaps. */
interface Matches {
  readonly tp: number
  readonly fp: number
  readonly fn: number
  readonly iou: number
}

const objects = ({ tp, fp, fn }: Matches): number => tp + 0.5 * fp + 0.5 * fn

const qualities: Readonly<Record<string, (matches: Matches, smooth: number) => number>> = {
  pq: (m, smooth) => m.iou / (objects(m) + smooth),
  sq: (m, smooth) => m.iou / (m.tp + smooth),
  rq: (m, smooth) => m.tp / (objects(m) + smooth),
}

const longNames: Readonly<Record<string, string>> = {
  panoptic_quality: 'pq',
  segmentation_quality: 'sq',
  recognition_quality: 'rq',
}

const matching = metric({
  name: 'PanopticQualityMetric',
  options: {
    numClasses: count.req('Number of classes without background.'),
    matchIouThreshold: number
      .where((x) => x > 0 && x <= 1, 'a number above 0, up to 1')
      .opt('Objects match when their intersection over union is larger.', 0.5),
  },
  reduction: 'mean_batch',
  score(yPred, y, { numClasses, matchIouThreshold }) {
    if (!sameShape(yPred.shape, y.shape) || yPred.shape.length !== 4 || yPred.shape[1] !== 2)
      throw new ShapeError(
        'PanopticQualityMetric',
        `prediction ${shown(yPred.shape)} and truth ${shown(y.shape)} must agree and be [batch, 2, h, w]: numbers of objects, then classes`,
      )
    const [batch] = y.shape
    const scores = Array.from({ length: batch }, (_, item) =>
      Array.from({ length: numClasses }, (_, c) => {
        const { tp, fp, fn, iou } = matchesOf(
          objectsOf(yPred, item, c + 1),
          objectsOf(y, item, c + 1),
          matchIouThreshold,
        )
        return [tp, fp, fn, iou]
      }),
    )
    return floats([batch, numClasses, 4], scores.flat(2))
  },
})

const schema = {
  ...matching.schema,
  metricName: nameOrNames.opt('Measures to aggregate: pq, sq or rq.', 'pq'),
  smoothNumerator: number.opt('Added to denominators.', 1e-6),
}

/**
 * How well objects are found and outlined: panoptic, segmentation and recognition quality, by class (Kirillov et al. 2019;
 * MONAI PanopticQualityMetric). Batches `[batch, 2, h, w]` hold numbers of objects and classes, 0 for background.
 */
export const PanopticQualityMetric: MeasuredComponent<typeof schema> = Object.assign(
  ({ metricName = 'pq', smoothNumerator = 1e-6, ...rest }: Given<typeof schema>) => {
    const measures = [metricName].flat().map((name) => {
      const quality = qualityNamed(name)
      return ([tp, fp, fn, iou]: readonly number[]) => quality({ tp, fp, fn, iou }, smoothNumerator)
    })
    return measured(matching(rest), measures, rest.reduction ?? 'mean_batch', false, [])
  },
  { componentName: 'PanopticQualityMetric', schema },
)

/** What panoptic quality is computed of, and how. */
export interface PanopticOptions {
  /** pq, sq or rq. */
  readonly metricName?: string
  readonly matchIouThreshold?: number
  readonly smoothNumerator?: number
  /** Give `[4]`: matched objects, those only in the prediction, those only in the truth, the sum of the matches' overlaps. */
  readonly outputConfusionMatrix?: boolean
}

/** Panoptic quality of two maps of object numbers `[h, w]` of one class (MONAI `compute_panoptic_quality`). */
export function computePanopticQuality(
  pred: Tensor,
  gt: Tensor,
  {
    metricName = 'pq',
    matchIouThreshold = 0.5,
    smoothNumerator = 1e-6,
    outputConfusionMatrix = false,
  }: PanopticOptions = {},
): FloatTensor {
  if (!sameShape(pred.shape, gt.shape))
    throw new ShapeError(
      'computePanopticQuality',
      `prediction ${shown(pred.shape)} and truth ${shown(gt.shape)} differ in shape; they must agree`,
    )
  const quality = qualityNamed(metricName)
  const threshold = matching.schema.matchIouThreshold.kind.parse(
    matchIouThreshold,
    'computePanopticQuality.matchIouThreshold',
  )
  const [p, t] = [pred, gt].map(({ data }) => Int32Array.from(data as ArrayLike<number | bigint>, Number))
  const found = matchesOf(p, t, threshold)
  if (outputConfusionMatrix) return floats([4], [found.tp, found.fp, found.fn, found.iou])
  return floats([], [quality(found, smoothNumerator)])
}

/**
 * Numbers objects 1, 2, ... in the order of their numbers, or from the largest to the smallest (MONAI `remap_instance_id`).
 */
export function remapInstanceId({ shape, data }: Tensor, bySize = false): Tensor<Int32Array> {
  const map = Int32Array.from(data as ArrayLike<number | bigint>, Number)
  const sizes = [...sizesOf(map)].sort(([a], [b]) => a - b)
  if (bySize) sizes.sort(([, a], [, b]) => b - a)
  const renamed = new Map(sizes.map(([id], i) => [id, i + 1]))
  return tensor(
    'int32',
    shape,
    map.map((id) => renamed.get(id) ?? 0),
  )
}

function qualityNamed(name: string): (typeof qualities)[string] {
  const key = name.toLowerCase().replaceAll(' ', '_')
  const short = Object.hasOwn(longNames, key) ? longNames[key] : key
  if (!Object.hasOwn(qualities, short))
    throw new OptionError('PanopticQualityMetric.metricName', `${shown(name)} is unknown; use pq, sq or rq`)
  return qualities[short]
}

/** The number of the object of one class at each pixel of an item, else 0. */
function objectsOf({ shape, data }: Tensor, item: number, label: number): Int32Array {
  const size = shape[2] * shape[3]
  return Int32Array.from({ length: size }, (_, i) =>
    Number(data[(2 * item + 1) * size + i]) === label ? Number(data[2 * item * size + i]) : 0,
  )
}

/** Matches the objects of two maps by their overlap. */
function matchesOf(prediction: Int32Array, truth: Int32Array, threshold: number): Matches {
  const [p, t] = [sizesOf(prediction), sizesOf(truth)]
  const shared = new Map<string, number>()
  prediction.forEach((a, i) => {
    const key = `${truth[i]} ${a}`
    if (a !== 0 && truth[i] !== 0) shared.set(key, (shared.get(key) ?? 0) + 1)
  })
  const table = [...t].map(([b, sizeB]) =>
    [...p].map(([a, sizeA]) => {
      const both = shared.get(`${b} ${a}`) ?? 0
      return Math.fround(both / (sizeA + sizeB - both))
    }),
  )
  const least = Math.fround(threshold)
  // Above one half no object can overlap two others that much.
  const pairs =
    threshold >= 0.5
      ? table.flat()
      : largestAssignment(table).map((column, row) => (column < 0 ? 0 : table[row][column]))
  const ious = pairs.filter((iou) => iou > least)
  return {
    tp: ious.length,
    fp: p.size - ious.length,
    fn: t.size - ious.length,
    iou: ious.reduce((sum, iou) => sum + iou, 0),
  }
}

function sizesOf(map: Int32Array): Map<number, number> {
  const sizes = new Map<number, number>()
  for (const id of map) if (id !== 0) sizes.set(id, (sizes.get(id) ?? 0) + 1)
  return sizes
}
