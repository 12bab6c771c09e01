import { DataError, ShapeError } from '../core/errors.ts'
import {
  bool,
  oneOf,
  parseOptions,
  type Given,
  type Kind,
  type Option,
  type Schema,
  type Values,
} from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sameShape, sizeOf, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { joinedBatches } from './cumulative.ts'
import { reduceScores, reductions, type Aggregate, type Reduction } from './reduction.ts'

/** A batch `[batch, channel, ...spatial]`, or a list of its items `[channel, ...spatial]`. */
export type Batch = Tensor | readonly Tensor[]

/** Things about a batch that are not in its voxels. */
export interface BatchFacts {
  /** Millimetres between voxels: one number, one per axis, or such a list for each item of the batch. */
  readonly spacing?: number | readonly number[] | readonly (readonly number[])[]
}

/**
 * A metric: call it with each batch, then `aggregate()` over all of them, then `reset()` for the next round
 * (MONAI CumulativeIterationMetric).
 */
export interface Metric {
  /** Scores `[batch, channel]` of this batch, which are kept too. */
  (yPred: Batch, y: Batch, facts?: BatchFacts): FloatTensor
  readonly metricName: string
  /** Reduces the kept scores, as the metric was set up unless told otherwise. */
  aggregate(reduction?: Reduction): Aggregate
  reset(): void
  /** The kept scores `[all items, channel]`; null before the first batch. */
  getBuffer(): FloatTensor | null
}

const reduction: Kind<Reduction> = oneOf(...reductions)

// A type, not an interface: only types count as a Schema.
type ReductionOptions = {
  readonly reduction: Option<Reduction>
  readonly getNotNans: Option<boolean>
}

const reductionOptions = (fallback: Reduction): ReductionOptions => ({
  reduction: reduction.opt('How the scores of all items and channels are reduced; NaN does not count.', fallback),
  getNotNans: bool.opt('As in MONAI configs; `aggregate` gives the counts in any case.', false),
})

export type MetricSchema<S extends Schema> = S & ReductionOptions

/** A kind of metric, called with options under MONAI's names in camelCase. */
export interface MetricComponent<S extends Schema> extends Component {
  (options?: Given<MetricSchema<S>>): Metric
  readonly schema: MetricSchema<S>
}

/** Defines a kind of metric by its scores `[batch, channel]` of one batch. */
export function metric<S extends Schema>(definition: {
  readonly name: string
  readonly options: S
  /** How scores are reduced unless told; the mean in most of MONAI's metrics. */
  readonly reduction?: Reduction
  /** How many axes a batch has at least: 3 unless given, 2 where it need not be spatial. */
  readonly leastAxes?: 2 | 3
  /** Names of the reduced scores of classes; null when they get none. */
  classNames?(options: Values<MetricSchema<S>>, count: number): readonly string[] | null
  score(yPred: Tensor, y: Tensor, options: Values<MetricSchema<S>>, facts: BatchFacts): FloatTensor
}): MetricComponent<S> {
  const { name, leastAxes = 3 } = definition
  const schema: MetricSchema<S> = { ...definition.options, ...reductionOptions(definition.reduction ?? 'mean') }
  const create = (given?: Given<MetricSchema<S>>): Metric => {
    const options = parseOptions(name, schema, given ?? {})
    const kept: FloatTensor[] = []
    const one = (yPred: Tensor, y: Tensor, facts: BatchFacts): FloatTensor => {
      checkBatch(name, leastAxes, yPred, y)
      return definition.score(yPred, y, options, facts)
    }
    const call = (yPred: Batch, y: Batch, facts: BatchFacts = {}): FloatTensor => {
      const scores = batches(name, yPred, y).map(([p, t]) => one(p, t, facts))
      kept.push(...scores)
      return joined(name, scores)
    }
    return Object.assign(call, {
      metricName: name,
      aggregate: (other?: Reduction): Aggregate => {
        if (kept.length === 0)
          throw new DataError(`${name}.aggregate`, 'there is nothing to aggregate; call the metric with a batch first')
        const reduced = reduceScores(joined(name, kept), other ?? (options.reduction as Reduction))
        const { data } = reduced.value
        const names = definition.classNames?.(options, data.length) ?? null
        return names ? { ...reduced, byClass: named(names, data) } : reduced
      },
      reset: () => void kept.splice(0),
      getBuffer: () => (kept.length === 0 ? null : joined(name, kept)),
    })
  }
  return Object.assign(create, { componentName: name, schema })
}

function batches(name: string, yPred: Batch, y: Batch): (readonly [Tensor, Tensor])[] {
  if ('shape' in yPred && 'shape' in y) return [[yPred, y]]
  if ('shape' in yPred || 'shape' in y || yPred.length !== y.length || y.length === 0)
    throw new ShapeError(name, 'predictions and truths do not pair up; give two tensors, or two lists of one length')
  const alone = (item: Tensor): Tensor => ({ ...item, shape: [1, ...item.shape] })
  return yPred.map((item, i) => [alone(item), alone(y[i])] as const)
}

function checkBatch(name: string, leastAxes: number, yPred: Tensor, y: Tensor): void {
  const fits =
    yPred.shape.length >= leastAxes &&
    yPred.shape[0] === y.shape[0] &&
    sameShape(yPred.shape.slice(2), y.shape.slice(2))
  if (!fits)
    throw new ShapeError(
      name,
      `prediction [${yPred.shape.join(', ')}] and truth [${y.shape.join(', ')}] do not go together; both are [batch, channel, ...${leastAxes === 3 ? 'spatial' : ''}]`,
    )
  if (sizeOf(y.shape) === 0)
    throw new ShapeError(name, `the batch [${y.shape.join(', ')}] is empty; give at least one item with voxels`)
}

function joined(name: string, scores: readonly FloatTensor[]): FloatTensor {
  const [first] = scores
  const rest = first.shape.slice(1)
  if (!scores.every(({ shape }) => sameShape(shape.slice(1), rest)))
    throw new ShapeError(name, 'batches have different numbers of channels; reset between unlike batches')
  return joinedBatches(scores)
}

function named(names: readonly string[], scores: Float32Array): Readonly<Record<string, number>> {
  const pairs = names.slice(0, scores.length).map((name, i) => [name, Math.round(scores[i] * 1e4) / 1e4] as const)
  return Object.fromEntries(pairs)
}
