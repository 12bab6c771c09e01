import { positive } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { alike } from './check.ts'
import { loss, type LossComponent } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

const options = { reduction }

/** A loss of each voxel's error. */
function errorLoss(name: string, ofError: (error: Value) => Value): LossComponent<typeof options> {
  return loss({
    name,
    options,
    forward(input, target, { reduction }) {
      alike(name, input, target)
      return reducedParts(ofError(m.sub(input, m.cast(target, input.dtype))), reduction)
    },
  })
}

/** Squared error (torch.nn.MSELoss). */
export const MSELoss: LossComponent<typeof options> = errorLoss('MSELoss', m.square)

/** Absolute error (torch.nn.L1Loss). */
export const L1Loss: LossComponent<typeof options> = errorLoss('L1Loss', m.abs)

/** Squared error near 0, absolute error beyond `beta` (torch.nn.SmoothL1Loss). */
export const SmoothL1Loss = loss({
  name: 'SmoothL1Loss',
  options: { reduction, beta: positive.opt('Where the squared error ends.', 1) },
  forward(input, target, { reduction, beta }) {
    alike('SmoothL1Loss', input, target)
    const size = m.abs(m.sub(input, m.cast(target, input.dtype)))
    const near = m.div(m.square(size), 2 * beta)
    return reducedParts(m.where(m.less(size, beta), near, m.sub(size, beta / 2)), reduction)
  },
})
