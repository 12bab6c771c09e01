import { nonNegative, oneOf } from '../core/options.ts'
import * as m from '../graph/math.ts'
import { binaryCrossEntropy, crossEntropy, crossEntropyOptions } from './crossEntropy.ts'
import { DiceLoss, diceOptions } from './dice.ts'
import { loss } from './loss.ts'
import { checkTarget, oneActivation } from './prepare.ts'

/** DiceLoss plus cross entropy of the logits, binary for a single channel (MONAI DiceCELoss). */
export const DiceCELoss = loss({
  name: 'DiceCELoss',
  options: {
    ...diceOptions,
    reduction: oneOf('mean', 'sum').opt('Mean or sum over classes, samples and voxels.', 'mean'),
    lambdaDice: nonNegative.opt('Weight of the Dice part.', 1),
    lambdaCe: nonNegative.opt('Weight of the cross entropy.', 1),
    ...crossEntropyOptions,
  },
  check: (o) => oneActivation('DiceCELoss', o),
  forward(input, target, { lambdaDice, lambdaCe, labelSmoothing, ...o }) {
    checkTarget('DiceCELoss', input, target)
    const weight = Array.isArray(o.weight) && !o.includeBackground ? o.weight.slice(1) : o.weight
    const dice = DiceLoss({ ...o, weight }).forward(input, target)
    const ce =
      input.shape[1] === 1
        ? binaryCrossEntropy('DiceCELoss', input, target, o)
        : crossEntropy('DiceCELoss', input, target, { ...o, labelSmoothing })
    return m.add(m.mul(lambdaDice, dice), m.mul(lambdaCe, ce))
  },
})
