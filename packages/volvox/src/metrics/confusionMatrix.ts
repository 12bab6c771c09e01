import { OptionError, ShapeError, didYouMean, shown } from '../core/errors.ts'
import { bool, nameOrNames, number, type Given, type Schema } from '../core/options.ts'
import { floats, sameShape, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { overlaps } from './dice.ts'
import { channelOf, nanIn, type Channel } from './masks.ts'
import { measureOf, measured, type CountMeasure, type MeasuredComponent, type MeasuredMetric } from './measured.ts'
import { metric, type MetricComponent } from './metric.ts'

/** Counts of voxels (or of items, in classification). */
interface Counts {
  readonly tp: number
  readonly fp: number
  readonly tn: number
  readonly fn: number
}

type Measure = (counts: Counts) => number

/** A ratio that has no value over nothing. */
const ratio = (numerator: number, denominator: number): number => (denominator !== 0 ? numerator / denominator : NaN)
const sensitivity: Measure = ({ tp, fn }) => ratio(tp, tp + fn)
const specificity: Measure = ({ tn, fp }) => ratio(tn, tn + fp)
const precision: Measure = ({ tp, fp }) => ratio(tp, tp + fp)
const negativeValue: Measure = ({ tn, fn }) => ratio(tn, tn + fn)

/** Measures by their short names. */
const measures: Readonly<Record<string, Measure>> = {
  tpr: sensitivity,
  tnr: specificity,
  ppv: precision,
  npv: negativeValue,
  fnr: ({ tp, fn }) => ratio(fn, tp + fn),
  fpr: ({ tn, fp }) => ratio(fp, tn + fp),
  fdr: ({ tp, fp }) => ratio(fp, tp + fp),
  for: ({ tn, fn }) => ratio(fn, tn + fn),
  pt: (c) =>
    ratio(Math.sqrt(sensitivity(c) * (1 - specificity(c))) + specificity(c) - 1, sensitivity(c) + specificity(c) - 1),
  ts: ({ tp, fp, fn }) => ratio(tp, tp + fn + fp),
  acc: ({ tp, fp, tn, fn }) => ratio(tp + tn, tp + fp + tn + fn),
  ba: (c) => (sensitivity(c) + specificity(c)) / 2,
  f1: ({ tp, fp, fn }) => ratio(2 * tp, 2 * tp + fn + fp),
  mcc: ({ tp, fp, tn, fn }) => ratio(tp * tn - fp * fn, Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))),
  fm: (c) => Math.sqrt(precision(c) * sensitivity(c)),
  bm: (c) => sensitivity(c) + specificity(c) - 1,
  mk: (c) => precision(c) + negativeValue(c) - 1,
}

const longNames: Readonly<Record<string, string>> = {
  sensitivity: 'tpr',
  recall: 'tpr',
  hit_rate: 'tpr',
  true_positive_rate: 'tpr',
  specificity: 'tnr',
  selectivity: 'tnr',
  true_negative_rate: 'tnr',
  precision: 'ppv',
  positive_predictive_value: 'ppv',
  negative_predictive_value: 'npv',
  miss_rate: 'fnr',
  false_negative_rate: 'fnr',
  fall_out: 'fpr',
  false_positive_rate: 'fpr',
  false_discovery_rate: 'fdr',
  false_omission_rate: 'for',
  prevalence_threshold: 'pt',
  threat_score: 'ts',
  critical_success_index: 'ts',
  csi: 'ts',
  accuracy: 'acc',
  balanced_accuracy: 'ba',
  f1_score: 'f1',
  matthews_correlation_coefficient: 'mcc',
  fowlkes_mallows_index: 'fm',
  informedness: 'bm',
  bookmaker_informedness: 'bm',
  youden_index: 'bm',
  youden: 'bm',
  markedness: 'mk',
  deltap: 'mk',
}

function measureNamed(name: string, where: string): Measure {
  const key = name.toLowerCase().replaceAll(' ', '_')
  const short = Object.hasOwn(longNames, key) ? longNames[key] : key
  if (Object.hasOwn(measures, short)) return measures[short]
  const known = [...Object.keys(longNames), ...Object.keys(measures)]
  const hint = didYouMean(key, known)
  throw new OptionError(
    where,
    `${shown(name)} is unknown; ${hint ? `did you mean "${hint}"?` : `use one of ${known.join(', ')}`}`,
  )
}

/** True positives, false positives, true negatives and false negatives `[batch, channel, 4]` of one-hot batches (MONAI `get_confusion_matrix`). */
export function getConfusionMatrix(yPred: Tensor, y: Tensor, includeBackground = true): FloatTensor {
  return matrixOf('getConfusionMatrix', yPred, y, includeBackground)
}

function matrixOf(where: string, yPred: Tensor, y: Tensor, includeBackground: boolean): FloatTensor {
  if (!sameShape(yPred.shape, y.shape)) return matrixOfLabels(where, yPred, y, includeBackground)
  const [batch, channels] = y.shape
  const first = includeBackground || channels === 1 ? 0 : 1
  const counts: number[] = []
  for (let item = 0; item < batch; item++)
    for (let c = first; c < channels; c++) {
      const [p, t] = [channelOf(yPred, item, c), channelOf(y, item, c)]
      if (hasNan(p)) throw nanIn(where, 'prediction', item, c)
      if (hasNan(t)) throw nanIn(where, 'truth', item, c)
      counts.push(...countsOf(p, t))
    }
  return floats([batch, channels - first, 4], counts)
}

/** Of values that are not all 0 and 1, too, MONAI counts sums of 2 and 0 as hits, and the truth by its values. */
function countsOf(p: Channel, t: Channel): number[] {
  let [tp, tn, truth] = [0, 0, 0]
  for (let i = 0; i < t.length; i++) {
    const wanted = Number(t.data[t.offset + i])
    const total = Math.fround(Number(p.data[p.offset + i]) + wanted)
    truth += wanted
    if (total === 2) tp++
    else if (total === 0) tn++
  }
  return [tp, t.length - truth - tn, tn, truth - tp]
}

function hasNan({ data, offset, length }: Channel): boolean {
  for (let i = offset; i < offset + length; i++) if (data[i] !== data[i]) return true
  return false
}

/** A map of class numbers beside one-hot channels. */
function matrixOfLabels(where: string, yPred: Tensor, y: Tensor, includeBackground: boolean): FloatTensor {
  const items = overlaps(where, yPred, y, { includeBackground, numClasses: null })
  const { length } = channelOf(y, 0, 0)
  const counts = items
    .flat()
    .flatMap(({ both, prediction, truth }) => [
      both,
      prediction - both,
      length - truth - prediction + both,
      truth - both,
    ])
  return floats([items.length, items[0]?.length ?? 0, 4], counts)
}

const matrixOptions = { includeBackground: bool.opt('Whether the first channel counts.', true) } satisfies Schema

/** The metric that keeps the matrices which another measures. */
const matrixMetric = (name: string): MetricComponent<typeof matrixOptions> =>
  metric({
    name,
    options: matrixOptions,
    leastAxes: 2, // of classifications, too
    score: (yPred, y, { includeBackground }) => matrixOf(name, yPred, y, includeBackground),
  })
const [matrices, fBetaMatrices] = ['ConfusionMatrixMetric', 'FBetaScore'].map(matrixMetric)

/** One measure of confusion matrices `[..., 4]` (MONAI `compute_confusion_matrix_metric`). */
export function computeConfusionMatrixMetric(metricName: string, matrix: FloatTensor): FloatTensor {
  if (matrix.shape.at(-1) !== 4)
    throw new ShapeError(
      'computeConfusionMatrixMetric',
      `${shown(matrix.shape)} are no confusion matrices; give [..., 4]: true and false positives, true and false negatives`,
    )
  return measureOf(matrix, ofCounts(measureNamed(metricName, 'computeConfusionMatrixMetric')))
}

const ofCounts =
  (measure: Measure): CountMeasure =>
  ([tp, fp, tn, fn]) =>
    measure({ tp, fp, tn, fn })

const confusionSchema = {
  ...matrices.schema,
  metricName: nameOrNames.opt('Measures to aggregate, e.g. "sensitivity" or "f1 score".', 'hit_rate'),
  computeSample: bool.opt('Measure each item and channel, then reduce; else reduce the matrices, then measure.', false),
}

/** Measures of the confusion matrix of one-hot batches: sensitivity, precision, F1, ... (MONAI ConfusionMatrixMetric). */
export const ConfusionMatrixMetric: MeasuredComponent<typeof confusionSchema> = Object.assign(
  ({ metricName = 'hit_rate', computeSample = false, ...rest }: Given<typeof confusionSchema> = {}): MeasuredMetric => {
    const names = typeof metricName === 'string' ? [metricName] : metricName
    const all = names.map((name) => ofCounts(measureNamed(name, 'ConfusionMatrixMetric.metricName')))
    return measured(matrices(rest), all, rest.reduction ?? 'mean', computeSample)
  },
  { componentName: 'ConfusionMatrixMetric', schema: confusionSchema },
)

const fBetaSchema = { ...fBetaMatrices.schema, beta: number.opt('Weight of sensitivity against precision.', 1) }

/** The F-beta score of one-hot batches from their reduced confusion matrices (MONAI FBetaScore). */
export const FBetaScore: MeasuredComponent<typeof fBetaSchema> = Object.assign(
  ({ beta = 1, ...rest }: Given<typeof fBetaSchema> = {}): MeasuredMetric => {
    const b2 = fBetaSchema.beta.kind.parse(beta, 'FBetaScore.beta') ** 2
    const score: Measure = ({ tp, fp, fn }) => ratio((1 + b2) * tp, (1 + b2) * tp + b2 * fn + fp)
    return measured(fBetaMatrices(rest), [ofCounts(score)], rest.reduction ?? 'mean', false)
  },
  { componentName: 'FBetaScore', schema: fBetaSchema },
)
