import type { TrainHandler } from '../trainer.ts'
import { every, type Interval } from './interval.ts'

export interface ValidationHandlerOptions extends Partial<Interval> {
  /** Evaluates the weights as they are, e.g. `() => evaluator.run()`; the metrics by name. */
  readonly validate: () => Promise<Readonly<Record<string, number>>>
  /** Also once more when the run is completed. */
  readonly atEnd?: boolean
}

/** Evaluates now and then during training (MONAI `ValidationHandler`). */
export function ValidationHandler({
  validate,
  interval = 1,
  unit = 'epoch',
  atEnd = true,
}: ValidationHandlerOptions): TrainHandler {
  return {
    attach(trainer) {
      let validatedAt = -1
      const run = async (): Promise<void> => {
        if (validatedAt === trainer.iteration) return
        validatedAt = trainer.iteration
        trainer.metrics = await validate()
        await trainer.fire('validated', trainer)
      }
      every({ interval, unit }, trainer, run)
      if (atEnd) trainer.on('completed', run)
    },
  }
}
