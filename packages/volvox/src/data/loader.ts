import { OptionError } from '../core/errors.ts'
import { RandomState } from '../rng/index.ts'
import { listDataCollate, type SampleBatch } from './collate.ts'
import type { Dataset, DatasetDescription } from './dataset.ts'
import { seedFrom } from './seeds.ts'

/** Where a loader stands: the next batch is number `batch` of epoch `epoch`, both from 0. */
export interface LoaderPosition {
  readonly epoch: number
  readonly batch: number
}

/** One batch to make: which items, and the seed of each one's random transforms. */
export interface BatchJob {
  readonly indices: readonly number[]
  readonly seeds: readonly number[]
}

/** Makes batches, possibly several at a time in other threads. */
export interface BatchSource {
  /** How many batches should be under way, so that none of its threads is idle. */
  readonly ahead: number
  load(job: BatchJob): Promise<SampleBatch>
  dispose(): Promise<void>
}

/** Starts threads that make batches of the described data set; `nodeWorkers(2)` of `@volvox/node` is one. */
export type StartWorkers = (dataset: DatasetDescription) => BatchSource

export interface DataLoaderOptions {
  readonly dataset: Dataset
  /** Items per batch. */
  readonly batchSize?: number
  /** A new order every epoch. */
  readonly shuffle?: boolean
  /** Leave out the last batch of an epoch when it is not full. */
  readonly dropLast?: boolean
  /** Decides order and random transforms; the same seed gives the same batches, whatever the number of workers. */
  readonly seed?: number
  /** Threads to run the transforms in; in this thread when null. */
  readonly workers?: StartWorkers | null
  /** Puts samples together; only without workers can it be another than `listDataCollate`. */
  readonly collate?: (samples: readonly ReturnType<Dataset['get']>[]) => SampleBatch
}

/** Batches of a data set (PyTorch and MONAI `DataLoader`). */
export interface DataLoader extends AsyncIterable<SampleBatch> {
  /** Batches per epoch. */
  readonly length: number
  readonly dataset: Dataset
  /** The batches of one epoch. */
  epoch(epoch: number): AsyncGenerator<SampleBatch, void, void>
  /** Epoch after epoch from a position, without end or until `epochs` are done; each batch with the position after it. */
  from(
    position: LoaderPosition,
    epochs?: number,
  ): AsyncGenerator<{ batch: SampleBatch; next: LoaderPosition }, void, void>
  dispose(): Promise<void>
}

export function DataLoader(options: DataLoaderOptions): DataLoader {
  const { dataset, batchSize = 1, shuffle = false, dropLast = false, seed = 0, workers = null, collate } = options
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new OptionError('DataLoader.batchSize', `${batchSize} does not fit; give a whole number of 1 or more`)
  if (workers && collate)
    throw new OptionError(
      'DataLoader.collate',
      'is a function, which worker threads cannot be given; leave it out or use no workers',
    )
  const length = dropLast ? Math.floor(dataset.length / batchSize) : Math.ceil(dataset.length / batchSize)
  if (length === 0)
    throw new OptionError(
      'DataLoader.dataset',
      `${dataset.length} items make no batch of ${batchSize}${dropLast ? ' with dropLast' : ''}; give more items or a smaller batchSize`,
    )

  let source: BatchSource | null = null
  const opened = (): BatchSource =>
    (source ??= workers ? workers(dataset.describe()) : inProcess(dataset, collate ?? listDataCollate))
  let orderOf = { epoch: -1, order: [] as number[] }

  const jobAt = ({ epoch, batch }: LoaderPosition): BatchJob => {
    if (orderOf.epoch !== epoch) orderOf = { epoch, order: epochOrder(dataset.length, seed, epoch, shuffle) }
    const start = batch * batchSize
    const indices = orderOf.order.slice(start, start + batchSize)
    return { indices, seeds: indices.map((_, i) => seedFrom(seed, epoch, start + i)) }
  }
  const after = ({ epoch, batch }: LoaderPosition): LoaderPosition =>
    batch + 1 < length ? { epoch, batch: batch + 1 } : { epoch: epoch + 1, batch: 0 }

  async function* from(
    position: LoaderPosition,
    epochs = Infinity,
  ): AsyncGenerator<{ batch: SampleBatch; next: LoaderPosition }, void, void> {
    const under: { promise: Promise<SampleBatch>; next: LoaderPosition }[] = []
    let ahead = position
    for (;;) {
      while (under.length < opened().ahead && ahead.epoch < epochs) {
        const next = after(ahead)
        const promise = opened().load(jobAt(ahead))
        promise.catch(() => {}) // reported when its turn comes; until then it is not "unhandled"
        under.push({ promise, next })
        ahead = next
      }
      const first = under.shift()
      if (!first) return
      yield { batch: await first.promise, next: first.next }
    }
  }

  async function* epochOf(epoch: number): AsyncGenerator<SampleBatch, void, void> {
    for await (const { batch } of from({ epoch, batch: 0 }, epoch + 1)) yield batch
  }

  let passes = 0
  return {
    length,
    dataset,
    epoch: epochOf,
    from,
    [Symbol.asyncIterator]: () => epochOf(passes++),
    async dispose() {
      await source?.dispose()
      source = null
    },
  }
}

/** The order of the items in an epoch: a permutation of the epoch's own. */
function epochOrder(length: number, seed: number, epoch: number, shuffle: boolean): number[] {
  const order = Array.from({ length }, (_, i) => i)
  if (shuffle) new RandomState(seedFrom(seed, epoch)).shuffle(order)
  return order
}

/** Makes the batches of a job in this thread, when they are asked for. */
function inProcess(
  dataset: Dataset,
  collate: (samples: readonly ReturnType<Dataset['get']>[]) => SampleBatch,
): BatchSource {
  return {
    ahead: 1,
    load: async ({ indices, seeds }) => collate(indices.map((index, i) => dataset.get(index, seeds[i]))),
    dispose: async () => {},
  }
}
