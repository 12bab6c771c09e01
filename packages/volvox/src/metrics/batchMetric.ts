import { parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { FloatTensor, Tensor } from '../core/tensor.ts'

/** A metric of what it is called with, of which nothing is kept (MONAI Metric). */
export interface BatchMetric {
  (yPred: Tensor, y?: Tensor): FloatTensor
  readonly metricName: string
}

/** A kind of such a metric, called with options under MONAI's names in camelCase. */
export interface BatchMetricComponent<S extends Schema> extends Component {
  (options?: Given<S>): BatchMetric
  readonly schema: S
}

/** Defines a metric by its value for one batch. */
export function batchMetric<S extends Schema>(definition: {
  readonly name: string
  readonly options: S
  value(yPred: Tensor, y: Tensor | undefined, options: Values<S>): FloatTensor
}): BatchMetricComponent<S> {
  const { name, options: schema } = definition
  const create = (given?: Given<S>): BatchMetric => {
    const options = parseOptions(name, schema, given ?? {})
    const call = (yPred: Tensor, y?: Tensor): FloatTensor => definition.value(yPred, y, options)
    return Object.assign(call, { metricName: name })
  }
  return Object.assign(create, { componentName: name, schema })
}
