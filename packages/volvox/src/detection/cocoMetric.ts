import { bool, ints, numbers, texts, type Schema } from '../core/options.ts'
import { descending } from '../boxes/index.ts'
import { component } from './component.ts'
import type { ClassMatches } from './matching.ts'

/** Average precision and recall over thresholds of overlap. */
export interface CocoMetric {
  /** The thresholds that `matchingBatch` needs. */
  getIouThresholds(): readonly number[]
  /** Numbers by name from the matches of all images, e.g. `mAP_IoU_0.10_0.50_0.05_MaxDet_100`. */
  compute(results: readonly ReadonlyMap<number, ClassMatches>[]): Record<string, number>
}

const options = {
  classes: texts.req('Names of the classes.'),
  iouList: numbers.opt('Thresholds that are reported one by one.', [0.1, 0.5, 0.75]),
  iouRange: numbers
    .where((list) => list.length === 3 && list[2] > 0, 'first, last and step of thresholds')
    .opt('First and last threshold, and the step between them, of the means.', [0.1, 0.5, 0.05]),
  maxDetection: ints
    .where((list) => list.length > 0, 'a list of one or more whole numbers')
    .opt('Boxes of a class and image that count at most; precision has the last one.', [1, 5, 100]),
  perClass: bool.opt('Whether each class is reported, too.', true),
  verbose: bool.opt('No effect: nothing is printed.', true),
} satisfies Schema

/** Precision is read off at these recalls. */
const recallThresholds = evenly(0, 1, 101)

/** What one class, threshold and limit of boxes give; -1 where there is nothing to find. */
interface Score {
  readonly recall: number
  readonly precision: readonly number[]
}

const nothing: Score = { recall: -1, precision: recallThresholds.map(() => -1) }

/** The metric of the COCO challenge (MONAI COCOMetric). */
export const COCOMetric = component('COCOMetric', options, (o): CocoMetric => {
  const [first, last, step] = o.iouRange
  const range = evenly(first, last, Math.round((last - first) / step) + 1)
  const thresholds = [...new Set([...o.iouList, ...range])].sort((a, b) => a - b)
  const places = (list: readonly number[]) => list.map((threshold) => thresholds.indexOf(threshold))
  const span = o.iouRange.map((x) => x.toFixed(2)).join('_')
  return {
    getIouThresholds: () => thresholds,
    compute(results) {
      // [limit][class][threshold]
      const scores = o.maxDetection.map((limit) =>
        o.classes.map((_, label) => scoresOf(results, label, limit, thresholds.length)),
      )
      const report: Record<string, number> = {}
      const add = (name: string, of: (classes: readonly number[]) => number) => {
        const all = o.classes.map((_, label) => label)
        report[name] = of(all)
        if (o.perClass) for (const label of all) report[`${o.classes[label]}_${name}`] = of([label])
      }
      const final = scores.length - 1
      const precision = (at: readonly number[]) => (classes: readonly number[]) =>
        mean(classes.flatMap((label) => at.flatMap((i) => scores[final][label][i].precision)))
      const recall = (limit: number, at: readonly number[]) => (classes: readonly number[]) => {
        const known = classes.flatMap((label) => at.map((i) => scores[limit][label][i].recall)).filter((r) => r > -1)
        return known.length === 0 ? -1 : mean(known)
      }
      const lastLimit = o.maxDetection[final]
      add(`mAP_IoU_${span}_MaxDet_${lastLimit}`, precision(places(range)))
      for (const i of places(o.iouList)) add(`AP_IoU_${thresholds[i].toFixed(2)}_MaxDet_${lastLimit}`, precision([i]))
      // MONAI's mean recall is over all thresholds, whatever its name says.
      const every = thresholds.map((_, i) => i)
      o.maxDetection.forEach((limit, k) => add(`mAR_IoU_${span}_MaxDet_${limit}`, recall(k, every)))
      for (const i of places(o.iouList))
        add(`AR_IoU_${thresholds[i].toFixed(2)}_MaxDet_${lastLimit}`, recall(final, [i]))
      return report
    },
  }
})

function scoresOf(
  results: readonly ReadonlyMap<number, ClassMatches>[],
  label: number,
  limit: number,
  thresholds: number,
): readonly Score[] {
  const all = results.flatMap((result) => result.get(label) ?? [])
  const truths = all.flatMap(({ gtIgnore }) => gtIgnore.filter((ignored) => !ignored)).length
  const scores = all.flatMap(({ dtScores }) => dtScores.slice(0, limit))
  const order = descending(scores)
  return Array.from({ length: thresholds }, (_, i) => {
    if (truths === 0) return nothing
    const matches = all.flatMap(({ dtMatches }) => dtMatches[i].slice(0, limit))
    const ignored = all.flatMap(({ dtIgnore }) => dtIgnore[i].slice(0, limit))
    const counted = order.map((row) => ({ counts: !ignored[row], fits: matches[row] }))
    return curve(counted, truths)
  })
}

/** Recall at the end, and the best precision at each recall or later. */
function curve(detections: readonly { readonly counts: boolean; readonly fits: boolean }[], truths: number): Score {
  let [right, wrong] = [0, 0]
  const points = detections.map(({ counts, fits }) => {
    if (counts && fits) right++
    else if (counts) wrong++
    return { recall: Math.fround(right / truths), precision: right / (right + wrong + Number.EPSILON) }
  })
  for (let i = points.length - 1; i > 0; i--)
    points[i - 1].precision = Math.max(points[i - 1].precision, points[i].precision)
  const precision = recallThresholds.map((recall) => points.find((point) => point.recall >= recall)?.precision ?? 0)
  return { recall: points.at(-1)?.recall ?? 0, precision }
}

/** `count` numbers from first to last. */
function evenly(first: number, last: number, count: number): number[] {
  const step = (last - first) / (count - 1)
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : first + i * step))
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}
