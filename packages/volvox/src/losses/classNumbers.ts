import { ShapeError, shown } from '../core/errors.ts'
import { sameShape } from '../core/tensor.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

/** Class numbers as `[N, 1, ...spatial]`, which may have come without the channel. */
export function classNumbers(where: string, input: Value, target: Value): Value {
  const [n, , ...spatial] = input.shape
  const wanted = [n, 1, ...spatial]
  if (!sameShape(target.shape, wanted) && !sameShape(target.shape, [n, ...spatial]))
    throw new ShapeError(
      where,
      `target ${shown(target.shape)} does not fit prediction ${shown(input.shape)}; give class numbers ${shown(wanted)}`,
    )
  return m.reshape(target, wanted)
}
