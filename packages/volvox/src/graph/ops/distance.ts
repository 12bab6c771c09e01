import { floats } from '../../core/tensor.ts'
import { constant, defineOp, type Op, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { isFloatingType, spatialRank, takes, type NoAttrs } from './check.ts'

/**
 * The Euclidean distance, in elements, from every element of `[N, C, ...spatial]` that is not 0 to the nearest 0 of its
 * channel; 0 throughout a channel without any 0. No gradient.
 */
export const distanceTransform: Op<NoAttrs> = defineOp<NoAttrs>('distanceTransform', {
  infer(inputs) {
    takes('distanceTransform', inputs, 1)
    const [{ dtype, shape }] = inputs
    spatialRank('distanceTransform', shape)
    return { dtype: isFloatingType(dtype) ? dtype : 'float32', shape }
  },
  gradient: () => [null],
  decompose([x]) {
    const [n, channels, ...spatial] = x.shape
    const far = 1 + spatial.reduce((sum, length) => sum + length * length, 0) // more than any squared distance
    const marks = m.reshape(m.where(m.equal(x, 0), 0, -far), [n * channels, ...spatial])
    // Negative squared distances of one channel after the other, since an axis takes its length times the memory.
    const maps = m
      .split(marks, 0, new Array<number>(n * channels).fill(1))
      .map((map) => spatial.reduce((found, _, axis) => acrossAxis(found, axis + 1), map))
    const squared = m.neg(m.reshape(m.concat(maps, 0), x.shape))
    const distance = m.where(m.less(squared, far), m.sqrt(squared), 0)
    return [m.cast(distance, isFloatingType(x.dtype) ? x.dtype : 'float32')]
  },
})

/** The largest of x[j] - (i - j)² at each place i of an axis. */
function acrossAxis(x: Value, axis: number): Value {
  const length = x.shape[axis]
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const gaps = Float32Array.from(
    { length: length * length },
    (_, at) => -((Math.floor(at / length) - (at % length)) ** 2),
  )
  const table = constant(floats([length, length, ...after.map(() => 1)], gaps))
  const pairs = m.add(m.reshape(x, [...before, 1, length, ...after]), table)
  return m.reduceMax(pairs, [axis + 1])
}
