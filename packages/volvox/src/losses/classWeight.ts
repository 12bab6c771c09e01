import { z } from 'zod'
import { OptionError } from '../core/errors.ts'
import { Kind } from '../core/options.ts'
import { floats, type Tensor } from '../core/tensor.ts'
import { constant, type GraphDType, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

const weight = z.number().nonnegative()
const tensorLike = z
  .custom<Tensor>(
    (given) => typeof given === 'object' && given !== null && 'data' in given && ArrayBuffer.isView(given.data),
  )
  .transform(({ shape, data }) => {
    const list = Array.from(data as ArrayLike<number | bigint>, Number)
    return shape.length === 0 ? list[0] : list
  })

/** Weight of each class: one number for all, a list, or a tensor of either. */
export const classWeights: Kind<number | readonly number[]> = new Kind(
  'a weight of 0 or more, or a list of them',
  // A tensor is turned into its number or list; zod's type of the union does not say so much.
  () => z.union([weight, z.array(weight), tensorLike]) as unknown as z.ZodType<number | readonly number[]>,
)

/** Class weights as `[C]`. */
export function weightVector(
  where: string,
  weights: number | readonly number[],
  classes: number,
  dtype: GraphDType,
): Value {
  const list = typeof weights === 'number' ? new Array<number>(classes).fill(weights) : weights
  if (list.length !== classes)
    throw new OptionError(
      `${where}.weight`,
      `has ${list.length} values for ${classes} classes; give one per class, without the background when it does not count`,
    )
  return m.cast(constant(floats([classes], list)), dtype)
}

/** Class weights as `[1, C, 1, ...]`, to go along `like`. */
export function weightsAlong(where: string, weights: number | readonly number[], like: Value): Value {
  return m.perChannel(weightVector(where, weights, like.shape[1], like.dtype), like.shape.length)
}
