import { MissingError, OptionError } from '../../core/errors.ts'
import { currentFiles } from '../../core/files.ts'
import { bool, count, int, oneOf, parseOptions, probability, text, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { RandomState } from '../../rng/index.ts'
import { LoadImaged } from '../../transforms/io/index.ts'
import { loadDecathlonDatalist, loadDecathlonProperties, type DecathlonProperties, type Item } from '../decathlon.ts'
import { partitionDataset, selectCrossValidationFolds } from '../lists/partition.ts'
import type { PipelineStep } from '../pipeline.ts'
import { CacheDataset, cacheOptions } from './cache.ts'
import type { Dataset } from './dataset.ts'

const { data: _, ...caching } = cacheOptions
const schema = {
  ...caching,
  rootDir: text.req('Folder that holds the folder of the task.'),
  task: text.req('The task, e.g. "Task04_Hippocampus": a folder with a dataset.json.'),
  section: oneOf('training', 'validation', 'test').req('Which part of the cases.'),
  download: bool.opt('Kept for configs of MONAI; nothing is downloaded, the folder must be there.', false),
  seed: int.opt('Seed of the split into training and validation.', 0),
  valFrac: probability.opt('Share of the training list that is validation.', 0.2),
}

export type DecathlonDatasetOptions = Given<typeof schema>

/** A cached data set of the Medical Segmentation Decathlon. */
export interface DecathlonDataset extends Dataset {
  readonly items: readonly Item[]
  readonly properties: DecathlonProperties
}

/**
 * The cases of a Decathlon task, in memory (MONAI `DecathlonDataset`); training and validation are split as MONAI does it, draw for
 * draw. Images and labels are loaded unless `transform` says otherwise.
 */
export const DecathlonDataset: Component & ((given: DecathlonDatasetOptions) => Promise<DecathlonDataset>) =
  Object.assign(
    (given: DecathlonDatasetOptions) => {
      const { seed = 0, valFrac = 0.2, section } = given
      return decathlonDataset(given, (items) => {
        if (section === 'test') return items
        const order = items.map((_, i) => i)
        new RandomState(seed).shuffle(order)
        const validation = Math.floor(items.length * valFrac)
        return (section === 'training' ? order.slice(validation) : order.slice(0, validation)).map((i) => items[i])
      })
    },
    { componentName: 'DecathlonDataset', schema },
  )

const crossSchema = {
  ...schema,
  nfolds: count.opt('How many folds.', 5),
}

/**
 * The data sets of a cross validation over the training list of a Decathlon task (MONAI `CrossValidation`); `getDataset` gives the
 * one of some folds, with other options where it is told.
 */
export function CrossValidation(given: Omit<Given<typeof crossSchema>, 'section'>): {
  getDataset(folds: number | readonly number[], others?: Partial<DecathlonDatasetOptions>): Promise<DecathlonDataset>
} {
  const { nfolds = 5, seed = 0, ...options } = given
  return {
    getDataset: (folds, others = {}) =>
      decathlonDataset({ ...options, section: 'training', ...others }, (items) =>
        selectCrossValidationFolds(partitionDataset(items, { numPartitions: nfolds, shuffle: true, seed }), folds),
      ),
  }
}

async function decathlonDataset(
  given: DecathlonDatasetOptions,
  split: (items: readonly Item[]) => readonly Item[],
): Promise<DecathlonDataset> {
  const {
    rootDir,
    task,
    section,
    download,
    seed: _seed,
    valFrac: _valFrac,
    ...cache
  } = parseOptions('DecathlonDataset', schema, given)
  const folder = `${rootDir}/${task}`
  const dataListKey = section === 'test' ? 'test' : 'training'
  const items = split(loadedList(folder, dataListKey, download))
  if (items.length === 0)
    throw new OptionError('DecathlonDataset.section', `"${section}" has no case of ${folder}; choose another valFrac`)
  const keys = dataListKey === 'test' ? ['image'] : ['image', 'label']
  const dataset = await CacheDataset({
    ...cache,
    data: items,
    transform: given.transform ?? (LoadImaged({ keys }) as PipelineStep),
  })
  return { ...dataset, items, properties: loadDecathlonProperties(folder, currentFiles()) }
}

function loadedList(folder: string, dataListKey: string, download: boolean): Item[] {
  try {
    return loadDecathlonDatalist({ dataListFilePath: folder, dataListKey })
  } catch (error) {
    if (error instanceof MissingError && error.where.endsWith('dataset.json'))
      throw new MissingError(
        'DecathlonDataset',
        `there is no ${folder}/dataset.json${download ? '; nothing is downloaded here' : ''}; get the task from medicaldecathlon.com and unpack it there`,
      )
    throw error
  }
}
