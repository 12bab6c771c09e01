import { DataError, OptionError } from '../../core/errors.ts'
import { anything, bool, int, parseOptions, probability, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { RandomState } from '../../rng/index.ts'
import { stepsOf } from '../pipeline.ts'
import { chosenWorkers, type BatchSource, type StartWorkers } from '../workers.ts'
import { cacheOptions, cacheSize, fill, keptOf } from './cache.ts'
import type { Dataset } from './dataset.ts'
import { fixedSteps, itemDataset } from './items.ts'

const { numWorkers, ...kept } = cacheOptions
const schema = {
  ...kept,
  replaceRate: probability
    .where((x) => x > 0, 'a share above 0')
    .opt('Share of the cache that is replaced after each epoch.', 0.1),
  numInitWorkers: numWorkers,
  numReplaceWorkers: numWorkers,
  shuffle: bool.opt('Put the items in a random order before the first epoch.', true),
  seed: int.opt('Seed of that order.', 0),
  runtimeCache: anything.opt('Kept for configs of MONAI; no effect.', false),
}

/** A data set of a window of the items that moves on with the epochs. */
export interface SmartCache extends Dataset {
  /** The place in `data` of each item in the window of an epoch. */
  windowAt(epoch: number): readonly number[]
}

/**
 * A cache that holds a part of the items, moving on by `replaceRate` of it after each epoch while the next ones are made in the
 * background (MONAI `SmartCacheDataset`). A `DataLoader` moves it by itself; the window of an epoch depends on its number alone, so a
 * run that is taken up again sees the same items.
 */
export const SmartCacheDataset: Component & ((given: Given<typeof schema>) => Promise<SmartCache>) = Object.assign(
  async (given: Given<typeof schema>) => {
    const options = parseOptions('SmartCacheDataset', schema, given)
    const order = shuffled(options)
    const data = order.map((i) => options.data[i])
    const size = cacheSize(options, data.length)
    if (size === 0)
      throw new OptionError('SmartCacheDataset.cacheNum', `leaves no item of ${data.length} in the cache; give more`)
    const step = Math.min(Math.ceil(size * options.replaceRate), data.length - size)
    const windowAt = (epoch: number) => Array.from({ length: size }, (_, i) => (epoch * step + i) % data.length)
    const cache = new MovingCache({ ...options, data })
    await cache.make(windowAt(0), chosenWorkers({ ...options, numWorkers: options.numInitWorkers }), true)
    await cache.rest()
    const replacing = chosenWorkers({ ...options, numWorkers: options.numReplaceWorkers })
    let window = windowAt(0)
    let current = cache.dataset(window)
    return {
      length: size,
      windowAt: (epoch: number) => windowAt(epoch).map((i) => order[i]),
      get: (index: number, seed?: number) => current.get(index, seed),
      result: (index: number, seed?: number) => current.result(index, seed),
      describe: () => current.describe(),
      async prepare(epoch: number) {
        const next = windowAt(epoch)
        const moved = next[0] !== window[0]
        await cache.make(next, replacing)
        if (moved) {
          window = next
          current = cache.dataset(next)
        }
        cache.keepOnly([...next, ...windowAt(epoch + 1)])
        cache.makeLater(windowAt(epoch + 1), replacing)
        return moved
      },
      dispose: () => cache.rest(),
    }
  },
  { componentName: 'SmartCacheDataset', schema },
)

type CacheOptions = Parameters<typeof fill>[1] & Parameters<typeof keptOf>[0]

/** Results by item; those that are missing are made, now or in the background. */
class MovingCache {
  private readonly samples = new Map<number, unknown>()
  private readonly options: CacheOptions
  private readonly kept: Dataset
  /** The threads that make results; they live from one epoch to the next. */
  private source: BatchSource | null = null
  private later: Promise<void> = Promise.resolve()

  constructor(options: CacheOptions) {
    this.options = options
    this.kept = keptOf(options)
  }

  /**
   * Makes the results that are missing; waits for those that are being made, and makes those anew that failed. With `besides` this
   * thread works too.
   */
  async make(indices: readonly number[], workers: StartWorkers | null, besides = false): Promise<void> {
    await this.later.catch(() => {})
    const missing = indices.filter((i) => !this.samples.has(i))
    if (missing.length === 0) return
    const threads = () => (this.source ??= workers?.(this.kept.describe(), undefined, { besides }) ?? null)
    const makers = { dataset: this.kept, threads, besides }
    await fill('SmartCacheDataset', this.options, makers, missing, (sample, i) => this.samples.set(missing[i], sample))
  }

  /** Begins to make them; what goes wrong is told when they are needed. */
  makeLater(indices: readonly number[], workers: StartWorkers | null): void {
    this.later = this.make(indices, workers)
    this.later.catch(() => {})
  }

  /** Ends the threads, which start again when there is something to make. */
  async rest(): Promise<void> {
    const { source } = this
    this.source = null
    await source?.dispose()
    await this.later.catch(() => {})
  }

  keepOnly(indices: readonly number[]): void {
    const wanted = new Set(indices)
    const dropped = [...this.samples.keys()].filter((i) => !wanted.has(i))
    for (const i of dropped) this.samples.delete(i)
    if (dropped.length > 0) this.source?.collect()
  }

  /** The data set of some items, all of which are here. */
  dataset(indices: readonly number[]): Dataset {
    const steps = stepsOf(this.options.transform)
    const samples = indices.map((i) => {
      if (!this.samples.has(i)) throw new DataError('SmartCacheDataset', `the result of item ${i} is not there`)
      return this.samples.get(i)
    })
    const data = indices.map((i) => this.options.data[i])
    const slots = indices.map((_, slot) => slot)
    return itemDataset({ data, steps, kept: { where: 'memory', done: fixedSteps(steps), samples, slots } })
  }
}

/** The places of the items in the order of the first epoch, as MONAI draws it. */
function shuffled({ data, shuffle, seed }: { data: readonly unknown[]; shuffle: boolean; seed: number }): number[] {
  const order = data.map((_, i) => i)
  if (shuffle) new RandomState(seed).shuffle(order)
  return order
}
