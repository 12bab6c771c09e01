import { bool, number, type Schema, type Values } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { spatialAxes } from './check.ts'
import { loss } from './loss.ts'
import { oneActivation, overlapOptions, prepare } from './prepare.ts'
import { overlapAxes, overlapReduction, reducedParts, reduction } from './reduce.ts'
import { power } from './power.ts'

const options = {
  alpha: number.opt('How strongly errors far from a border count: the power of their distance.', 2),
  ...overlapOptions,
  includeBackground: bool.opt(overlapOptions.includeBackground.doc, false),
  reduction,
  batch: overlapReduction.batch,
} satisfies Schema

/**
 * Squared errors, each times its distances to the borders of prediction and target (Karimi and Salcudean 2019; MONAI
 * HausdorffDTLoss). Borders are where channels cross 0.5; their distances have no gradient.
 */
export const HausdorffDTLoss = loss({
  name: 'HausdorffDTLoss',
  options,
  check: (o) => oneActivation('HausdorffDTLoss', o),
  forward: (input, target, o) => hausdorff('HausdorffDTLoss', input, target, o),
})

/** log(1 + HausdorffDTLoss) (MONAI LogHausdorffDTLoss). */
export const LogHausdorffDTLoss = loss({
  name: 'LogHausdorffDTLoss',
  options,
  check: (o) => oneActivation('LogHausdorffDTLoss', o),
  forward: (input, target, o) => m.log(m.add(hausdorff('LogHausdorffDTLoss', input, target, o), 1)),
})

function hausdorff(where: string, input: Value, target: Value, o: Values<typeof options>): Value {
  spatialAxes(where, input, [2, 3])
  const [p, y] = prepare(where, input, target, o)
  // MONAI keeps distances in the element type of the target, which one-hot coding makes floating.
  const whole = target.dtype === 'int32' && !(o.toOnehotY && input.shape[1] > 1)
  const away = whole ? m.floor(borderDistance(y)) : borderDistance(y)
  const distances = m.add(power(borderDistance(p), o.alpha), power(away, o.alpha))
  return reducedParts(m.mean(m.mul(m.square(m.sub(p, y)), distances), overlapAxes(p, o), true), o.reduction)
}

/** The distance to the nearest element on the other side of 0.5; 0 where all of a channel is on one side. */
function borderDistance(x: Value): Value {
  const inside = m.cast(m.greater(x, 0.5), x.dtype)
  return m.add(m.distanceTransform(inside), m.distanceTransform(m.sub(1, inside)))
}
