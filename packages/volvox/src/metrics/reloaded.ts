import { OptionError, ShapeError, didYouMean, shown } from '../core/errors.ts'
import { bool, positive, text } from '../core/options.ts'
import { floats, sameShape, sizeOf, type Tensor } from '../core/tensor.ts'
import { getMaskEdges } from './edges.ts'
import { quantile } from './hausdorff.ts'
import { scoreMasks, type Mask } from './masks.ts'
import { metric } from './metric.ts'
import { skeletonize } from './skeleton.ts'
import { getSurfaceDistance } from './surfaces.ts'

// The measures of Metrics Reloaded (Maier-Hein et al. 2024) by the names that MONAI's wrappers take.

/** A denominator is larger by this, as in the wrappers, where the measure does not tell empty masks apart. */
const smooth = 1e-5

/** Voxels by what prediction and truth say of them. */
interface Counts {
  readonly tp: number
  readonly fp: number
  readonly tn: number
  readonly fn: number
}

/** Distances of each surface to the other. */
interface Surfaces {
  readonly toTruth: Float32Array
  readonly toPrediction: Float32Array
  readonly shared: number
  readonly union: number
}

const all = ({ tp, fp, tn, fn }: Counts): number => tp + fp + tn + fn
const sensitivity = ({ tp, fn }: Counts): number => tp / (tp + fn + smooth)
const specificity = ({ tn, fp }: Counts): number => tn / (tn + fp + smooth)
const precision = ({ tp, fp }: Counts): number => tp / (tp + fp + smooth)
const dice = (c: Counts): number => (2 * precision(c) * sensitivity(c)) / (precision(c) + sensitivity(c) + smooth)

/** Measures of counts, by the names of the package. */
const ofCounts: Readonly<Record<string, (counts: Counts) => number>> = {
  'False Positives': ({ fp }) => fp,
  'False Negatives': ({ fn }) => fn,
  'True Positives': ({ tp }) => tp,
  'True Negatives': ({ tn }) => tn,
  'Youden Index': (c) => specificity(c) + sensitivity(c) - 1,
  Sensitivity: sensitivity,
  Recall: sensitivity,
  Specificity: specificity,
  'Balanced Accuracy': (c) => (sensitivity(c) + specificity(c)) / 2,
  Accuracy: (c) => (c.tp + c.tn) / all(c),
  'False Positive Rate': ({ fp, tn }) => fp / (fp + tn + smooth),
  'Normalised Expected Cost': ({ tp, fp, tn, fn }) => fp / (fp + tn) + fn / (fn + tp), // both errors cost alike by class
  'Matthews Correlation Coefficient': ({ tp, fp, tn, fn }) =>
    (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
  'Cohens Kappa': cohensKappa,
  // In float32, as in the wrappers: a perfect specificity is then not 1, and the ratio is finite.
  'Positive Likelihood Ratio': (c) => sensitivity(c) / Math.fround(1 - Math.fround(specificity(c))),
  'Prediction Overlaps Reference': ({ tp }) => (tp > 0 ? 1 : 0),
  'Positive Predictive Value': precision,
  'Negative Predictive Values': ({ tn, fn }) => tn / (tn + fn + smooth),
  FBeta: dice,
  'Dice Score': dice,
  'Net Benefit Treated': (c) => (c.tp - c.fp) / all(c),
  'False Positives Per Image': ({ fp }) => fp,
  'Intersection Over Reference': sensitivity,
  'Intersection Over Union': ({ tp, fp, fn }) => tp / (tp + fp + fn + smooth),
  'Volume Difference': ({ tp, fp, fn }) => Math.abs(fn - fp) / (tp + fn),
}

/** Measures of surfaces. */
const ofSurfaces: Readonly<Record<string, (surfaces: Surfaces) => number>> = {
  'Boundary IoU': ({ shared, union }) => shared / union,
  'Normalised Surface Distance': ({ toTruth, toPrediction }) => share(toTruth, toPrediction, 1),
  'Average Symmetric Surface Distance': ({ toTruth, toPrediction }) =>
    (sum(toTruth) + sum(toPrediction)) / (toTruth.length + toPrediction.length),
  // As the package spells it.
  'Mean Average Surfance Distance': ({ toTruth, toPrediction }) =>
    (sum(toTruth) / toTruth.length + sum(toPrediction) / toPrediction.length) / 2,
  'Hausdorff Distance': ({ toTruth, toPrediction }) => Math.max(quantile(toTruth, 1), quantile(toPrediction, 1)),
  'xTh Percentile Hausdorff Distance': ({ toTruth, toPrediction }) =>
    Math.max(quantile(toTruth, 0.95), quantile(toPrediction, 0.95)),
}

/** Measures of middle lines. */
const ofSkeletons: Readonly<Record<string, (prediction: Mask, truth: Mask) => number>> = {
  'Topology Precision': (prediction, truth) => shareInside(skeletonize(prediction), truth),
  'Topology Sensitivity': (prediction, truth) => shareInside(skeletonize(truth), prediction),
  'Centreline Dice Score'(prediction, truth) {
    const [right, found] = [shareInside(skeletonize(prediction), truth), shareInside(skeletonize(truth), prediction)]
    return (2 * right * found) / (right + found)
  },
}

/** Every binary measure, by its name. */
const ofMasks: Readonly<Record<string, (prediction: Mask, truth: Mask) => number>> = {
  ...through(ofCounts, countsOf),
  ...through(ofSurfaces, surfacesOf),
  ...ofSkeletons,
}

const includeBackground = bool.opt('Whether the first of several channels counts.', true)

/** A measure of Metrics Reloaded for one channel of 0 and 1, `[batch, 1]` (MONAI MetricsReloadedBinary). */
export const MetricsReloadedBinary = metric({
  name: 'MetricsReloadedBinary',
  options: { metricName: text.req('The measure, e.g. "Cohens Kappa" or "Hausdorff Distance".'), includeBackground },
  score(yPred, y, { metricName }) {
    if (yPred.shape[1] !== 1 || y.shape[1] !== 1)
      throw new ShapeError(
        'MetricsReloadedBinary',
        `prediction ${shown(yPred.shape)} and truth ${shown(y.shape)} must have one channel; use MetricsReloadedCategorical for several`,
      )
    const measure = ofMasks[metricName]
    if (!measure) throw unknown('MetricsReloadedBinary', metricName, ofMasks)
    return scoreMasks('MetricsReloadedBinary', yPred, y, true, measure)
  },
})

/** How often class i was predicted where class j is true. */
type Confusion = readonly (readonly number[])[]

/** Measures of several classes; `smoothDr` is added to what may be 0. */
const ofClasses: Readonly<Record<string, (table: Confusion, smoothDr: number) => number>> = {
  'Balanced Accuracy': (table, smoothDr) =>
    total(table.map((row, c) => row[c] / (columnSum(table, c) + smoothDr))) / table.length,
  'Weighted Cohens Kappa'(table) {
    const n = total(table.flat())
    const right = total(table.map((row, c) => row[c]))
    const chance = total(table.map((row, c) => (total(row) * columnSum(table, c)) / n))
    return 1 - (n - right) / (n - chance)
  },
  'Matthews Correlation Coefficient'(table) {
    const n = total(table.flat())
    const [predicted, true_] = [table.map(total), table.map((_, c) => columnSum(table, c))]
    const squares = (sizes: readonly number[]) => n * n - total(sizes.map((size) => size * size))
    const right = total(table.map((row, c) => row[c]))
    const both = n * right - total(predicted.map((size, c) => size * true_[c]))
    return both / Math.sqrt(squares(predicted) * squares(true_))
  },
  'Expected Cost': expectedCost,
  // The cheapest constant answer is wrong for all classes but one.
  'Normalised Expected Cost': (table, smoothDr) => (expectedCost(table, smoothDr) * table.length) / (table.length - 1),
}

/** A measure of Metrics Reloaded for one-hot classes, `[batch, 1]` (MONAI MetricsReloadedCategorical). */
export const MetricsReloadedCategorical = metric({
  name: 'MetricsReloadedCategorical',
  options: {
    metricName: text.req('The measure, e.g. "Weighted Cohens Kappa".'),
    includeBackground,
    smoothDr: positive.opt('Added to denominators that may be 0.', 1e-5),
  },
  score(yPred, y, { metricName, includeBackground, smoothDr }) {
    if (!sameShape(yPred.shape, y.shape))
      throw new ShapeError(
        'MetricsReloadedCategorical',
        `prediction ${shown(yPred.shape)} and truth ${shown(y.shape)} must agree in shape, one-hot`,
      )
    const measure = ofClasses[metricName]
    if (!measure) throw unknown('MetricsReloadedCategorical', metricName, ofClasses)
    const first = includeBackground || y.shape[1] === 1 ? 0 : 1
    const scores = Array.from({ length: y.shape[0] }, (_, item) =>
      measure(confusionOf(yPred, y, item, first), smoothDr),
    )
    return floats([scores.length, 1], scores)
  },
})

function unknown(where: string, name: string, known: Readonly<Record<string, unknown>>): OptionError {
  const names = Object.keys(known)
  const hint = didYouMean(name, names)
  return new OptionError(
    `${where}.metricName`,
    `${shown(name)} is unknown; ${hint ? `did you mean "${hint}"?` : `use one of ${names.join(', ')}`}`,
  )
}

function countsOf(prediction: Mask, truth: Mask): Counts {
  const table = [0, 0, 0, 0]
  prediction.data.forEach((inside, i) => table[2 * inside + truth.data[i]]++)
  const [tn, fn, fp, tp] = table
  return { tp, fp, tn, fn }
}

/** (p - e) / (1 - e) of the share p of voxels that agree and the share e that would by chance. */
function cohensKappa(c: Counts): number {
  const n = all(c)
  const chance = ((c.tp + c.fp) * (c.tp + c.fn) + (c.tn + c.fn) * (c.tn + c.fp)) / (n * n)
  return ((c.tp + c.tn) / n - chance) / (1 - chance)
}

function surfacesOf(prediction: Mask, truth: Mask): Surfaces {
  const edges = getMaskEdges(prediction, truth)
  const toTruth = getSurfaceDistance(edges.prediction, edges.truth)
  const toPrediction = getSurfaceDistance(edges.truth, edges.prediction)
  let [shared, union] = [0, 0]
  edges.prediction.data.forEach((inside, i) => {
    shared += inside & edges.truth.data[i]
    union += inside | edges.truth.data[i]
  })
  return { toTruth, toPrediction, shared, union }
}

/** The same measures of two masks. */
function through<T>(
  measures: Readonly<Record<string, (facts: T) => number>>,
  factsOf: (prediction: Mask, truth: Mask) => T,
): Record<string, (prediction: Mask, truth: Mask) => number> {
  const entries = Object.entries(measures)
  return Object.fromEntries(
    entries.map(([name, measure]) => [name, (prediction, truth) => measure(factsOf(prediction, truth))]),
  )
}

/** The share of a skeleton that lies in an object; NaN of none. */
function shareInside(skeleton: Mask, object: Mask): number {
  let [length, inside] = [0, 0]
  skeleton.data.forEach((isOn, i) => {
    length += isOn
    inside += isOn & object.data[i]
  })
  return inside / length
}

function share(a: Float32Array, b: Float32Array, most: number): number {
  const near = (distances: Float32Array) => distances.filter((d) => d <= most).length
  return (near(a) + near(b)) / (a.length + b.length)
}

function sum(values: Float32Array): number {
  return values.reduce((a, b) => a + b, 0)
}

function confusionOf(yPred: Tensor, y: Tensor, item: number, first: number): Confusion {
  const classes = y.shape[1] - first
  const size = sizeOf(y.shape.slice(2))
  const start = (c: number) => (item * y.shape[1] + first + c) * size
  return Array.from({ length: classes }, (_, p) =>
    Array.from({ length: classes }, (_, t) => {
      let both = 0
      for (let i = 0; i < size; i++) both += Number(yPred.data[start(p) + i]) * Number(y.data[start(t) + i])
      return both
    }),
  )
}

/** The mean share of each class that is mistaken for another, when every class weighs alike. */
function expectedCost(table: Confusion, smoothDr: number): number {
  return total(table.map((row, c) => (columnSum(table, c) - row[c]) / (columnSum(table, c) + smoothDr))) / table.length
}

function columnSum(table: Confusion, column: number): number {
  return total(table.map((row) => row[column]))
}

function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
