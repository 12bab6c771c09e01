import {
  AsDiscreted,
  CacheDataset,
  CheckpointSaver,
  checkSegmentation,
  DataLoader,
  DiceMetric,
  ProgressHandler,
  StatsHandler,
  SupervisedEvaluator,
  SupervisedTrainer,
  TensorBoardStatsHandler,
  useFiles,
  ValidationHandler,
  type Dataset,
  type Model,
  type Pipeline,
  type Sample,
} from 'volvox'
import { keepFreedMemory, nodeFiles, nodeWorkers, runFolder } from '@volvox/node'
import type { Executor, Tensors } from 'volvox/graph'
import type { Io } from '../io.ts'
import { countLine, progressLine } from '../progressBar.ts'
import type { Plan } from '../recipes/recipe.ts'
import { loadCases } from './cases.ts'
import { rateHandler } from './learningRate.ts'
import { openPlanned } from './model.ts'
import { augmentationOf, infererFor, preprocessingOf } from './predict.ts'
import { ProfileHandler, warmUpSteps } from './profiling.ts'
import { readModel, type RunConfig } from './runConfig.ts'

export interface TrainingOptions {
  readonly config: RunConfig
  /** Run folder. */
  readonly out: string
  readonly resume: boolean
  readonly executor: Executor
  readonly workers: number
  readonly threads: number | null
  /** Seconds between checkpoints; what a killed run loses at most. */
  readonly saveSeconds?: number
  /** Whether activations are computed again in the backward pass; they are kept unless given. */
  readonly recompute?: boolean
  /** Weights to begin with where they are there. */
  readonly pretrained?: Tensors
  /** Steps whose operations are timed; none unless given. */
  readonly profileSteps?: number | null
}

export interface TrainingResult {
  readonly interrupted: boolean
  readonly steps: number
  readonly seconds: number
  /** Of these, spent waiting for batches. */
  readonly waitedSeconds: number
  readonly metrics: Readonly<Record<string, number>>
}

/** Validations during a run; each costs about as much as 50 training steps. */
const validations = 4

/** Trains as configured and leaves checkpoints, logs and TensorBoard files in the run folder. */
export async function train(
  {
    config,
    out,
    resume,
    executor,
    workers,
    threads,
    recompute,
    pretrained,
    saveSeconds = 60,
    profileSteps = null,
  }: TrainingOptions,
  io: Io,
): Promise<TrainingResult> {
  useFiles(nodeFiles)
  const { plan, seed } = config
  const cases = loadCases(config.data)
  if (cases.remark) io.note(cases.remark)
  const batchSize = Math.min(plan.batchSize, cases.training.length)
  const preprocessing = preprocessingOf(plan)
  const dataset = await cached('training cases', cases.training, [...preprocessing, ...augmentationOf(plan)], plan, io)
  const loader = DataLoader({ dataset, batchSize, shuffle: true, dropLast: true, seed, workers: nodeWorkers(workers) })
  const validation = await cached('validation cases', cases.validation, preprocessing, plan, io)
  const profile = profileSteps !== null && { skip: warmUpSteps }
  const { transfer } = config
  const planned = { executor, threads, seed, batchSize, recompute, pretrained, transfer, profile }
  keepFreedMemory()
  const model = await openPlanned(plan, planned, io)
  try {
    const trainer = trainerFor({ config, model, loader, validation, out, saveSeconds, profileSteps }, io)
    if (resume) await trainer.restore(readModel(out).checkpoint)
    const release = io.onInterrupt(() => {
      io.note('Finishing this step, then saving. Ctrl-C again to end at once.')
      trainer.interrupt()
    })
    try {
      await trainer.run()
    } finally {
      release()
      io.settle()
    }
    return {
      interrupted: trainer.interrupted,
      steps: trainer.iteration,
      seconds: trainer.elapsedSeconds,
      waitedSeconds: trainer.waitedSeconds,
      metrics: trainer.metrics,
    }
  } finally {
    await loader.dispose()
    await model.dispose()
  }
}

interface Parts {
  readonly config: RunConfig
  readonly model: Model
  readonly loader: DataLoader
  readonly validation: Dataset
  readonly out: string
  readonly saveSeconds: number
  readonly profileSteps: number | null
}

function trainerFor(
  { config, model, loader, validation, out, saveSeconds, profileSteps }: Parts,
  io: Io,
): SupervisedTrainer {
  const { plan, seed, budget } = config
  const folder = runFolder(out)
  const evaluator = new SupervisedEvaluator({
    predictor: model.windowPredictor,
    valDataLoader: DataLoader({ dataset: validation }),
    inferer: infererFor({ ...plan.inference, flips: false }),
    postprocessing: AsDiscreted({ keys: ['pred'], argmax: true }),
    metrics: { Dice: DiceMetric({ includeBackground: false, numClasses: plan.classes.length }) },
    classNames: plan.classes.slice(1),
  })
  return new SupervisedTrainer({
    learner: model.learner,
    trainDataLoader: loader,
    ...budget,
    seed,
    config: { ...config },
    trainHandlers: [
      ...(profileSteps === null
        ? []
        : [ProfileHandler({ session: model.session, program: 'learn', steps: profileSteps, folder, show: io.print })]),
      rateHandler(config.lrScheduler ?? null, plan.warmup),
      StatsHandler(folder),
      TensorBoardStatsHandler({ folder }),
      ProgressHandler((report) => io.progress(progressLine(report))),
      ValidationHandler({ interval: 1 / validations, unit: 'budget', validate: () => evaluator.run() }),
      CheckpointSaver({ folder, keyMetric: 'Dice', save: { interval: saveSeconds, unit: 'second' } }),
    ],
  })
}

/** A data set in memory, each case checked as it comes in. */
async function cached(
  what: string,
  data: readonly Sample[],
  transform: Pipeline,
  plan: Plan,
  io: Io,
): Promise<Dataset> {
  const values = plan.classes.map((_, value) => value)
  const dataset = await CacheDataset({
    data,
    transform,
    inspect: (sample, name) => checkSegmentation(sample, name, { values }),
    progress: (done, total) => io.progress(countLine(`loading ${what}`, done, total)),
  })
  io.settle()
  return dataset
}
