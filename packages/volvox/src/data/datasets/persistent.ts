import { OptionError } from '../../core/errors.ts'
import { anything, int, parseOptions, text, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { describeSteps, drawsRandomNumbers, hindrance, stepsOf } from '../pipeline.ts'
import type { Pipeline, PipelineStep } from '../pipeline.ts'
import type { StorePlace } from '../store/store.ts'
import type { Dataset } from './dataset.ts'
import { itemDataset, itemOptions } from './items.ts'

const keyOptions = {
  hashTransform: anything.opt(
    'A function that names the state of the transforms, given their configs; the configs themselves unless given.',
    null,
  ),
  hashFunc: anything.opt(
    'Kept for configs of MONAI; keys are SHA-256 of items, transforms, file sizes and times.',
    null,
  ),
  pickleModule: anything.opt('Kept for configs of MONAI; results are kept as safetensors.', null),
  pickleProtocol: anything.opt('Kept for configs of MONAI; results are kept as safetensors.', null),
  resetOpsId: anything.opt('Kept for configs of MONAI; histories hold no identities.', true),
}

const schema = {
  ...itemOptions,
  cacheDir: text.nullable().opt('Folder of the results, made where it is missing; nothing is kept when null.', null),
  ...keyOptions,
}

/**
 * A data set that keeps the results of the transforms before the first random one on disk (MONAI `PersistentDataset`), each in a
 * safetensors file named by the content of the item, its transforms, and the sizes and times of its files. The folder may be shared by
 * several processes and projects; a damaged file is made anew. Transforms after a function of your own are not kept.
 */
export const PersistentDataset: Component & ((given: Given<typeof schema>) => Dataset) = Object.assign(
  (given: Given<typeof schema>) => {
    const { cacheDir, ...options } = parseOptions('PersistentDataset', schema, given)
    return onDisk(options, cacheDir === null ? null : { path: cacheDir, single: false })
  },
  { componentName: 'PersistentDataset', schema },
)

const firstsSchema = {
  ...itemOptions,
  cacheNTrans: int
    .where((n) => n >= 0, 'a whole number of 0 or more')
    .req('So many leading transforms, random or not.'),
  cacheDir: schema.cacheDir,
  ...keyOptions,
}

/** A data set that keeps the results of its first transforms on disk, even those of random ones (MONAI `CacheNTransDataset`). */
export const CacheNTransDataset: Component & ((given: Given<typeof firstsSchema>) => Dataset) = Object.assign(
  (given: Given<typeof firstsSchema>) => {
    const { cacheNTrans, cacheDir, ...options } = parseOptions('CacheNTransDataset', firstsSchema, given)
    const steps = stepsOf(options.transform)
    const done = Math.min(cacheNTrans, steps.length)
    const bad = steps.slice(0, done).findIndex((step) => hindrance(step) !== null)
    if (bad >= 0)
      throw new OptionError(
        'CacheNTransDataset.cacheNTrans',
        `${cacheNTrans} takes in transform ${bad}, whose results cannot be kept since ${hindrance(steps[bad])}; give ${bad} or less`,
      )
    return onDisk(options, cacheDir === null ? null : { path: cacheDir, single: false }, done)
  },
  { componentName: 'CacheNTransDataset', schema: firstsSchema },
)

const databaseSchema = {
  ...itemOptions,
  cacheDir: text.opt('Folder of the database file, made where it is missing.', 'cache'),
  dbName: text.opt('Name of the file, without its ending `.samples`.', 'monai_cache'),
  progress: anything.opt('Kept for configs of MONAI; results are kept as they are first asked for.', true),
  ...keyOptions,
  lmdbKwargs: anything.opt('Kept for configs of MONAI; the file grows as it must.', null),
}

/** As `PersistentDataset`, with one file for all results (MONAI `LMDBDataset`; it is no LMDB file). Not in browsers. */
export const LMDBDataset: Component & ((given: Given<typeof databaseSchema>) => Dataset) = Object.assign(
  (given: Given<typeof databaseSchema>) => {
    const { cacheDir, dbName, ...options } = parseOptions('LMDBDataset', databaseSchema, given)
    return onDisk(options, { path: `${cacheDir}/${dbName}.samples`, single: true })
  },
  { componentName: 'LMDBDataset', schema: databaseSchema },
)

interface DiskOptions {
  readonly data: readonly unknown[]
  readonly transform: Pipeline
  readonly hashTransform: unknown
}

function onDisk({ data, transform, hashTransform }: DiskOptions, place: StorePlace | null, first?: number): Dataset {
  const steps = stepsOf(transform)
  if (!place) return itemDataset({ data, steps })
  const done = first ?? keepable(steps)
  const configs = describeSteps(steps.slice(0, done))
  const context = typeof hashTransform === 'function' ? String(hashTransform(configs)) : JSON.stringify(configs)
  return itemDataset({ data, steps, kept: { where: 'disk', done, place, context } })
}

/** How many leading transforms give results that can be found again: neither random nor a function of the user. */
function keepable(steps: readonly PipelineStep[]): number {
  const end = steps.findIndex((step) => drawsRandomNumbers(step) || hindrance(step) !== null)
  return end < 0 ? steps.length : end
}
