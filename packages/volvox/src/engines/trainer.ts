import { DataError } from '../core/errors.ts'
import type { SampleBatch } from '../data/collate.ts'
import type { LoaderPosition } from '../data/jobs.ts'
import type { DataLoader } from '../data/loader.ts'
import { seedFrom } from '../data/seeds.ts'
import { budgetOf, fractionOf, totalSteps, type Budget, type BudgetOptions } from './budget.ts'
import type { Checkpoint } from './checkpoint.ts'
import { Events } from './events.ts'
import type { Learner } from './learner.ts'

export type TrainerEvent =
  | 'started'
  | 'epochStarted'
  | 'iterationStarted'
  | 'iterationCompleted'
  | 'epochCompleted'
  /** After all else about a step is done: where checkpoints are taken, so that a resumed run misses nothing of it. */
  | 'settled'
  | 'validated'
  | 'interrupted'
  | 'completed'

/** Something that watches or steers a run (a MONAI handler). */
export interface TrainHandler {
  attach(trainer: SupervisedTrainer): void
}

/** What a handler wants kept in checkpoints. */
export interface Remembering {
  remember(): unknown
  recall(remembered: unknown): void
}

export interface SupervisedTrainerOptions extends BudgetOptions {
  readonly learner: Learner
  readonly trainDataLoader: DataLoader
  /** The learner's own unless given; an LrScheduleHandler changes it from step to step. */
  readonly learningRate?: number
  readonly trainHandlers?: readonly TrainHandler[]
  /** Decides what steps draw; give the loader's. */
  readonly seed?: number
  /** Goes into checkpoints: what was trained. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Seconds; for tests. */
  readonly clock?: () => number
}

/**
 * Trains on the batches of a loader until the budget is spent (MONAI `SupervisedTrainer`). Everything beside the
 * steps themselves is done by handlers.
 */
export class SupervisedTrainer extends Events<TrainerEvent, SupervisedTrainer> {
  readonly learner: Learner
  readonly loader: DataLoader
  readonly budget: Budget
  readonly seed: number
  readonly config: Readonly<Record<string, unknown>>
  /** Batches per epoch. */
  readonly epochLength: number

  /** Completed steps. */
  iteration = 0
  /** Where the loader goes on. */
  position: LoaderPosition = { epoch: 0, batch: 0 }
  /** Of the next step. */
  learningRate: number
  /** The batch of the current step. */
  batch: SampleBatch | null = null
  /** What the last step found. */
  output: Readonly<Record<string, number>> = {}
  /** Seconds that the last step waited for its batch. */
  lastWaitSeconds = 0
  /** Seconds of waiting for batches, over all sessions of a resumed run. */
  waitedSeconds = 0
  /** Latest validation metrics. */
  metrics: Readonly<Record<string, number>> = {}

  private readonly remembering = new Map<string, Remembering>()
  private readonly clock: () => number
  private elapsedBefore = 0
  private startedAt: number | null = null
  private stopping: 'no' | 'stop' | 'interrupt' = 'no'

  constructor(options: SupervisedTrainerOptions) {
    super()
    this.learner = options.learner
    this.loader = options.trainDataLoader
    this.budget = budgetOf(options, 'SupervisedTrainer')
    this.seed = options.seed ?? 0
    this.config = options.config ?? {}
    this.epochLength = options.trainDataLoader.length
    this.learningRate = options.learningRate ?? options.learner.learningRate
    this.clock = options.clock ?? (() => performance.now() / 1000)
    for (const handler of options.trainHandlers ?? []) handler.attach(this)
  }

  /** Completed epochs. */
  get epoch(): number {
    return this.position.epoch
  }

  /** Seconds of running, over all sessions of a resumed run. */
  get elapsedSeconds(): number {
    return this.elapsedBefore + (this.startedAt === null ? 0 : this.clock() - this.startedAt)
  }

  /** Share of the budget that is spent, 0 to 1. */
  get fraction(): number {
    return fractionOf(this.budget, this)
  }

  /** Steps of the whole run; null when time decides. */
  get maxIterations(): number | null {
    return totalSteps(this.budget, this.epochLength)
  }

  /** Seconds until the budget is spent, at the present pace; null before the first step. */
  get remainingSeconds(): number | null {
    if (this.budget.kind === 'minutes') return Math.max(0, this.budget.amount * 60 - this.elapsedSeconds)
    return this.fraction > 0 ? (this.elapsedSeconds / this.fraction) * (1 - this.fraction) : null
  }

  /** Ends the run after the present step, as if the budget were spent. */
  stop(): void {
    this.stopping = 'stop'
  }

  /** Ends the run after the present step, to be resumed later. */
  interrupt(): void {
    this.stopping = 'interrupt'
  }

  get interrupted(): boolean {
    return this.stopping === 'interrupt'
  }

  /** Has checkpoints keep what a handler remembers, under `name`. */
  remembers(name: string, handler: Remembering): void {
    this.remembering.set(name, handler)
  }

  /** Trains from where it stands until the budget is spent or it is told to stop. */
  async run(): Promise<void> {
    this.startedAt = this.clock()
    this.stopping = 'no'
    try {
      await this.fire('started', this)
      if (this.fraction < 1) await this.steps()
      await this.fire(this.interrupted ? 'interrupted' : 'completed', this)
    } finally {
      this.elapsedBefore = this.elapsedSeconds
      this.startedAt = null
    }
  }

  private async steps(): Promise<void> {
    let asked = this.clock()
    for await (const { batch, next } of this.loader.from(this.position)) {
      this.lastWaitSeconds = this.clock() - asked
      this.waitedSeconds += this.lastWaitSeconds
      if (this.position.batch === 0) await this.fire('epochStarted', this)
      await this.step(batch, next)
      if (next.batch === 0) await this.fire('epochCompleted', this)
      await this.fire('settled', this)
      if (this.stopping !== 'no' || this.fraction >= 1) return
      asked = this.clock()
    }
  }

  private async step(batch: SampleBatch, next: LoaderPosition): Promise<void> {
    this.batch = batch
    await this.fire('iterationStarted', this)
    this.output = await this.learner.step(batch, {
      step: this.iteration + 1,
      learningRate: this.learningRate,
      seed: seedFrom(this.seed, this.iteration),
    })
    this.batch = null
    this.iteration++
    this.position = next
    if (!Number.isFinite(this.output.loss))
      throw new DataError(
        `training step ${this.iteration}`,
        `the loss is ${this.output.loss}; lower the learning rate (now ${this.learningRate.toPrecision(3)}) or look for damaged images`,
      )
    await this.fire('iterationCompleted', this)
  }

  /** The run at this moment. */
  async checkpoint(): Promise<Checkpoint> {
    const handlers = Object.fromEntries([...this.remembering].map(([name, handler]) => [name, handler.remember()]))
    const { iteration, position, elapsedSeconds, waitedSeconds, seed, metrics } = this
    return {
      tensors: await this.learner.read(),
      progress: { iteration, position, elapsedSeconds, waitedSeconds, seed, metrics, handlers },
      config: this.config,
    }
  }

  /** Goes back to a checkpoint; `run` then continues as if it had never stopped. */
  async restore({ tensors, progress }: Checkpoint): Promise<void> {
    if (progress.seed !== this.seed)
      throw new DataError(
        'resume',
        `the run was started with seed ${progress.seed}, not ${this.seed}; resume it with the same seed`,
      )
    await this.learner.write(tensors)
    this.iteration = progress.iteration
    this.position = progress.position
    this.elapsedBefore = progress.elapsedSeconds
    this.waitedSeconds = progress.waitedSeconds ?? 0
    this.metrics = progress.metrics
    for (const [name, handler] of this.remembering)
      if (name in progress.handlers) handler.recall(progress.handlers[name])
  }
}
