import { sizeOf } from 'volvox/core'
import type { Program, Value } from 'volvox/graph'

/** Where in a concatenation a value lies. */
export interface Place {
  readonly whole: Value
  /** Elements before it. */
  readonly at: number
}

const BLOCK = 16

/**
 * Values that may be computed right where they will be concatenated: the channels of a single sample, in full blocks,
 * lie one after the other.
 */
export function joinedPlaces({ nodes }: Program): ReadonlyMap<Value, Place> {
  const places = new Map<Value, Place>()
  for (const { op, inputs, outputs, attrs } of nodes) {
    const [whole] = outputs
    const fits = op === 'concat' && attrs.axis === 1 && whole.shape[0] === 1 && whole.shape.length >= 3
    if (!fits || whole.dtype !== 'float32' || inputs.some(({ shape }) => shape[1] % BLOCK !== 0)) continue
    let at = 0
    for (const value of inputs) {
      if (!places.has(value)) places.set(value, { whole, at })
      at += sizeOf(value.shape)
    }
  }
  return places
}
