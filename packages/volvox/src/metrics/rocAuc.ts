import { DataError, ShapeError, shown } from '../core/errors.ts'
import { oneOf, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { floats, sameShape, tensor, type FloatTensor, type Tensor } from '../core/tensor.ts'

const averages = ['macro', 'weighted', 'micro', 'none'] as const

/** How the areas of several classes become one: their mean, weighted by positives, of all decisions together, or not at all. */
export type RocAverage = (typeof averages)[number]

const schema = { average: oneOf(...averages).opt('How the areas of several classes become one.', 'macro') }

/** Area under the ROC curve of all batches together. */
export interface RocAucMetric {
  /** Keeps scores and truths of 0 and 1, `[batch]` or `[batch, class]`, or lists of the items of such batches. */
  (yPred: Tensor | readonly Tensor[], y: Tensor | readonly Tensor[]): void
  readonly metricName: string
  aggregate(average?: RocAverage): { readonly value: FloatTensor; readonly notNans: FloatTensor }
  reset(): void
  /** Scores and truths kept so far; null before the first. */
  getBuffer(): readonly [Tensor, Tensor] | null
}

/** Area under the ROC curve (MONAI ROCAUCMetric). */
export const ROCAUCMetric: Component & ((options?: Given<typeof schema>) => RocAucMetric) = Object.assign(
  (given: Given<typeof schema> = {}): RocAucMetric => {
    const { average } = parseOptions('ROCAUCMetric', schema, given)
    const kept: (readonly [Tensor, Tensor])[] = []
    const buffer = () =>
      kept.length === 0 ? null : ([joined(kept.map(([p]) => p)), joined(kept.map(([, t]) => t))] as const)
    const call = (yPred: Tensor | readonly Tensor[], y: Tensor | readonly Tensor[]): void => {
      kept.push([batchOf(yPred), batchOf(y)])
    }
    return Object.assign(call, {
      metricName: 'ROCAUCMetric',
      aggregate(other?: RocAverage) {
        const all = buffer()
        if (!all)
          throw new DataError(
            'ROCAUCMetric.aggregate',
            'there is nothing to aggregate; call the metric with a batch first',
          )
        const value = computeRocAuc(...all, other ?? average)
        return {
          value,
          notNans: floats(
            value.shape,
            value.data.map((x) => (Number.isNaN(x) ? 0 : 1)),
          ),
        }
      },
      reset: () => void kept.splice(0),
      getBuffer: buffer,
    })
  },
  { componentName: 'ROCAUCMetric', schema },
)

/**
 * Area under the ROC curve of scores `[batch]` or `[batch, class]` against truths of 0 and 1; ties count half. NaN where
 * the truths are all alike, or not 0 and 1 (MONAI `compute_roc_auc`).
 */
export function computeRocAuc(yPred: Tensor, y: Tensor, average: RocAverage = 'macro'): FloatTensor {
  const [p, t] = [yPred, y].map((given) => {
    const { shape, data } = given
    if (shape.length < 1 || shape.length > 2)
      throw new ShapeError('ROCAUCMetric', `got a batch of shape ${shown(shape)}; give [batch] or [batch, class]`)
    return {
      shape: shape[1] === 1 ? [shape[0]] : shape,
      values: Array.from(data as ArrayLike<number | bigint>, Number),
    }
  })
  if (!sameShape(p.shape, t.shape))
    throw new ShapeError(
      'ROCAUCMetric',
      `scores ${shown(yPred.shape)} and truths ${shown(y.shape)} must agree in shape`,
    )
  const classes = p.shape[1] ?? 1
  if (p.shape.length === 1 || average === 'micro') return floats([], [areaUnderCurve(p.values, t.values)])
  const column = (values: readonly number[], c: number) => values.filter((_, i) => i % classes === c)
  const truths = Array.from({ length: classes }, (_, c) => column(t.values, c))
  const areas = truths.map((truth, c) => areaUnderCurve(column(p.values, c), truth))
  if (average === 'none') return floats([classes], areas)
  const weights = truths.map((truth) => (average === 'weighted' ? truth.reduce((a, b) => a + b, 0) : 1))
  const total = weights.reduce((a, b) => a + b, 0)
  return floats([], [areas.reduce((sum, area, c) => sum + area * weights[c], 0) / total])
}

/** The share of pairs of a positive and a negative in which the positive scores higher. */
function areaUnderCurve(scores: readonly number[], truths: readonly number[]): number {
  const values = new Set(truths)
  if (values.size !== 2 || !values.has(0) || !values.has(1)) return NaN
  const order = scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b])
  let [below, won] = [0, 0] // negatives so far, pairs won
  for (let start = 0; start < order.length;) {
    let end = start
    let positives = 0
    while (end < order.length && scores[order[end]] === scores[order[start]]) positives += truths[order[end++]]
    const negatives = end - start - positives
    won += positives * (below + negatives / 2)
    below += negatives
    start = end
  }
  return won / (below * (order.length - below))
}

function batchOf(given: Tensor | readonly Tensor[]): Tensor {
  if ('shape' in given) return given
  return joined(given.map(({ dtype, shape, data }) => ({ dtype, shape: [1, ...shape], data })))
}

function joined(batches: readonly Tensor[]): Tensor {
  const [first] = batches
  const rest = first.shape.slice(1)
  const unlike = batches.find(({ shape }) => !sameShape(shape.slice(1), rest))
  if (unlike)
    throw new ShapeError(
      'ROCAUCMetric',
      `batches have shapes ${shown(first.shape)} and ${shown(unlike.shape)}; reset between unlike batches`,
    )
  const values = batches.flatMap(({ data }) => Array.from(data as ArrayLike<number | bigint>, Number))
  return tensor('float64', [batches.reduce((n, { shape }) => n + shape[0], 0), ...rest], Float64Array.from(values))
}
