import { ShapeError, shown } from '../core/errors.ts'
import { int, positive } from '../core/options.ts'
import { floats } from '../core/tensor.ts'
import { constant, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { alike } from './check.ts'
import { loss } from './loss.ts'

/**
 * Cross entropy of finding the other view of a sample among all others by the cosine of their features `[N, F]` (Chen et
 * al. 2020, SimCLR; MONAI ContrastiveLoss).
 */
export const ContrastiveLoss = loss({
  name: 'ContrastiveLoss',
  options: {
    temperature: positive.opt('What similarities are divided by.', 0.5),
    batchSize: int.opt('Without effect, as in MONAI; the batch is seen from the input.', -1),
  },
  forward(input, target, { temperature }) {
    features('ContrastiveLoss', input, target)
    const [n] = input.shape
    const views = m.concat([input, target], 0)
    const lengths = m.sqrt(m.max(m.sum(m.square(views), [1], true), 1e-16)) // at least 1e-8, and no slope at 0
    const directions = m.div(views, lengths)
    const scores = m.div(m.matmul(directions, directions, { transposeB: true }), temperature)
    const pairs = m.sum(
      m.mul(
        scores,
        pick(n, input, (i, j) => j === (i + n) % (2 * n)),
      ),
      [1],
    )
    const others = m.sum(
      m.mul(
        m.exp(scores),
        pick(n, input, (i, j) => i !== j),
      ),
      [1],
    )
    return m.mean(m.sub(m.log(others), pairs))
  },
})

/** `[2n, 2n]` of 1 where row and column are picked, else 0. */
function pick(n: number, { dtype }: Value, picked: (row: number, column: number) => boolean): Value {
  const side = 2 * n
  const table = Float32Array.from({ length: side * side }, (_, at) =>
    picked(Math.floor(at / side), at % side) ? 1 : 0,
  )
  return m.cast(constant(floats([side, side], table)), dtype)
}

/** Throws unless both are features `[N, F]` of one shape. */
export function features(where: string, input: Value, target: Value): void {
  if (input.shape.length !== 2)
    throw new ShapeError(where, `prediction ${shown(input.shape)} has ${input.shape.length} axes; give features [N, F]`)
  alike(where, input, target)
}
