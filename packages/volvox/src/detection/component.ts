import { parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'

/** A part of a detector, called with options under MONAI's names in camelCase. */
export interface DetectionComponent<S extends Schema, T> extends Component {
  (given: Given<S>): T
  readonly schema: S
}

/** Defines a part of a detector by its options and what they make. */
export function component<S extends Schema, T>(
  name: string,
  schema: S,
  make: (options: Values<S>) => T,
): DetectionComponent<S, T> {
  return Object.assign((given: Given<S>) => make(parseOptions(name, schema, given)), { componentName: name, schema })
}
