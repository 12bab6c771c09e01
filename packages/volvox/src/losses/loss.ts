import { ShapeError } from '../core/errors.ts'
import { parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { scoped, type Value } from '../graph/ir.ts'

/** What a loss judges: a network's output, or its outputs at several levels. */
export type Prediction = Value | readonly Value[]

/** A loss with its options settled. Its gradient comes from automatic differentiation. */
export interface Loss {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /**
   * Adds the loss to a graph: input `[N, C, ...spatial]`, target of that shape or `[N, 1, ...spatial]`, mask `[N or 1, 1,
   * ...spatial]`. Losses that judge a prediction by itself, such as BendingEnergyLoss, take no target.
   */
  forward(input: Prediction, target?: Value, mask?: Value): Value
}

/** A kind of loss, called with options under MONAI's names in camelCase. */
export interface LossComponent<S extends Schema> extends Component {
  (options?: Given<S>): Loss
  readonly schema: S
}

/** Defines a loss of one prediction. */
export function loss<S extends Schema>(definition: {
  readonly name: string
  readonly options: S
  /** Throws where options do not fit each other; types and ranges were already checked. */
  check?(options: Values<S>): void
  forward(input: Value, target: Value, options: Values<S>, mask?: Value): Value
}): LossComponent<S> {
  const { name } = definition
  return levelledLoss({
    ...definition,
    forward: (input, target, options, mask) => definition.forward(single(name, input), target, options, mask),
  })
}

/** Defines a loss that judges one prediction by itself; a target is not looked at. */
export function regularizer<S extends Schema>(definition: {
  readonly name: string
  readonly options: S
  check?(options: Values<S>): void
  forward(input: Value, options: Values<S>): Value
}): LossComponent<S> {
  const { name } = definition
  return component({
    ...definition,
    forward: (input, _target, options) => definition.forward(single(name, input), options),
  })
}

/** Defines a loss that may take predictions at several levels. */
export function levelledLoss<S extends Schema>(definition: {
  readonly name: string
  readonly options: S
  check?(options: Values<S>): void
  forward(input: Prediction, target: Value, options: Values<S>, mask?: Value): Value
}): LossComponent<S> {
  const { name } = definition
  return component({
    ...definition,
    forward(input, target, options, mask) {
      if (!target)
        throw new ShapeError(name, 'has no target to compare the prediction with; give it as second argument')
      return definition.forward(input, target, options, mask)
    },
  })
}

function component<S extends Schema>(definition: {
  readonly name: string
  readonly options: S
  check?(options: Values<S>): void
  forward(input: Prediction, target: Value | undefined, options: Values<S>, mask?: Value): Value
}): LossComponent<S> {
  const { name, options: schema } = definition
  const create = (given: Given<S> | Record<string, never> = {}): Loss => {
    const options = parseOptions(name, schema, given)
    definition.check?.(options)
    return {
      name,
      options,
      forward: (input, target, mask) => scoped(name, () => definition.forward(input, target, options, mask)),
    }
  }
  return Object.assign(create, { componentName: name, schema })
}

function single(name: string, input: Prediction): Value {
  if ('node' in input) return input
  throw new ShapeError(name, `got a list of ${input.length} predictions; wrap the loss in DeepSupervisionLoss`)
}
