import type { Sample } from '../transforms/sample.ts'
import { isImage } from '../core/image.ts'
import { OptionError } from '../core/errors.ts'
import { isList } from '../core/lists.ts'
import { type TypedArray } from '../core/dtype.ts'
import {
  buildSteps,
  describeSteps,
  drawsRandomNumbers,
  itemName,
  runSteps,
  stepsOf,
  type Pipeline,
  type PipelineStep,
  type TransformConfig,
} from './pipeline.ts'

/** Samples by number, made when they are asked for. */
export interface Dataset {
  readonly length: number
  /** The sample, or the samples that a cropping transform makes of one item. With a seed, the same seed gives the same sample. */
  get(index: number, seed?: number): Sample | readonly Sample[]
  /** The data set as plain data, for worker threads; throws when a transform is a bare function. */
  describe(): DatasetDescription
}

/** A data set that survives `postMessage`. */
export interface DatasetDescription {
  readonly data: readonly Sample[]
  readonly transform: readonly TransformConfig[]
  /** How many leading items have already been through the first `done` transforms. */
  readonly cached: number
  readonly done: number
}

export interface DatasetOptions {
  /** The items, e.g. of `loadDecathlonDatalist`. */
  readonly data: readonly Sample[]
  readonly transform?: Pipeline
}

/** Items and the transforms that make samples of them (MONAI `Dataset`). */
export function Dataset(options: DatasetOptions): Dataset {
  return datasetOf(options.data, stepsOf(options.transform), 0, 0)
}

export interface CacheDatasetOptions extends DatasetOptions {
  /** At most so many items are kept. */
  readonly cacheNum?: number
  /** At most this share of the items is kept. */
  readonly cacheRate?: number
  /** Called after each item. */
  readonly progress?: (done: number, total: number) => void
  /** Called with each sample when it enters the cache, e.g. to check it. */
  readonly inspect?: (sample: Sample, name: string) => void
}

/**
 * A data set that runs the transforms before the first random one only once and keeps the results in memory (MONAI `CacheDataset`).
 * Voxels lie in shared memory where there is such, so all worker threads read the same cache.
 */
export async function CacheDataset(options: CacheDatasetOptions): Promise<Dataset> {
  const { data, cacheNum = Infinity, cacheRate = 1, progress, inspect } = options
  if (!(cacheRate >= 0 && cacheRate <= 1))
    throw new OptionError('CacheDataset.cacheRate', `${cacheRate} is not a share; give 0 to 1`)
  const steps = stepsOf(options.transform)
  const firstRandom = steps.findIndex(drawsRandomNumbers)
  const done = firstRandom < 0 ? steps.length : firstRandom
  const total = Math.min(data.length, cacheNum, Math.floor(data.length * cacheRate))
  const kept: Sample[] = []
  for (let i = 0; i < total; i++) {
    const name = itemName(data[i], i)
    const sample = runSteps(steps.slice(0, done), data[i], { item: name })
    if (isList(sample))
      throw new OptionError(
        'CacheDataset.transform',
        `gives ${sample.length} samples of ${name}; put transforms that crop several samples after a random one`,
      )
    inspect?.(sample, name)
    kept.push(mapVoxels(sample, shared))
    progress?.(i + 1, total)
    if (i % 8 === 7) await breath()
  }
  return datasetOf([...kept, ...data.slice(total)], steps, total, done, data)
}

/** Rebuilds a described data set, in a worker thread. */
export function datasetFrom(
  description: DatasetDescription,
  create: (config: TransformConfig, where: string) => unknown,
): Dataset {
  return datasetOf(description.data, buildSteps(description.transform, create), description.cached, description.done)
}

function datasetOf(
  data: readonly Sample[],
  steps: readonly PipelineStep[],
  cached: number,
  done: number,
  names: readonly Sample[] = data,
): Dataset {
  const rest = steps.slice(done)
  return {
    length: data.length,
    get(index, seed) {
      if (!(index in data))
        throw new OptionError('Dataset.get', `there is no item ${index}; use 0 to ${data.length - 1}`)
      const item = itemName(names[index], index)
      return index < cached
        ? runSteps(rest, data[index], { seed, first: done, item })
        : runSteps(steps, data[index], { seed, item })
    },
    describe: () => ({ data, transform: describeSteps(steps), cached, done }),
  }
}

/** The sample with the voxels of each image replaced. */
function mapVoxels(sample: Sample, map: (data: TypedArray) => TypedArray): Sample {
  return Object.fromEntries(
    Object.entries(sample).map(([key, value]) => [key, isImage(value) ? { ...value, data: map(value.data) } : value]),
  )
}

/** The same values in memory that threads share, where the platform allows it. */
function shared<T extends TypedArray>(data: T): T {
  if (typeof SharedArrayBuffer === 'undefined' || data.buffer instanceof SharedArrayBuffer) return data
  const Type = data.constructor as new (buffer: SharedArrayBuffer) => T & { set(from: T): void }
  const copy = new Type(new SharedArrayBuffer(data.byteLength))
  copy.set(data)
  return copy
}

/** Lets timers, signals and the progress bar have their turn. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
