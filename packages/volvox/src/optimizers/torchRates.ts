// Learning rates of `torch.optim.lr_scheduler`, step by step.
import { count, int, ints, number, positive, type Schema } from '../core/options.ts'
import { rates, type RateComponent } from './rateSchedule.ts'

const gamma = number.opt('Factor of each fall.', 0.1)
const etaMin = number.opt('The lowest rate.', 0)
const totalIters = int.opt('Steps until the rate stays as it is.', 5)

const stepOptions = { stepSize: count.req('Steps between falls.'), gamma } satisfies Schema

/** Falls by a factor every so many steps. */
export const StepLR: RateComponent<typeof stepOptions> = rates(
  'StepLR',
  stepOptions,
  (step, lr, { stepSize, gamma }) => lr * gamma ** Math.floor(step / stepSize),
)

const milestoneOptions = { milestones: ints.req('Steps at which the rate falls; twice when given twice.'), gamma }

/** Falls by a factor at each of the milestones. */
export const MultiStepLR: RateComponent<typeof milestoneOptions> = rates(
  'MultiStepLR',
  milestoneOptions,
  (step, lr, { milestones, gamma }) => lr * gamma ** milestones.filter((milestone) => step >= milestone).length,
)

const constantOptions = { factor: number.opt('Share of the rate at first.', 1 / 3), totalIters } satisfies Schema

/** A share of the rate for some steps, then all of it. */
export const ConstantLR: RateComponent<typeof constantOptions> = rates(
  'ConstantLR',
  constantOptions,
  (step, lr, { factor, totalIters }) => (step < totalIters ? lr * factor : lr),
)

const linearOptions = {
  startFactor: positive.opt('Share of the rate at first.', 1 / 3),
  endFactor: number.opt('Share of the rate at last.', 1),
  totalIters,
} satisfies Schema

/** From one share of the rate to another in equal steps. */
export const LinearLR: RateComponent<typeof linearOptions> = rates(
  'LinearLR',
  linearOptions,
  (step, lr, { startFactor, endFactor, totalIters }) =>
    lr * (startFactor + (endFactor - startFactor) * Math.min(1, step / totalIters)),
)

const exponentialOptions = { gamma: number.req('Factor of each step.') } satisfies Schema

/** Falls by a factor at every step. */
export const ExponentialLR: RateComponent<typeof exponentialOptions> = rates(
  'ExponentialLR',
  exponentialOptions,
  (step, lr, { gamma }) => lr * gamma ** step,
)

const cosineOptions = {
  tMax: count.req('Steps of half a period.', { alias: 'T_max' }),
  etaMin,
} satisfies Schema

/** A cosine down and up again (Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts). */
export const CosineAnnealingLR: RateComponent<typeof cosineOptions> = rates(
  'CosineAnnealingLR',
  cosineOptions,
  (step, lr, { tMax, etaMin }) => halfCosine(lr, etaMin, step / tMax),
)

const restartOptions = {
  t0: count.req('Steps until the first restart.', { alias: 'T_0' }),
  tMult: count.opt('How many times as long each following period is.', 1, { alias: 'T_mult' }),
  etaMin,
} satisfies Schema

/** A cosine down that begins anew (Loshchilov and Hutter 2017, arXiv 1608.03983). */
export const CosineAnnealingWarmRestarts: RateComponent<typeof restartOptions> = rates(
  'CosineAnnealingWarmRestarts',
  restartOptions,
  (step, lr, { t0, tMult, etaMin }) => {
    let [begin, length] = [0, t0]
    while (step >= begin + length) {
      begin += length
      length *= tMult
    }
    return halfCosine(lr, etaMin, (step - begin) / length)
  },
)

const polynomialOptions = { totalIters, power: number.opt('Power of the share that is left.', 1) } satisfies Schema

/** The share of the steps that are left, to a power. */
export const PolynomialLR: RateComponent<typeof polynomialOptions> = rates(
  'PolynomialLR',
  polynomialOptions,
  (step, lr, { totalIters, power }) => lr * Math.max(0, 1 - step / totalIters) ** power,
)

/** From `high` at 0 to `low` at 1, and back at 2. */
function halfCosine(high: number, low: number, progress: number): number {
  return low + ((high - low) * (1 + Math.cos(Math.PI * progress))) / 2
}
