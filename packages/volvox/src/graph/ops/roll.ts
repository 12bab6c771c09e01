import { GraphError } from '../../core/errors.ts'
import { at, defineOp, type Op, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { shown, takes, wholeNumbers } from './check.ts'

export interface RollAttrs {
  /** How many places elements move on along each axis; less than the axis has. */
  readonly shifts: readonly number[]
}

/** Moves elements on; those that leave at the end of an axis come in at its beginning. */
export const roll: Op<RollAttrs> = defineOp<RollAttrs>('roll', {
  infer(inputs, { shifts }) {
    takes('roll', inputs, 1)
    const [{ dtype, shape }] = inputs
    wholeNumbers('roll', 'shifts', shifts, shape.length, 0)
    if (shifts.some((shift, axis) => shift > 0 && shift >= shape[axis]))
      throw new GraphError(
        at('roll'),
        `shifts ${shown(shifts)} are not less than the axes of ${shown(shape)}; take the rest`,
      )
    return { dtype, shape }
  },
  gradient: ({ inputs: [x], grad, attrs: { shifts } }) => [
    roll([grad], { shifts: shifts.map((shift, axis) => (shift === 0 ? 0 : x.shape[axis] - shift)) }),
  ],
  decompose: ([x], { shifts }) => [shifts.reduce(rolled, x)],
})

function rolled(x: Value, shift: number, axis: number): Value {
  if (shift === 0) return x
  const rest = x.shape[axis] - shift
  return m.concat([m.narrow(x, axis, rest, shift), m.narrow(x, axis, 0, rest)], axis)
}
