import { ShapeError, shown } from '../core/errors.ts'
import { sameShape } from '../core/tensor.ts'
import type { Value } from '../graph/ir.ts'

/** Throws unless prediction and target have one shape. */
export function alike(where: string, input: Value, target: Value): void {
  if (!sameShape(input.shape, target.shape))
    throw new ShapeError(
      where,
      `target ${shown(target.shape)} and prediction ${shown(input.shape)} differ in shape; they must agree`,
    )
}

/** Throws unless the prediction is `[N, C, ...]` with a number of spatial axes that `ranks` lists. */
export function spatialAxes(where: string, input: Value, ranks: readonly number[]): number {
  const rank = input.shape.length - 2
  if (ranks.includes(rank)) return rank
  const shapes = ranks.length === 1 ? String(ranks[0]) : `${ranks[0]} to ${ranks.at(-1)}`
  throw new ShapeError(
    where,
    `prediction ${shown(input.shape)} does not fit; give [N, C, ...] with ${shapes} spatial axes`,
  )
}
