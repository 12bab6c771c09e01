import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { checkpointFiles, loadDecathlonProperties, OptionError, type BudgetOptions } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { chooseExecutor, type ExecutorName } from '../executors.ts'
import type { Io } from '../io.ts'
import { inPrecision, type PrecisionName } from '../precision.ts'
import { counted, duration, share } from '../progressBar.ts'
import { recipeNamed } from '../recipes/index.ts'
import { version } from '../version.ts'
import { partsOf } from './model.ts'
import { readModel, type RunConfig } from './runConfig.ts'
import { lrSchedulerOf } from './learningRate.ts'
import { paramGroupsOf, pretrainedFrom, transferOf } from './transfer.ts'
import { train, type TrainingResult } from './train.ts'

export interface StartOptions {
  readonly data: string | null
  readonly recipe: string
  readonly out: string
  readonly budget: BudgetOptions
  readonly resume: boolean
  /** Checkpoint to take weights from. */
  readonly init?: string | null
  /** Where in it they are, and other names for them (`pretrainedFrom`). */
  readonly initKey?: string | null
  readonly initMap?: readonly string[]
  /** Weights that stay as they are, and factors on the learning rate of others (`transferOf`). */
  readonly freeze?: readonly string[]
  readonly lrScale?: readonly string[]
  /** How the learning rate goes (`lrSchedulerOf`); as the recipe has it when null. */
  readonly lrScheduler?: string | null
  readonly seed: number
  readonly workers: number
  readonly executor: ExecutorName | null
  readonly threads: number | null
  /** The recipe's or, with `resume`, the run's when null. */
  readonly precision: PrecisionName | null
  /** Whether activations are computed again in the backward pass, to save memory. */
  readonly recompute?: boolean
  /** Steps whose operations are timed. */
  readonly profileSteps?: number | null
}

/** What a training gives when none is asked for. */
const usualMinutes = 20

/** Starts a training or goes on with one, and says what came of it. */
export async function startTraining(options: StartOptions, io: Io): Promise<TrainingResult> {
  const { out, resume, workers, threads, recompute, profileSteps } = options
  const config = resume ? resumedConfig(options) : newConfig(options)
  const executor = await chooseExecutor(options.executor, io)
  const { classes, network: planned, precision } = config.plan
  const { network, optimizer } = partsOf(config.plan)
  paramGroupsOf(network, optimizer, config.transfer ?? null) // says what is wrong with patterns before data are read
  io.note(
    `Training ${String(planned._target_)} for ${classes.slice(1).join(', ')} on ${executor.name}${precision === 'bfloat16' ? ' in bfloat16' : ''}, ${budgetText(config.budget)}. Run folder: ${shownPath(out)}`,
  )
  const { init = null, initKey: key = null, initMap: map = [] } = options
  if (init === null && (key !== null || map.length > 0))
    throw new OptionError('train --init', 'is missing; give the checkpoint that --init-key and --init-map are about')
  const pretrained = init === null ? undefined : pretrainedFrom({ file: init, key, map }, network, io)
  const running = { config, out, resume, executor, workers, threads, recompute, pretrained, profileSteps }
  const result = await train(running, io)
  const dice = result.metrics.Dice
  io.note(
    `${counted(result.steps, 'step')} in ${duration(result.seconds)}, of which ${share(result.waitedSeconds, result.seconds)} were spent waiting for data${dice === undefined ? '' : `; mean Dice ${dice.toFixed(4)} on the validation cases`}.`,
  )
  if (result.interrupted) io.note(`Saved. To go on: volvox train --out ${shownPath(out)} --resume`)
  return result
}

function newConfig(options: StartOptions): RunConfig {
  const { data, recipe, out, budget, seed, precision, freeze = [], lrScale = [], lrScheduler = null } = options
  if (data === null)
    throw new OptionError('train --data', 'is missing; give a data set, or --resume to go on with a run')
  if (existsSync(join(out, checkpointFiles.last)))
    throw new OptionError(
      'train --out',
      `${out} already holds a training; add --resume to go on with it, or choose another folder`,
    )
  const plan = inPrecision(recipeNamed(recipe).plan(loadDecathlonProperties(data, nodeFiles)), precision)
  return {
    plan,
    data: resolve(data),
    seed,
    budget: oneBudget(budget) ?? { maxMinutes: usualMinutes },
    transfer: transferOf(freeze, lrScale),
    lrScheduler: lrSchedulerOf(lrScheduler),
    volvox: version,
  }
}

/** What the run was started with; data may have moved, budget and precision may be others. */
function resumedConfig(options: StartOptions): RunConfig {
  const { data, out, budget, precision, init, freeze = [], lrScale = [], lrScheduler } = options
  if (init != null || lrScheduler != null || freeze.length + lrScale.length > 0)
    throw new OptionError(
      'train --resume',
      'goes on with the weights and rates that the run was started with; leave out --init, --freeze, --lr-scale and --lr-scheduler',
    )
  const { config } = readModel(out)
  return {
    ...config,
    plan: inPrecision(config.plan, precision),
    data: data === null ? config.data : resolve(data),
    budget: oneBudget(budget) ?? config.budget,
  }
}

function oneBudget(budget: BudgetOptions): BudgetOptions | null {
  const given = Object.entries(budget).filter(([, amount]) => amount !== null && amount !== undefined)
  if (given.length > 1)
    throw new OptionError('train', 'more than one of --minutes, --steps and --epochs is given; give one')
  return given.length === 0 ? null : Object.fromEntries(given)
}

function budgetText({ maxMinutes, maxSteps, maxEpochs }: BudgetOptions): string {
  if (maxMinutes != null) return `for ${duration(60 * maxMinutes)}`
  return `for ${maxSteps != null ? counted(maxSteps, 'step') : counted(maxEpochs ?? 0, 'epoch')}`
}

/** Relative to where the command runs, when it is below it. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), resolve(path))
  return short.startsWith('..') ? path : short
}
