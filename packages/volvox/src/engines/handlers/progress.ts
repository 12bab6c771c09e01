import type { SupervisedTrainer, TrainHandler } from '../trainer.ts'

/** How far a run is, for whoever shows it. */
export interface ProgressReport {
  /** 0 to 1. */
  readonly fraction: number
  readonly iteration: number
  readonly epoch: number
  /** Smoothed over about the last 20 steps. */
  readonly loss: number | null
  /** Soft Dice of the training samples, smoothed alike; null where the learner does not tell it. */
  readonly trainingDice: number | null
  /** Of the latest validation. */
  readonly metrics: Readonly<Record<string, number>>
  /** Over about the last 20 steps, validation not counted; null until the second step. */
  readonly samplesPerSecond: number | null
  readonly remainingSeconds: number | null
  readonly done: boolean
}

/** Reports progress after every step and validation; what to show of it, and how often, is up to `show`. */
export function ProgressHandler(show: (report: ProgressReport) => void): TrainHandler {
  return {
    attach(trainer) {
      let loss: number | null = null
      let dice: number | null = null
      let rate: number | null = null
      let last: number | null = null
      let size = 0
      const blend = (average: number | null, value: number) =>
        average === null ? value : average + (value - average) / 20
      trainer.on('iterationStarted', () => {
        size = batchSize(trainer)
      })
      trainer.on('iterationCompleted', () => {
        const now = trainer.elapsedSeconds
        loss = blend(loss, trainer.output.loss)
        if (trainer.output.Dice !== undefined) dice = blend(dice, trainer.output.Dice)
        if (last !== null && now > last) rate = blend(rate, (now - last) / size) // seconds a sample: times average, rates do not
        last = now
        report(false)
      })
      trainer.on('validated', () => {
        report(false)
        last = null
      })
      const report = (done: boolean) =>
        show({
          fraction: trainer.fraction,
          iteration: trainer.iteration,
          epoch: trainer.epoch,
          loss,
          trainingDice: dice,
          metrics: trainer.metrics,
          samplesPerSecond: rate === null ? null : 1 / rate,
          remainingSeconds: trainer.remainingSeconds,
          done,
        })
      trainer.on('completed', () => report(true))
      trainer.on('interrupted', () => report(true))
    },
  }
}

function batchSize({ batch }: SupervisedTrainer): number {
  const [first] = Object.values(batch ?? {})
  if (first === undefined) return 1
  return 'shape' in first ? first.shape[0] : first.length
}
