import { OptionError, VolvoxError } from '../../core/errors.ts'
import { currentFiles } from '../../core/files.ts'
import { instance, parseOptions, type Given, type Kind } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { asSamples, describeSteps, drawsRandomNumbers, itemName, pipelineKind, runSteps, stepsOf } from '../pipeline.ts'
import type { PipelineStep } from '../pipeline.ts'
import { seedFrom } from '../seeds.ts'
import { itemKey } from '../store/itemKey.ts'
import { sampleFromBytes, sampleToBytes } from '../store/sampleBytes.ts'
import { openStore } from '../store/store.ts'
import type { Dataset as SampleSet, Kept } from './dataset.ts'

/** The items of a data set: records such as `{ image: 'a.nii.gz', label: 'b.nii.gz' }`, paths, or anything else. */
export const itemsKind: Kind<readonly unknown[]> = instance('a list of items', Array.isArray)

export const itemOptions = {
  data: itemsKind.req('The items, e.g. of `loadDecathlonDatalist`: records, paths, or anything else.'),
  transform: pipelineKind.opt('What makes samples of the items: a transform, or a list of them.', null),
}

export type DatasetOptions = Given<typeof itemOptions>

export type Dataset = SampleSet

/** Items and the transforms that make samples of them (MONAI `Dataset`). */
export const Dataset: Component & ((given: DatasetOptions) => SampleSet) = Object.assign(
  (given: DatasetOptions) => {
    const { data, transform } = parseOptions('Dataset', itemOptions, given)
    return itemDataset({ data, steps: stepsOf(transform) })
  },
  { componentName: 'Dataset', schema: itemOptions },
)

/** What a data set of items is made of. */
export interface ItemParts {
  readonly data: readonly unknown[]
  readonly steps: readonly PipelineStep[]
  /** Results that are kept, if any. */
  readonly kept?: Kept | null
  /** What the items are called, where `data` does not tell it any more. */
  readonly names?: readonly string[]
}

/** A data set of items, some of whose results may be kept in memory or on disk: the one mechanism under all of MONAI's caches. */
export function itemDataset({ data, steps, kept = null, names }: ItemParts): SampleSet {
  const nameOf = (index: number) => names?.[index] ?? itemName(data[index], index)
  const prepared = preparing(data, steps, kept)
  const result = (index: number, seed?: number): unknown => {
    if (!(index in data)) throw new OptionError('Dataset.get', `there is no item ${index}; use 0 to ${data.length - 1}`)
    const item = nameOf(index)
    const { value, done } = prepared(index, item)
    return runSteps(steps.slice(done), value, { seed, first: done, item })
  }
  return {
    length: data.length,
    get: (index, seed) => asSamples(result(index, seed)),
    result,
    describe() {
      const rest = kept?.where === 'memory' ? data.map((item, i) => (kept.samples[kept.slots[i]] ? null : item)) : data
      const idle = kept?.where === 'memory' && rest.every((item) => item === null) ? kept.done : 0
      const transform = [...new Array<null>(idle).fill(null), ...describeSteps(steps.slice(idle))]
      return { kind: 'items', names: data.map((_, index) => nameOf(index)), data: rest, transform, kept }
    },
  }
}

/** How many leading transforms draw no random numbers. */
export function fixedSteps(steps: readonly PipelineStep[]): number {
  const random = steps.findIndex(drawsRandomNumbers)
  return random < 0 ? steps.length : random
}

/** An item on its way: its value after the first `done` transforms. */
interface Prepared {
  readonly value: unknown
  readonly done: number
}

function preparing(
  data: readonly unknown[],
  steps: readonly PipelineStep[],
  kept: Kept | null,
): (index: number, item: string) => Prepared {
  const raw = (index: number): Prepared => ({ value: data[index], done: 0 })
  if (!kept) return raw
  const first = steps.slice(0, kept.done)
  if (kept.where === 'memory') {
    const samples = [...kept.samples]
    return (index, item) => {
      const slot = kept.slots[index]
      if (slot < 0) return raw(index)
      samples[slot] ??= runSteps(first, data[index], { item }) // only where the cache fills up as it is used
      return { value: samples[slot], done: kept.done }
    }
  }
  return (index, item) => ({ value: fromDisk(data[index], first, kept, item), done: kept.done })
}

/** The result that is kept on disk; made and kept where there is none yet, or only a damaged one. */
function fromDisk(
  value: unknown,
  steps: readonly PipelineStep[],
  { place, context }: Extract<Kept, { where: 'disk' }>,
  item: string,
): unknown {
  const files = currentFiles()
  const store = openStore(place, files)
  const key = itemKey(value, context, files)
  const bytes = store.get(key)
  try {
    if (bytes) return sampleFromBytes(bytes, `${place.path}: ${key}`, files.crc32)
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error // damaged: it is made anew below
  }
  // Random steps come in with CacheNTransDataset; whichever process makes the sample, it is the same one.
  const seed = seedFrom(Number.parseInt(key.slice(0, 8), 16))
  const made = runSteps(steps, value, { seed, item })
  try {
    store.put(key, sampleToBytes(made, item, files.crc32))
  } catch (error) {
    throw error instanceof VolvoxError && !error.where.startsWith(item) ? error.within(item) : error
  }
  return made
}
