import {
  DataError,
  decodeCheckpoint,
  didYouMean,
  MissingError,
  type BudgetOptions,
  type Checkpoint,
  isRecord,
} from 'volvox'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { nodeFiles } from '@volvox/node'
import type { Plan } from '../recipes/recipe.ts'
import type { LrScheduler } from './learningRate.ts'
import type { Transfer } from './transfer.ts'

/** What a training was started with; kept in its checkpoints. */
export interface RunConfig {
  readonly plan: Plan
  /** Absolute path of the data set. */
  readonly data: string
  readonly seed: number
  readonly budget: BudgetOptions
  /** Which weights learn, and how fast, when not all do alike. */
  readonly transfer?: Transfer | null
  /** How the learning rate goes, where not as the recipe has it. */
  readonly lrScheduler?: LrScheduler | null
  /** Version that trained. */
  readonly volvox: string
}

export interface TrainedModel {
  readonly file: string
  readonly checkpoint: Checkpoint
  readonly config: RunConfig
}

/** Reads a checkpoint: a file, or `last` (or `best`) of a run folder. */
export function readModel(path: string, which: 'last' | 'best' = 'last'): TrainedModel {
  const file = existsSync(path) && statSync(path).isDirectory() ? inFolder(path, which) : path
  const checkpoint = decodeCheckpoint(nodeFiles.read(file), file)
  return { file, checkpoint, config: runConfig(checkpoint.config, file) }
}

function inFolder(folder: string, which: string): string {
  const file = join(folder, `${which}.safetensors`)
  if (existsSync(file)) return file
  const there = readdirSync(folder).filter((name) => name.endsWith('.safetensors'))
  const hint = didYouMean(`${which}.safetensors`, there)
  throw new MissingError(
    folder,
    `there is no ${which}.safetensors in it; ${there.length === 0 ? 'give the --out folder of a training' : `it has ${hint ?? there.join(', ')}`}`,
  )
}

/** What a checkpoint says of its training; `file` is named in errors. */
export function runConfig(config: Readonly<Record<string, unknown>>, file: string): RunConfig {
  const { plan: written, data, seed, budget } = config
  if (!isRecord(written) || typeof data !== 'string' || typeof seed !== 'number' || !isRecord(budget))
    throw new DataError(file, 'was not written by volvox train; give a checkpoint that was')
  const plan: Record<string, unknown> = { precision: 'float32', ...written } // older checkpoints say nothing of it
  const missing = planKeys.filter((key) => plan[key] === undefined)
  if (missing.length > 0)
    throw new DataError(
      file,
      `its plan lacks ${missing.join(', ')} (it was written by Volvox ${String(config.volvox)}); train again with this version`,
    )
  return { ...config, plan } as unknown as RunConfig // its parts were just looked at; the plan's are checked when they are built
}

const planKeys = Object.keys({
  recipe: 0,
  classes: 0,
  preprocessing: 0,
  augmentation: 0,
  network: 0,
  loss: 0,
  optimizer: 0,
  warmup: 0,
  ema: 0,
  clipNorm: 0,
  precision: 0,
  batchSize: 0,
  patchSize: 0,
  inference: 0,
  postprocessing: 0,
} satisfies Record<keyof Plan, 0>)
