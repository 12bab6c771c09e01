import { OptionError } from '../core/errors.ts'

/** The learning rate as a factor of the initial one, from the share of the training budget that is spent, 0 to 1. */
export type Schedule = (progress: number) => number

/** The initial rate throughout. */
export function constantSchedule(): Schedule {
  return () => 1
}

/** (1 - progress)^power, as nnU-Net trains. */
export function polySchedule({ power = 0.9 }: { readonly power?: number } = {}): Schedule {
  return (progress) => (1 - within(progress)) ** power
}

/** Half a cosine from 1 down to `end`, after a linear rise from `start` over the share `warmup` of the budget. */
export function cosineSchedule({
  warmup = 0,
  start = 0,
  end = 0,
}: { readonly warmup?: number; readonly start?: number; readonly end?: number } = {}): Schedule {
  if (!(warmup >= 0 && warmup < 1))
    throw new OptionError('cosineSchedule.warmup', `${warmup} does not fit; give a share of 0 or more and below 1`)
  return (progress) => {
    const p = within(progress)
    if (p < warmup) return start + (1 - start) * (p / warmup)
    return end + (1 - end) * 0.5 * (1 + Math.cos((Math.PI * (p - warmup)) / (1 - warmup)))
  }
}

/** 1, multiplied by `gamma` at each of the `milestones`, shares of the budget. */
export function stepSchedule({
  milestones,
  gamma = 0.1,
}: {
  readonly milestones: readonly number[]
  readonly gamma?: number
}): Schedule {
  return (progress) => gamma ** milestones.filter((milestone) => within(progress) >= milestone).length
}

function within(progress: number): number {
  return Math.min(1, Math.max(0, progress))
}
