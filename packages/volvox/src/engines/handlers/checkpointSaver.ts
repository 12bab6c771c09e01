import { encodeCheckpoint } from '../checkpoint.ts'
import type { RunFolder } from '../runFolder.ts'
import type { SupervisedTrainer, TrainHandler } from '../trainer.ts'
import { every, type Interval } from './interval.ts'

/** File names of a run's checkpoints. */
export const checkpointFiles = { last: 'last.safetensors', best: 'best.safetensors' } as const

export interface CheckpointSaverOptions {
  readonly folder: RunFolder
  /** How often `last` is written, beside the end of the run and interruptions. */
  readonly save?: Interval
  /** Keep the checkpoint with the highest value of this validation metric as `best`. */
  readonly keyMetric?: string
  /** Also keep this many of the most recent ones as step_N.safetensors. */
  readonly nSaved?: number
}

interface Memory {
  readonly best: number | null
  readonly kept: readonly string[]
}

/** Writes `last` and `best` checkpoints (MONAI `CheckpointSaver`). */
export function CheckpointSaver(options: CheckpointSaverOptions): TrainHandler {
  const { folder, save = { interval: 60, unit: 'second' }, keyMetric, nSaved = 0 } = options
  let memory: Memory = { best: null, kept: [] }
  let savedAt = -1

  const saveLast = async (trainer: SupervisedTrainer): Promise<void> => {
    if (savedAt === trainer.iteration) return
    const name = `step_${String(trainer.iteration).padStart(6, '0')}.safetensors`
    const kept = nSaved > 0 ? [...memory.kept, name] : memory.kept
    const dropped = kept.slice(0, Math.max(0, kept.length - nSaved))
    memory = { ...memory, kept: kept.slice(dropped.length) }
    const bytes = encodeCheckpoint(await trainer.checkpoint())
    if (nSaved > 0) await folder.write(name, bytes)
    await folder.write(checkpointFiles.last, bytes)
    for (const old of dropped) await folder.remove(old)
    savedAt = trainer.iteration
  }
  const saveBest = async (trainer: SupervisedTrainer): Promise<void> => {
    const value = keyMetric === undefined ? undefined : trainer.metrics[keyMetric]
    if (value === undefined || Number.isNaN(value) || (memory.best !== null && value <= memory.best)) return
    memory = { ...memory, best: value }
    await folder.write(checkpointFiles.best, encodeCheckpoint(await trainer.checkpoint()))
  }

  return {
    attach(trainer) {
      trainer.remembers('checkpointSaver', {
        remember: () => memory,
        recall: (remembered) => void (memory = remembered as Memory),
      }) // its own
      trainer.on('validated', () => saveBest(trainer))
      every(save, trainer, () => saveLast(trainer), 'settled')
      trainer.on('interrupted', () => saveLast(trainer))
      trainer.on('completed', () => saveLast(trainer))
    },
  }
}
