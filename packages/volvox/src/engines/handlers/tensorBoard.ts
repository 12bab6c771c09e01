import { scalarsRecord, startRecord, versionRecord } from '../logs/eventFile.ts'
import type { RunFolder } from '../runFolder.ts'
import type { TrainHandler } from '../trainer.ts'

export interface TensorBoardStatsOptions {
  readonly folder: RunFolder
  /** Steps between points of the training curves. */
  readonly interval?: number
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number
}

/** Writes event files that `tensorboard --logdir` shows (MONAI `TensorBoardStatsHandler`). */
export function TensorBoardStatsHandler({
  folder,
  interval = 10,
  now = Date.now,
}: TensorBoardStatsOptions): TrainHandler {
  return {
    attach(trainer) {
      const seconds = (): number => now() / 1000
      let name = ''
      trainer.on('started', async () => {
        name = `tensorboard/events.out.tfevents.${Math.floor(seconds())}.volvox.${trainer.iteration}`
        await folder.append(name, versionRecord(seconds()))
        await folder.append(name, startRecord(seconds(), trainer.iteration + 1))
      })
      const point = (scalars: Readonly<Record<string, number>>) =>
        folder.append(name, scalarsRecord(seconds(), trainer.iteration, scalars))
      trainer.on('iterationCompleted', async () => {
        if (trainer.iteration % interval === 0 || trainer.iteration === 1)
          await point({ ...under('train', trainer.output), 'train/learningRate': trainer.learningRate })
      })
      trainer.on('validated', () => point(under('validation', trainer.metrics)))
    },
  }
}

function under(group: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${group}/${name}`, value]))
}
