import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkpointFiles, logFiles, MissingError } from 'volvox'
import { Interrupted } from '../command.ts'
import type { ExecutorName } from '../executors.ts'
import type { Io } from '../io.ts'
import type { PrecisionName } from '../precision.ts'
import { startEvaluation } from './startEvaluation.ts'
import { startTraining } from './start.ts'

export interface DemoOptions {
  readonly data: string | null
  readonly out: string
  readonly minutes: number
  readonly seed: number
  readonly executor: ExecutorName | null
  readonly threads: number | null
  readonly precision: PrecisionName | null
}

/** Trains and evaluates on the shipped sample. */
export async function startDemo(options: DemoOptions, io: Io): Promise<void> {
  const { data, out, minutes, seed, executor, threads, precision } = options
  const sample = data ?? sampleData()
  // Only what a run leaves behind: the folder may hold other things.
  for (const name of [...Object.values(checkpointFiles), ...Object.values(logFiles), 'tensorboard', 'evaluation'])
    rmSync(join(out, name), { recursive: true, force: true })
  io.print(
    '20 MRIs of the hippocampus (Medical Segmentation Decathlon, CC BY-SA 4.0): 16 to learn from, 4 to be judged by.',
  )
  const training = await startTraining(
    {
      data: sample,
      recipe: 'hippocampus',
      out,
      budget: { maxMinutes: minutes },
      resume: false,
      seed,
      workers: 1,
      executor,
      threads,
      precision,
    },
    io,
  )
  if (training.interrupted) throw new Interrupted()
  const { report } = await startEvaluation(
    {
      model: out,
      data: null,
      list: 'validation',
      checkpoint: 'last',
      flips: true,
      out: null,
      executor,
      threads,
      precision,
      json: false,
    },
    io,
  )
  io.print(`Open it in a browser: ${opener()} ${report}`)
}

function sampleData(): string {
  const inRepository = fileURLToPath(new URL('../../../../examples/data/hippocampus', import.meta.url))
  if (existsSync(join(inRepository, 'dataset.json'))) return inRepository
  throw new MissingError(
    'demo --data',
    `the sample data is not at ${resolve(inRepository)}; give a Decathlon data set with --data`,
  )
}

function opener(): string {
  return process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'start' : 'xdg-open'
}
