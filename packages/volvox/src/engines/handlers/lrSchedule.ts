import type { TrainHandler } from '../trainer.ts'

/** Sets the learning rate of every step to `schedule(share of the budget spent, step)` (MONAI `LrScheduleHandler`). */
export function LrScheduleHandler(schedule: (fraction: number, step: number) => number): TrainHandler {
  return {
    attach(trainer) {
      trainer.on('iterationStarted', () => {
        trainer.learningRate = schedule(trainer.fraction, trainer.iteration)
      })
    },
  }
}
