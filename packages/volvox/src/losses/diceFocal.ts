import { nonNegative } from '../core/options.ts'
import * as m from '../graph/math.ts'
import { DiceLoss, diceOptions } from './dice.ts'
import { FocalLoss, focalOptions } from './focal.ts'
import { generalizedDiceOptions, GeneralizedDiceLoss } from './generalizedDice.ts'
import { loss } from './loss.ts'
import { checkTarget, oneActivation } from './prepare.ts'
import { classWeights } from './classWeight.ts'

/** DiceLoss plus the sigmoid FocalLoss (MONAI DiceFocalLoss). */
export const DiceFocalLoss = loss({
  name: 'DiceFocalLoss',
  options: {
    ...diceOptions,
    ...focalOptions,
    lambdaDice: nonNegative.opt('Weight of the Dice part.', 1),
    lambdaFocal: nonNegative.opt('Weight of the focal part.', 1),
  },
  check: (o) => oneActivation('DiceFocalLoss', o),
  forward(input, target, { lambdaDice, lambdaFocal, gamma, alpha, ...o }) {
    checkTarget('DiceFocalLoss', input, target)
    const { includeBackground, toOnehotY, weight, reduction } = o
    const dice = DiceLoss(o).forward(input, target)
    const focal = FocalLoss({ includeBackground, toOnehotY, weight, reduction, gamma, alpha }).forward(input, target)
    return m.add(m.mul(lambdaDice, dice), m.mul(lambdaFocal, focal))
  },
})

/** GeneralizedDiceLoss plus the sigmoid FocalLoss (MONAI GeneralizedDiceFocalLoss). */
export const GeneralizedDiceFocalLoss = loss({
  name: 'GeneralizedDiceFocalLoss',
  options: {
    ...generalizedDiceOptions,
    gamma: focalOptions.gamma,
    weight: classWeights.opt('Weight of each class in the focal part.', null),
    lambdaGdl: nonNegative.opt('Weight of the generalized Dice part.', 1),
    lambdaFocal: nonNegative.opt('Weight of the focal part.', 1),
  },
  check: (o) => oneActivation('GeneralizedDiceFocalLoss', o),
  forward(input, target, { lambdaGdl, lambdaFocal, gamma, weight, ...o }) {
    checkTarget('GeneralizedDiceFocalLoss', input, target)
    const { includeBackground, toOnehotY, reduction } = o
    const dice = GeneralizedDiceLoss(o).forward(input, target)
    const focal = FocalLoss({ includeBackground, toOnehotY, weight, reduction, gamma }).forward(input, target)
    return m.add(m.mul(lambdaGdl, dice), m.mul(lambdaFocal, focal))
  },
})
