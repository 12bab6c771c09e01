import { count, int, number, probability, type Schema } from '../core/options.ts'
import { rates, type RateComponent } from './rateSchedule.ts'

const rangeOptions = {
  endLr: number.req('Learning rate of the last step.'),
  numIter: int.where((n) => n > 1, 'a whole number above 1').req('Number of steps.'),
} satisfies Schema

/** From the initial rate to another in equal steps (MONAI LinearLR). */
export const LinearLR: RateComponent<typeof rangeOptions> = rates(
  'LinearLR',
  rangeOptions,
  (step, lr, { endLr, numIter }) => lr + (step / (numIter - 1)) * (endLr - lr),
)

/** From the initial rate to another in equal factors (MONAI ExponentialLR). */
export const ExponentialLR: RateComponent<typeof rangeOptions> = rates(
  'ExponentialLR',
  rangeOptions,
  (step, lr, { endLr, numIter }) => lr * (endLr / lr) ** (step / (numIter - 1)),
)

const cosineOptions = {
  warmupSteps: int.req('Steps in which the rate rises to the initial one.'),
  tTotal: count.req('Number of all steps.'),
  endLr: number.opt('The rate does not fall below it.', 0),
  cycles: number.opt('Periods of the cosine; half a period falls once.', 0.5),
  warmupMultiplier: probability.opt('Share of the initial rate that the rise starts from.', 0),
} satisfies Schema

/** A linear rise, then a cosine down (MONAI WarmupCosineSchedule). */
export const WarmupCosineSchedule: RateComponent<typeof cosineOptions> = rates(
  'WarmupCosineSchedule',
  cosineOptions,
  (step, lr, { warmupSteps, tTotal, endLr, cycles, warmupMultiplier }) => {
    const warmup = Math.min(Math.max(warmupSteps, 0), tTotal)
    if (step < warmup) return lr * (warmupMultiplier + (1 - warmupMultiplier) * (step / warmup))
    const progress = (step - warmup) / Math.max(1, tTotal - warmup)
    return Math.max(endLr, lr * Math.max(0, 0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress))))
  },
)
