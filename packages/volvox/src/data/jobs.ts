import { DataError } from '../core/errors.ts'
import type { Dataset, SampleStream } from './datasets/dataset.ts'
import type { Sampler } from './samplers.ts'
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
  /** The items themselves, where they come from a stream. */
  readonly items?: readonly unknown[]
}

interface Plan {
  readonly dataset: Dataset | SampleStream
  /** Null for a stream. */
  readonly sampler: Sampler | null
  readonly batchSize: number
  readonly dropLast: boolean
  readonly seed: number
  /** Called before the first job of an epoch. */
  prepare(epoch: number): Promise<void>
}

interface PlacedJob {
  readonly job: BatchJob
  readonly next: LoaderPosition
}

/** The jobs from a position on, epoch after epoch. Each depends on its position and the seed alone. */
export async function* jobsOf(
  plan: Plan,
  start: LoaderPosition,
  epochs: number,
): AsyncGenerator<PlacedJob, void, void> {
  for (let epoch = start.epoch; epoch < epochs; epoch++) {
    await plan.prepare(epoch)
    const first = epoch === start.epoch ? start.batch : 0
    const groups = plan.sampler ? plan.sampler.order(epoch) : numbered(plan.dataset, epoch, plan.seed)
    // One batch is held back, since only the one after it tells whether it is the last of its epoch.
    let held: BatchJob | null = null
    let batch = 0
    for await (const group of inGroups<number | Numbered>(groups, plan.batchSize, plan.dropLast)) {
      if (batch >= first) {
        if (held) yield { job: held, next: { epoch, batch } }
        held = jobFor(group, group.map((_, i) => seedFrom(plan.seed, epoch, batch * plan.batchSize + i))) // prettier-ignore
      }
      batch++
    }
    if (batch === 0)
      throw new DataError(
        'DataLoader',
        `epoch ${epoch} of the data set has no batch; give more items or a smaller batch`,
      )
    if (held) yield { job: held, next: { epoch: epoch + 1, batch: 0 } }
  }
}

/** An item of a stream, and its number. */
interface Numbered {
  readonly index: number
  readonly item: unknown
}

function jobFor(group: readonly (number | Numbered)[], seeds: readonly number[]): BatchJob {
  const indices = group.map((one) => (typeof one === 'number' ? one : one.index))
  const items = group.flatMap((one) => (typeof one === 'number' ? [] : [one.item]))
  return items.length > 0 ? { indices, seeds, items } : { indices, seeds }
}

async function* numbered(
  dataset: Dataset | SampleStream,
  epoch: number,
  seed: number,
): AsyncGenerator<Numbered, void, void> {
  if (!('items' in dataset)) return
  let index = 0
  for await (const item of dataset.items(epoch, seedFrom(seed, epoch))) yield { index: index++, item }
}

async function* inGroups<T>(
  all: Iterable<T> | AsyncIterable<T>,
  size: number,
  dropLast: boolean,
): AsyncGenerator<readonly T[], void, void> {
  let group: T[] = []
  for await (const one of all) {
    group.push(one)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0 && !dropLast) yield group
}
