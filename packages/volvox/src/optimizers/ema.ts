import { OptionError } from '../core/errors.ts'
import { floats, type Tensor } from '../core/tensor.ts'
import { input, state, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

/** A running average of weights, `ema.<name>` among the states. */
export interface EmaOptions {
  /** Share of the average that a step keeps. */
  readonly decay: number
  /** Whether early steps keep less, (1 + step) / (10 + step), so that the average does not cling to the initial weights. */
  readonly warmup?: boolean
}

/** Set before the names of averaged weights. */
export const emaPrefix = 'ema.'

const decayInput = 'ema.decay'

/** Next averages by state name, from the next values of the weights. */
export function emaUpdates(next: ReadonlyMap<string, Value>): Map<string, Value> {
  const decay = input(decayInput, { dtype: 'float32', shape: [] })
  return new Map(
    [...next].map(([name, value]) => {
      const average = state(emaPrefix + name, { dtype: value.dtype, shape: value.shape })
      return [emaPrefix + name, m.add(value, m.mul(decay, m.sub(average, value)))] // d·average + (1 - d)·value
    }),
  )
}

/** Inputs of step `step` (1 for the first). */
export function emaScalars(step: number, { decay, warmup = true }: EmaOptions): Record<string, Tensor> {
  if (!(decay >= 0 && decay < 1))
    throw new OptionError('ema.decay', `${decay} does not fit; give a number of 0 or more and below 1`)
  return { [decayInput]: floats([], [warmup ? Math.min(decay, (1 + step) / (10 + step)) : decay]) }
}
