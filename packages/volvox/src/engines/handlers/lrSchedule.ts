import type { RateSchedule } from '../../optimizers/rateSchedule.ts'
import type { Schedule } from '../../optimizers/schedules.ts'
import type { TrainHandler } from '../trainer.ts'

/** Multiplies the learning rate of every step by what the schedule says for the share of the budget that is spent (MONAI `LrScheduleHandler`). */
export function LrScheduleHandler(schedule: Schedule): TrainHandler {
  return {
    attach(trainer) {
      const initial = trainer.learningRate
      trainer.on('iterationStarted', () => {
        trainer.learningRate = initial * schedule(trainer.fraction)
      })
    },
  }
}

/**
 * Sets the learning rate of every step by a schedule of MONAI or torch, which counts steps or, with `epochLevel`, epochs
 * (MONAI `LrScheduleHandler`).
 */
export function LrRateHandler(
  rate: RateSchedule,
  { epochLevel = false }: { readonly epochLevel?: boolean } = {},
): TrainHandler {
  return {
    attach(trainer) {
      const initial = trainer.learningRate
      trainer.on('iterationStarted', () => {
        const { iteration, epochLength } = trainer
        trainer.learningRate = rate(epochLevel ? Math.floor(iteration / epochLength) : iteration, initial)
      })
    },
  }
}
