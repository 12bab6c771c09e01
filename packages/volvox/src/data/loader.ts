import { OptionError } from '../core/errors.ts'
import { anything, bool, count, instance, int, nonNegative, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { listDataCollate, type Collate, type SampleBatch } from './collate.ts'
import type { Dataset, SampleStream } from './datasets/dataset.ts'
import { batchOf } from './datasets/rebuild.ts'
import { isDataset } from './datasets/zip.ts'
import { jobsOf, type LoaderPosition } from './jobs.ts'
import { startedAhead } from './startedAhead.ts'
import { samplerKind, shuffledSampler, type Sampler } from './samplers.ts'
import { chosenWorkers, workerOptions, type BatchMaker } from './workers.ts'

const datasetKind = instance<Dataset | SampleStream>(
  'a data set, e.g. Dataset({ data, transform })',
  (value) => isDataset(value) || (typeof value === 'object' && value !== null && 'through' in value),
)

const schema = {
  dataset: datasetKind.req('What gives the samples.'),
  batchSize: count.opt('Items per batch.', 1),
  shuffle: bool.opt('A new order every epoch.', false),
  sampler: samplerKind.opt('Which items an epoch has, in which order; in place of `shuffle`.', null),
  dropLast: bool.opt('Leave out the last batch of an epoch when it is not full.', false),
  seed: int.opt(
    'Decides order and random transforms; the same seed gives the same batches, whatever the number of workers.',
    0,
  ),
  ...workerOptions,
  collate: instance<Collate>('a function', (value) => typeof value === 'function').opt(
    'Puts samples together; with workers one of ours, such as PadListDataCollate.',
    listDataCollate,
    { alias: 'collate_fn' },
  ),
  pinMemory: anything.opt('Kept for configs of MONAI; no effect.', false),
  persistentWorkers: anything.opt('Kept for configs of MONAI; workers live until `dispose`.', false),
  prefetchFactor: count.opt('With `numWorkers`: batches that each thread has in hand or ready; 2 when null.', null),
  timeout: nonNegative.opt(
    'With `numWorkers`: seconds after which a thread that has not finished a batch is ended and replaced; 0 waits without end.',
    0,
  ),
}

export type DataLoaderOptions = Given<typeof schema>

/** Batches of a data set. */
export interface DataLoader extends AsyncIterable<SampleBatch> {
  /** Batches per epoch; infinite for a stream, whose end nobody knows. */
  readonly length: number
  readonly dataset: Dataset | SampleStream
  /** The batches of one epoch. */
  epoch(epoch: number): AsyncGenerator<SampleBatch, void, void>
  /** Epoch after epoch from a position, without end or until `epochs` are done; each batch with the position after it. */
  from(position: LoaderPosition, epochs?: number): AsyncGenerator<PlacedBatch, void, void>
  /** Ends the threads, and what the data set does in the background. */
  dispose(): Promise<void>
}

/** A batch, and where to go on after it. */
export interface PlacedBatch {
  readonly batch: SampleBatch
  readonly next: LoaderPosition
}

/** Batches of a data set or stream (PyTorch and MONAI `DataLoader`), made ahead of their use where there are workers. */
export const DataLoader: Component & ((given: DataLoaderOptions) => DataLoader) = Object.assign(
  (given: DataLoaderOptions) => loaderOf(parseOptions('DataLoader', schema, given)),
  { componentName: 'DataLoader', schema },
)

function loaderOf(options: ReturnType<typeof parseOptions<typeof schema>>): DataLoader {
  const { dataset, batchSize, dropLast, seed, collate } = options
  const sampler = 'through' in dataset ? null : samplerFor(dataset, options)
  const length = !sampler ? Infinity : (dropLast ? Math.floor : Math.ceil)(sampler.length / batchSize)
  if (length === 0)
    throw new OptionError(
      'DataLoader.dataset',
      `${sampler?.length} items make no batch of ${batchSize}${dropLast ? ' with dropLast' : ''}; give more items or a smaller batchSize`,
    )

  let source: BatchMaker | null = null
  const opened = (): BatchMaker =>
    (source ??=
      chosenWorkers(options, { prefetchFactor: options.prefetchFactor ?? undefined, timeout: options.timeout })?.(
        dataset.describe(),
        collate,
      ) ?? inProcess(dataset, collate))
  const prepare = async (epoch: number): Promise<void> => {
    const changed = 'prepare' in dataset && (await dataset.prepare?.(epoch))
    if (changed) source?.update(dataset.describe())
  }

  async function* from(position: LoaderPosition, epochs = Infinity): AsyncGenerator<PlacedBatch, void, void> {
    const jobs = jobsOf({ dataset, sampler, batchSize, dropLast, seed, prepare }, position, epochs)
    const started = startedAhead(
      jobs,
      () => opened().ahead,
      ({ job }) => opened().load(job),
    )
    for await (const [{ next }, batch] of started) yield { batch: await batch, next }
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
      if ('dispose' in dataset) await dataset.dispose?.()
    },
  }
}

function samplerFor(
  dataset: Dataset,
  { sampler, shuffle, seed }: { sampler: Sampler | null; shuffle: boolean; seed: number },
): Sampler {
  if (sampler && shuffle)
    throw new OptionError('DataLoader.shuffle', 'cannot be had beside a sampler, which gives the order; leave one out')
  return sampler ?? shuffledSampler(dataset.length, shuffle, seed)
}

/** Makes the batches of a job in this thread, when they are asked for. */
function inProcess(dataset: Dataset | SampleStream, collate: Collate): BatchMaker {
  return {
    ahead: 1,
    load: async (job) => batchOf(dataset, job, collate),
    update: () => {}, // the data set is read as it is
    dispose: async () => {},
  }
}
