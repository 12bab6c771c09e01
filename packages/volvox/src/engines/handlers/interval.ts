import { OptionError } from '../../core/errors.ts'
import type { SupervisedTrainer, TrainerEvent } from '../trainer.ts'

/** How often something is done during training. */
export interface Interval {
  readonly interval: number
  /** What `interval` counts: epochs, steps, seconds of running, or shares of the budget (0.1: ten times a run). */
  readonly unit: 'epoch' | 'iteration' | 'second' | 'budget'
}

/** Calls `act` whenever another `interval` has passed, at the event `at`; never twice for one step. */
export function every(
  { interval, unit }: Interval,
  trainer: SupervisedTrainer,
  act: () => Promise<void>,
  at: TrainerEvent = unit === 'epoch' ? 'epochCompleted' : 'iterationCompleted',
): void {
  if (!(interval > 0)) throw new OptionError('interval', `${interval} ${unit}s do not fit; give a number above 0`)
  const passed = (): number => {
    const count = {
      epoch: trainer.epoch,
      iteration: trainer.iteration,
      second: trainer.elapsedSeconds,
      budget: trainer.fraction,
    }[unit]
    // 0.1 · 3 is a hair above 0.3: the third of ten times must not be missed by rounding.
    return Math.floor(count / interval + 1e-9)
  }
  let done = 0
  trainer.on('started', () => {
    done = passed()
  })
  trainer.on(at, async () => {
    const now = passed()
    if (now <= done) return
    done = now
    await act()
  })
}
