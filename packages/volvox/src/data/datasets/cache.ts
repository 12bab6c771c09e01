import { OptionError } from '../../core/errors.ts'
import { currentFiles } from '../../core/files.ts'
import { isList } from '../../core/lists.ts'
import { bool, instance, nonNegative, parseOptions, probability, type Given, type Values } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { itemName, stepsOf } from '../pipeline.ts'
import { itemKey } from '../store/itemKey.ts'
import type { Sample } from '../../transforms/sample.ts'
import { chosenWorkers, workerOptions, type BatchSource } from '../workers.ts'
import type { Dataset } from './dataset.ts'
import { filled, type Makers } from './fill.ts'
import { fixedSteps, itemDataset, itemOptions } from './items.ts'

export const cacheOptions = {
  ...itemOptions,
  cacheNum: nonNegative.opt('At most so many items are kept.', Infinity),
  cacheRate: probability.opt('At most this share of the items is kept.', 1),
  ...workerOptions,
  progress: instance<boolean | ((done: number, total: number) => void)>(
    'a function or a boolean',
    (value) => typeof value === 'function' || typeof value === 'boolean',
  ).opt('Called with the number of items that are done and the total, after each item.', false),
  inspect: instance<(sample: Sample, name: string) => void>('a function', (value) => typeof value === 'function').opt(
    'Called with each sample when it enters the cache, e.g. to check it.',
    null,
  ),
  copyCache: bool.opt('Kept for configs of MONAI; samples are never changed in place.', true),
  asContiguous: bool.opt('Kept for configs of MONAI; voxels are always in C order.', true),
}

const schema = {
  ...cacheOptions,
  hashAsKey: bool.opt('Equal items are kept once.', false),
  runtimeCache: bool.opt(
    'Fill the cache as the items are first asked for (each thread its own), not beforehand.',
    false,
  ),
}

export type CacheDatasetOptions = Given<typeof schema>

/**
 * A data set that runs the transforms before the first random one only once and keeps the results in memory (MONAI `CacheDataset`).
 * Voxels lie in shared memory where there is such, so all worker threads read the same cache.
 */
export const CacheDataset: Component & ((given: CacheDatasetOptions) => Promise<Dataset>) = Object.assign(
  async (given: CacheDatasetOptions) => {
    const options = parseOptions('CacheDataset', schema, given)
    const { data, transform, hashAsKey, runtimeCache } = options
    const steps = stepsOf(transform)
    const done = fixedSteps(steps)
    const distinct = hashAsKey ? firstsByContent(data) : data.map((_, i) => i)
    const firsts = data.map((_, i) => i).filter((i) => distinct[i] === i)
    const total = cacheSize(options, firsts.length)
    const slotOf = new Map(firsts.slice(0, total).map((first, slot) => [first, slot]))
    const slots = distinct.map((first) => slotOf.get(first) ?? -1)
    const samples: unknown[] = new Array<null>(total).fill(null)
    if (!runtimeCache) {
      const dataset = keptOf(options)
      const workers = chosenWorkers(options)
      let source: BatchSource | null = null
      const threads = () => (source ??= workers?.(dataset.describe(), undefined, { besides: true }) ?? null)
      const makers = { dataset, threads, besides: true }
      try {
        await fill('CacheDataset', options, makers, firsts.slice(0, total), (sample, slot) => (samples[slot] = sample))
      } finally {
        await (source as BatchSource | null)?.dispose() // as `threads` left it
      }
    }
    return itemDataset({ data, steps, kept: { where: 'memory', done, samples, slots } })
  },
  { componentName: 'CacheDataset', schema },
)

/** How many items a cache holds: the least of `cacheNum`, `cacheRate` of all, and all. */
export function cacheSize({ cacheNum, cacheRate }: { cacheNum: number; cacheRate: number }, length: number): number {
  return Math.min(length, Math.floor(cacheNum), Math.floor(length * cacheRate))
}

/** What is kept of all items: the results of the transforms before the first random one. */
export function keptOf({ data, transform }: Pick<Values<typeof cacheOptions>, 'data' | 'transform'>): Dataset {
  const steps = stepsOf(transform)
  return itemDataset({ data, steps: steps.slice(0, fixedSteps(steps)) })
}

/** Makes what is kept of some items, with progress; one sample for each. */
export async function fill(
  owner: string,
  { data, progress, inspect }: Pick<Values<typeof cacheOptions>, 'data' | 'progress' | 'inspect'>,
  makers: Makers,
  indices: readonly number[],
  use: (sample: unknown, i: number) => void,
): Promise<void> {
  let i = 0
  for await (const sample of filled(makers, indices)) {
    const name = itemName(data[indices[i]], indices[i])
    if (isList(sample))
      throw new OptionError(
        `${owner}.transform`,
        `gives ${sample.length} samples of ${name}; put transforms that crop several samples after a random one`,
      )
    inspect?.(sample as Sample, name) // what a dictionary pipeline gives is one
    use(sample, i++)
    if (typeof progress === 'function') progress(i, indices.length)
  }
}

/** For each item the number of the first one that is equal to it. */
function firstsByContent(data: readonly unknown[]): number[] {
  const firsts = new Map<string, number>()
  return data.map((item, i) => {
    const key = itemKey(item, '', currentFiles())
    if (!firsts.has(key)) firsts.set(key, i)
    return firsts.get(key) ?? i
  })
}
