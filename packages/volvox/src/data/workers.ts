import { instance, int } from '../core/options.ts'
import type { Collate, SampleBatch } from './collate.ts'
import type { DatasetDescription } from './datasets/dataset.ts'
import type { BatchJob } from './jobs.ts'

/** Makes batches, possibly several at a time in other threads. */
export interface BatchMaker {
  /** How many batches should be under way, so that none of its threads is idle. */
  readonly ahead: number
  load(job: BatchJob): Promise<SampleBatch>
  /** Tells that the data set has changed; jobs from now on are for the new one. */
  update(dataset: DatasetDescription): void
  dispose(): Promise<void>
}

/** Other threads, which also make single results. */
export interface BatchSource extends BatchMaker {
  /** What the transforms make of one item, as it is, in memory that threads share. */
  result(index: number): Promise<unknown>
  /** Gives back shared memory that nobody uses any more, here and in the threads, where the platform does not do it in time. */
  collect(): void
}

/**
 * Starts threads that make batches of the described data set; `nodeWorkers(2)` of `@volvox/node` is one. With `besides` the caller
 * works like one of them, so that there is one thread less; null where none is left.
 */
export type StartWorkers = (
  dataset: DatasetDescription,
  collate?: Collate,
  how?: { readonly besides: boolean },
) => BatchSource | null

/** How threads work, where it is not left to the platform. */
export interface ThreadOptions {
  /** Batches that each thread has in hand or ready. */
  readonly prefetchFactor?: number
  /** Seconds after which a thread that has not finished a batch counts as dead; 0 waits without end. */
  readonly timeout?: number
}

type Starter = (count: number | null, options: ThreadOptions) => StartWorkers | null

let start: Starter | null = null

/** Makes `starter` what `numWorkers` starts its threads with, e.g. `nodeWorkers` of `@volvox/node`; null asks for one per core. */
export function useWorkers(starter: Starter): void {
  start = starter
}

export const workerOptions = {
  numWorkers: int
    .where((n) => n >= 0, 'a whole number of 0 or more')
    .nullable()
    .opt('Threads to run the transforms in, as `useWorkers` set up; 0 for this thread, null for one per core.', 0),
  workers: instance<StartWorkers>('what nodeWorkers gives', (value) => typeof value === 'function').opt(
    'Threads to run the transforms in, e.g. `nodeWorkers(2)`, in place of `numWorkers`.',
    null,
  ),
}

/** The threads that the options ask for; none where the platform has none, since results are the same without. */
export function chosenWorkers(
  options: { readonly workers: StartWorkers | null; readonly numWorkers: number | null },
  threads: ThreadOptions = {},
): StartWorkers | null {
  return options.workers ?? (options.numWorkers === 0 ? null : (start?.(options.numWorkers, threads) ?? null))
}
