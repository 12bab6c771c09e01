import { OptionError } from '../core/errors.ts'
import { parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'

/** The learning rate of a step, 0 for the first, from the initial one. */
export type RateSchedule = (step: number, initialLr: number) => number

/** A kind of learning-rate schedule, called with options under MONAI's names in camelCase, without the optimiser. */
export interface RateComponent<S extends Schema> extends Component {
  (options?: Given<S>): RateSchedule
  readonly schema: S
}

/** Defines a kind of schedule by the rate of a step. */
export function rates<S extends Schema>(
  name: string,
  schema: S,
  rate: (step: number, initialLr: number, options: Values<S>) => number,
): RateComponent<S> {
  const create = (given: Given<S> | Record<string, never> = {}): RateSchedule => {
    const options = parseOptions(name, schema, given)
    return (step, initialLr) => {
      if (!(step >= 0))
        throw new OptionError(`${name}.step`, `${step} does not fit; give 0 for the first step, or more`)
      return rate(step, initialLr, options)
    }
  }
  return Object.assign(create, { componentName: name, schema })
}
