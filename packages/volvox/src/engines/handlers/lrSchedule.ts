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
