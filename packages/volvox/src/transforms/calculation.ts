import { parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { RandomSource, reseeding } from './random.ts'

/** Something ready to be called with images and what else it reads, in MONAI's order. */
export type Calculation<I extends readonly unknown[], R> = (...inputs: I) => R

type Factory<S extends Schema, T> = Component & { (options?: Given<S>): T; readonly schema: S }

/** What a plain form of several inputs is, e.g. `Watershed({ connectivity: 2 })(map, mask, markers)`. */
export interface CalculationSpec<S extends Schema, I extends readonly unknown[], R> {
  readonly name: string
  readonly options: S
  apply(options: Values<S>, ...inputs: I): R
}

/** The plain form of a transform of several inputs, or of results that are no images. */
export function calculation<S extends Schema, I extends readonly unknown[], R>(
  spec: CalculationSpec<S, I, R>,
): Factory<S, Calculation<I, R>> {
  const make = (given?: Given<S>): Calculation<I, R> => {
    const options = parseOptions(spec.name, spec.options, given ?? {})
    return (...inputs) => spec.apply(options, ...inputs)
  }
  return Object.assign(make, { componentName: spec.name, schema: spec.options })
}

/** A calculation with random numbers of its own. */
export interface RandomCalculation<I extends readonly unknown[], R> extends Calculation<I, R> {
  setRandomState(seed: number): RandomCalculation<I, R>
}

/** The same, drawing random numbers. */
export function randomCalculation<S extends Schema, I extends readonly unknown[], R>(spec: {
  readonly name: string
  readonly options: S
  apply(source: RandomSource, options: Values<S>, ...inputs: I): R
}): Factory<S, RandomCalculation<I, R>> {
  const make = (given?: Given<S>): RandomCalculation<I, R> => {
    const options = parseOptions(spec.name, spec.options, given ?? {})
    const source = new RandomSource()
    const run: RandomCalculation<I, R> = Object.assign((...inputs: I) => spec.apply(source, options, ...inputs), {
      setRandomState: reseeding(source, () => run),
    })
    return run
  }
  return Object.assign(make, { componentName: spec.name, schema: spec.options })
}
