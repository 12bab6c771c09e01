import { ShapeError, shown } from '../core/errors.ts'
import { int, number, positive, type Schema, type Values } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { loss } from './loss.ts'
import { channelOptions, channels } from './prepare.ts'
import { reduction } from './reduce.ts'

const partOptions = {
  toOnehotY: channelOptions.toOnehotY,
  delta: number.opt('Weight of missed foreground; that of the background is what is left of 1.', 0.7),
  gamma: number.opt('How strongly well-classified voxels are played down.', 0.75),
  epsilon: positive.opt('Predictions are kept so far from 0 and 1.', 1e-7),
  reduction, // MONAI's parts know the option and always give the mean
} satisfies Schema

/** 1 - Tversky of background and foreground, the foreground's to the power 1 - gamma (Yeung et al. 2022; MONAI AsymmetricFocalTverskyLoss). */
export const AsymmetricFocalTverskyLoss = loss({
  name: 'AsymmetricFocalTverskyLoss',
  options: partOptions,
  forward(input, target, { delta, gamma, epsilon, toOnehotY }) {
    const [p, y] = twoClasses('AsymmetricFocalTverskyLoss', input, target, epsilon, toOnehotY)
    const total = (x: Value) => m.sum(x, spatial(x))
    const tp = total(m.mul(y, p))
    const fn = total(m.mul(y, m.sub(1, p)))
    const fp = total(m.mul(m.sub(1, y), p))
    const all = m.add(tp, m.add(m.mul(delta, fn), m.mul(1 - delta, fp)))
    const missed = m.sub(1, m.div(m.add(tp, epsilon), m.add(all, epsilon)))
    const [back, fore] = m.split(m.narrow(missed, 1, 0, 2), 1, [1, 1])
    return m.mean(m.concat([back, m.mul(fore, m.pow(fore, -gamma))], 1))
  },
})

/** Cross entropy that only plays down an easy background (Yeung et al. 2022; MONAI AsymmetricFocalLoss). */
export const AsymmetricFocalLoss = loss({
  name: 'AsymmetricFocalLoss',
  options: { ...partOptions, gamma: number.opt(partOptions.gamma.doc, 2) },
  forward(input, target, { delta, gamma, epsilon, toOnehotY }) {
    const [p, y] = twoClasses('AsymmetricFocalLoss', input, target, epsilon, toOnehotY)
    const entropy = m.neg(m.mul(y, m.log(p)))
    const [back, fore] = m.split(m.narrow(entropy, 1, 0, 2), 1, [1, 1])
    const easy = m.pow(m.sub(1, m.narrow(p, 1, 0, 1)), gamma)
    return m.mean(m.add(m.mul(1 - delta, m.mul(easy, back)), m.mul(delta, fore)))
  },
})

/**
 * The weighted sum of AsymmetricFocalLoss and AsymmetricFocalTverskyLoss of probabilities `[N, 2, ...]` (Yeung et al.
 * 2022; MONAI AsymmetricUnifiedFocalLoss). Class numbers in one channel become two, which leaves them without gradient.
 */
export const AsymmetricUnifiedFocalLoss = loss({
  name: 'AsymmetricUnifiedFocalLoss',
  options: {
    toOnehotY: channelOptions.toOnehotY,
    numClasses: int.where((n) => n === 2, '2, the only number of classes it is made for').opt('Number of classes.', 2),
    weight: number.opt('Share of the cross entropy; the rest is the Tversky part.', 0.5),
    gamma: number.opt(partOptions.gamma.doc, 0.5),
    delta: partOptions.delta,
    reduction,
  },
  forward(input, target, { weight, gamma, delta, toOnehotY, numClasses }) {
    const numbered = input.shape[1] === 1
    const [p, y] = numbered ? [m.oneHot(input, numClasses), m.oneHot(target, numClasses)] : [input, target]
    const part = { gamma, delta, toOnehotY: toOnehotY && !numbered }
    return m.add(
      m.mul(weight, AsymmetricFocalLoss(part).forward(p, y)),
      m.mul(1 - weight, AsymmetricFocalTverskyLoss(part).forward(p, y)),
    )
  },
})

function twoClasses(
  where: string,
  input: Value,
  target: Value,
  epsilon: number,
  toOnehotY: Values<typeof channelOptions>['toOnehotY'],
): [Value, Value] {
  const [p, y] = channels(where, input, target, { includeBackground: true, toOnehotY })
  if (p.shape[1] < 2)
    throw new ShapeError(
      where,
      `prediction ${shown(p.shape)} has ${p.shape[1]} channels; give background and foreground`,
    )
  return [m.clip(p, epsilon, 1 - epsilon), y]
}

function spatial(x: Value): number[] {
  return x.shape.map((_, axis) => axis).slice(2)
}
