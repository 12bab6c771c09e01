import type { Given, Schema } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { FloatTensor } from '../core/tensor.ts'
import type { Inferer, Predictor } from './inferer.ts'

/** A kind of inferer, called with options under MONAI's names in camelCase. */
export interface InfererComponent<S extends Schema> extends Component {
  (options?: Given<S>): Inferer
  readonly schema: S
}

/** Defines a kind of inferer; `make` parses the options and gives what runs. */
export function inferer<S extends Schema>(
  name: string,
  schema: S,
  make: (given: Given<S>) => (inputs: FloatTensor, predictor: Predictor) => ReturnType<Inferer>,
): InfererComponent<S> {
  const create = (given: Given<S> | Record<string, never> = {}) =>
    Object.assign(make(given as Given<S>), { infererName: name })
  return Object.assign(create, { componentName: name, schema })
}
