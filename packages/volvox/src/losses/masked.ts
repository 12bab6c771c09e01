import { ShapeError, shown } from '../core/errors.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { anyLoss } from './anyLoss.ts'
import { loss } from './loss.ts'

/** A loss of prediction and target that are multiplied by a mask `[N or 1, 1, ...spatial]` first (MONAI MaskedLoss). */
export const MaskedLoss = loss({
  name: 'MaskedLoss',
  options: { loss: anyLoss.req('The loss of what the mask leaves.') },
  forward: (input, target, { loss }, mask) =>
    mask ? loss.forward(...masked('MaskedLoss', input, target, mask)) : loss.forward(input, target),
})

/** Prediction and target where the mask is 1, and 0 elsewhere. */
export function masked(where: string, input: Value, target: Value, mask: Value): [Value, Value] {
  checkMask(where, input.shape, mask.shape)
  return [m.mul(input, mask), m.mul(m.cast(target, input.dtype), mask)]
}

function checkMask(where: string, input: readonly number[], mask: readonly number[]): void {
  const fits = mask.length === input.length && mask[1] === 1 && (mask[0] === 1 || mask[0] === input[0])
  if (!fits || mask.slice(2).some((n, i) => n !== input[i + 2]))
    throw new ShapeError(
      where,
      `mask ${shown(mask)} does not fit prediction ${shown(input)}; give [N or 1, 1, ...] with its spatial shape`,
    )
}
