import { OptionError } from '../../core/errors.ts'
import type { TrainHandler } from '../trainer.ts'

export interface EarlyStopOptions {
  /** Validations without improvement after which to stop. */
  readonly patience: number
  /** The validation metric to watch; higher is better. */
  readonly keyMetric: string
  /** The least gain that counts as improvement. */
  readonly minDelta?: number
}

/** Stops when a validation metric no longer improves (MONAI `EarlyStopHandler`). */
export function EarlyStopHandler({ patience, keyMetric, minDelta = 0 }: EarlyStopOptions): TrainHandler {
  if (!Number.isInteger(patience) || patience < 1)
    throw new OptionError('EarlyStopHandler.patience', `${patience} does not fit; give a whole number of 1 or more`)
  let memory: { best: number | null; waited: number } = { best: null, waited: 0 }
  return {
    attach(trainer) {
      trainer.remembers('earlyStop', {
        remember: () => memory,
        recall: (remembered) => void (memory = remembered as typeof memory),
      }) // its own
      trainer.on('validated', () => {
        const value = trainer.metrics[keyMetric]
        if (value === undefined)
          throw new OptionError(
            'EarlyStopHandler.keyMetric',
            `there is no metric "${keyMetric}"; validation gives ${Object.keys(trainer.metrics).join(', ') || 'none'}`,
          )
        const better = memory.best === null || value > memory.best + minDelta
        memory = better ? { best: value, waited: 0 } : { ...memory, waited: memory.waited + 1 }
        if (memory.waited >= patience) trainer.stop()
      })
    },
  }
}
