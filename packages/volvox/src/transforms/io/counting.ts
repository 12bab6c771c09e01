import { instance, type Option, type Schema } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'

/** How often a transform has done its work; of each transform its own. */
export interface Counter {
  count: number
}

/** The option through which a transform sees its counter. */
export const counterOption: { readonly counter: Option<Counter | null> } = {
  counter: instance<Counter>('a counter', (value) => typeof value === 'object').opt('What `counting` gives.', null),
}

/** Transforms that each have a counter, which is no option to those who make them. */
export function counting<F extends Component>(factory: F): F {
  const { counter: _, ...schema }: Schema = factory.schema
  const make = (given: Readonly<Record<string, unknown>> = {}) => factory({ ...given, counter: { count: 0 } } as never)
  return Object.assign(make, factory, { schema }) as unknown as F // but for its counter
}
