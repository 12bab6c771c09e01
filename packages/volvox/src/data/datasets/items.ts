import { bytesIn } from '../../core/dtype.ts'
import { OptionError, VolvoxError } from '../../core/errors.ts'
import { currentFiles } from '../../core/files.ts'
import { isImage } from '../../core/image.ts'
import { isRecord } from '../../core/json.ts'
import { floatsToFill } from '../../core/spareFloats.ts'
import { instance, parseOptions, type Given, type Kind } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import {
  asSamples,
  describeSteps,
  drawsRandomNumbers,
  hindrance,
  itemName,
  pipelineKind,
  runSteps,
  stepsOf,
} from '../pipeline.ts'
import type { PipelineStep } from '../pipeline.ts'
import { seedFrom } from '../seeds.ts'
import type { Sample } from '../../transforms/sample.ts'
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
  const made = (index: number, seed: number | undefined, handsOver: boolean): unknown => {
    if (!(index in data)) throw new OptionError('Dataset.get', `there is no item ${index}; use 0 to ${data.length - 1}`)
    const item = nameOf(index)
    const { value, done, memory } = prepared(index, item)
    return runSteps(steps.slice(done), value, { seed, first: done, item, handsOver, memory })
  }
  const result = (index: number, seed?: number): unknown => made(index, seed, false)
  const dataset: SampleSet = {
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
  if (steps.every((step) => hindrance(step) === null)) lenders.set(dataset, (index, seed) => made(index, seed, true))
  return dataset
}

type Lender = (index: number, seed?: number) => unknown

/**
 * Of data sets without functions of the user, who might keep what they see. Not a method: who wraps a data set, and keeps what goes
 * through, wraps its methods.
 */
const lenders = new WeakMap<object, Lender>()

/** As `dataset.result`, for a caller that keeps no array of it; within `usedUp` they are used again. */
export function lentResult(dataset: SampleSet, index: number): unknown {
  const lend = lenders.get(dataset)
  return lend ? lend(index) : dataset.result(index)
}

/** The same for `dataset.get`. */
export function lentSample(dataset: SampleSet, index: number, seed?: number): Sample | readonly Sample[] {
  const lend = lenders.get(dataset)
  return lend ? asSamples(lend(index, seed)) : dataset.get(index, seed)
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
  /** What its voxels lie in, where nothing else does. */
  readonly memory?: Float32Array | null
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
  return (index, item) => ({ ...fromDisk(data[index], first, kept, item), done: kept.done })
}

/** The result that is kept on disk; made and kept where there is none yet, or only a damaged one. */
function fromDisk(
  value: unknown,
  steps: readonly PipelineStep[],
  { place, context }: Extract<Kept, { where: 'disk' }>,
  item: string,
): Omit<Prepared, 'done'> {
  const files = currentFiles()
  const store = openStore(place, files)
  const key = itemKey(value, context, files)
  const where = `${place.path}: ${key}`
  const version = store.version?.(key) ?? null
  let memory: Float32Array | null = null
  const bytes = store.get(key, (size) => {
    memory = floatsToFill(Math.ceil(size / roomBytes) * (roomBytes / 4))
    return bytesIn(memory).subarray(0, size)
  })
  try {
    if (bytes) {
      const isSound = version !== null && soundVersions.get(where) === version
      const found = sampleFromBytes(bytes, where, isSound ? null : files.crc32)
      if (version !== null) soundVersions.set(where, version)
      return { value: found, memory: onlyVoxels(found) ? memory : null }
    }
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
  return { value: made }
}

/** Whether all arrays are voxels of images, where steps look for those (`runHandingOver`): in a sample, or a list. */
function onlyVoxels(value: unknown, inSample = false): boolean {
  if (isImage(value)) return !holdsArrays({ ...value, data: null })
  if (Array.isArray(value)) return value.every((one) => onlyVoxels(one, inSample))
  if (inSample || !isRecord(value)) return !holdsArrays(value)
  return Object.values(value).every((one) => onlyVoxels(one, true))
}

function holdsArrays(value: unknown): boolean {
  return (
    ArrayBuffer.isView(value) || (typeof value === 'object' && value !== null && Object.values(value).some(holdsArrays))
  )
}

/** Of what is kept on disk, those whose checksums have been compared in this thread: it takes as long as reading. */
const soundVersions = new Map<string, string>()

/** Items of about the same size have room in each other's memory. */
const roomBytes = 2 ** 16
