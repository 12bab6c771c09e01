import { fromJsonLines, toCsv, toJsonLines, type LogRow } from '../logs/rows.ts'
import type { RunFolder } from '../runFolder.ts'
import type { SupervisedTrainer, TrainHandler } from '../trainer.ts'

/** File names of a run's logs. */
export const logFiles = { jsonLines: 'log.jsonl', csv: 'log.csv' } as const

/**
 * The numbers of the last step, or of the last validation, as one row of a log. `seconds` count from the start of the run,
 * `waitSeconds` are those that this step waited for its batch.
 */
export function stepRow(trainer: SupervisedTrainer): LogRow {
  const { iteration, elapsedSeconds, lastWaitSeconds, learningRate, output, epochLength } = trainer
  return {
    step: iteration,
    epoch: iteration / epochLength,
    seconds: elapsedSeconds,
    waitSeconds: lastWaitSeconds,
    learningRate,
    ...output,
  }
}

export function validationRow(trainer: SupervisedTrainer): LogRow {
  const { iteration, elapsedSeconds, metrics, epochLength } = trainer
  return {
    step: iteration,
    epoch: iteration / epochLength,
    seconds: elapsedSeconds,
    ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`val_${name}`, value])),
  }
}

/**
 * Logs every step and validation to log.jsonl as they happen, and to log.csv at the end (MONAI `StatsHandler`, `MetricLogger`). A resumed
 * run first drops the rows that were written after its checkpoint.
 */
export function StatsHandler(folder: RunFolder): TrainHandler {
  const encoder = new TextEncoder()
  // Row by row: what a checkpoint stands for must be in the log before the checkpoint is.
  const log = (row: LogRow) => folder.append(logFiles.jsonLines, encoder.encode(toJsonLines([row])))
  return {
    attach(trainer) {
      trainer.on('started', async () => {
        const kept = (await readLog(folder)).filter((row) => row.step <= trainer.iteration)
        await folder.write(logFiles.jsonLines, encoder.encode(toJsonLines(kept)))
      })
      trainer.on('iterationCompleted', () => log(stepRow(trainer)))
      trainer.on('validated', () => log(validationRow(trainer)))
      const finish = async () => folder.write(logFiles.csv, encoder.encode(toCsv(await readLog(folder))))
      trainer.on('interrupted', finish)
      trainer.on('completed', finish)
    },
  }
}

/** The rows logged so far. */
export async function readLog(folder: RunFolder): Promise<LogRow[]> {
  const bytes = await folder.read(logFiles.jsonLines)
  return bytes ? fromJsonLines(new TextDecoder().decode(bytes)) : []
}
