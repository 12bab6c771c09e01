import { ShapeError, shown } from '../../core/errors.ts'
import { count } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { layer } from '../layer.ts'
import { network, networkOption, singleLayer } from '../network.ts'

/** Squares of what is left over that are no longer worth a step. */
const enough = 1e-10

/**
 * Solves A x = y for a symmetric positive definite A (MONAI ConjugateGradient). Inputs: a first guess of x, and y, of one
 * shape; all their numbers are one system.
 */
export const ConjugateGradient = network({
  name: 'ConjugateGradient',
  inputs: () => [
    { name: 'x', about: 'a first guess of x' },
    { name: 'y', about: 'y' },
  ],
  options: {
    linearOp: networkOption.req('What multiplies with A.'),
    numIter: count.req('Most steps; there are fewer where nothing is left over.'),
  },
  build: ({ linearOp, numIter }) =>
    layer({
      children: { linear_op: singleLayer(linearOp) },
      forward(own, [guess, y]) {
        if (!sameShape(guess.shape, y.shape))
          throw new ShapeError(
            'ConjugateGradient',
            `x has shape ${shown(guess.shape)}, y ${shown(y.shape)}; give the same`,
          )
        let [x, rest] = [guess, m.sub(y, own.linear_op(guess))]
        let [direction, size] = [rest, dot(rest, rest)]
        let going = m.greater(size, 0)
        for (let i = 0; i < numIter; i++) {
          const image = own.linear_op(direction)
          // A step of 0 once all is done, without dividing by 0.
          const length = m.div(m.mul(going, size), m.where(going, dot(direction, image), 1))
          x = m.add(x, m.mul(length, direction))
          rest = m.sub(rest, m.mul(length, image))
          const left = dot(rest, rest)
          direction = m.add(m.mul(m.div(left, m.where(going, size, 1)), direction), rest)
          size = left
          going = m.mul(going, m.greaterEqual(left, enough))
        }
        return x
      },
    }),
})

function dot(a: Value, b: Value): Value {
  return m.sum(m.mul(a, b))
}
