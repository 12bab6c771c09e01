import type { Given, Schema } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { floats, type FloatTensor } from '../core/tensor.ts'
import type { Metric } from './metric.ts'
import { reduceScores, type Aggregate, type Reduction } from './reduction.ts'

/** A metric that keeps four counts for each item and channel, `[batch, channel, 4]`, and gives measures of them. */
export interface MeasuredMetric extends Metric {
  /** One aggregate for each measure; `aggregate` gives the first. */
  aggregateEach(reduction?: Reduction, computeSample?: boolean): readonly Aggregate[]
}

/** A kind of such a metric. */
export interface MeasuredComponent<S extends Schema> extends Component {
  (options: Given<S>): MeasuredMetric
  readonly schema: S
}

/** A measure of four counts. */
export type CountMeasure = (counts: readonly number[]) => number

/** Adds measures to the metric that keeps counts, of reduced counts or sample by sample. */
export function measured(
  kept: Metric,
  all: readonly CountMeasure[],
  reduction: Reduction,
  sampleWise: boolean,
  /** The shape of a measure of all items and classes together. */
  alone: readonly number[] = [1],
): MeasuredMetric {
  const aggregateEach = (other: Reduction = reduction, computeSample = sampleWise): Aggregate[] => {
    const counts = kept.aggregate(computeSample ? 'none' : other)
    return all.map((measure) => {
      const value = measureOf(counts.value, measure, alone)
      return computeSample ? reduceScores(value, other) : { value, notNans: counts.notNans }
    })
  }
  const call = (...args: Parameters<Metric>): FloatTensor => kept(...args)
  return Object.assign(call, {
    metricName: kept.metricName,
    reset: kept.reset,
    getBuffer: kept.getBuffer,
    aggregate: (other?: Reduction) => aggregateEach(other)[0],
    aggregateEach,
  })
}

/** The measure of each four counts in the last axis. */
export function measureOf(
  { shape, data }: FloatTensor,
  measure: CountMeasure,
  alone: readonly number[] = [1],
): FloatTensor {
  const outer = shape.length === 1 ? alone : shape.slice(0, -1)
  return floats(
    outer,
    Float64Array.from({ length: data.length / 4 }, (_, i) => measure(Array.from(data.subarray(4 * i, 4 * i + 4)))),
  )
}
