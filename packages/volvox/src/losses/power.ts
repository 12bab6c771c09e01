import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

/** x to a power; the usual 2 as a square, which is cheaper. */
export function power(x: Value, exponent: number): Value {
  return exponent === 2 ? m.square(x) : m.pow(x, exponent)
}
