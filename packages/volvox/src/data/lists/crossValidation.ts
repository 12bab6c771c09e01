import { DataError, MissingError, OptionError, shown } from '../../core/errors.ts'
import { currentFiles, type Files } from '../../core/files.ts'
import { joinInside } from '../paths.ts'
import type { Item } from '../decathlon.ts'
import { partitionDataset, selectCrossValidationFolds } from './partition.ts'

export interface CrossValidationOptions {
  readonly nfolds: number
  readonly trainFolds: number | readonly number[]
  readonly valFolds: number | readonly number[]
  readonly trainKey?: string
  readonly valKey?: string
  /** A `.json` file that the lists are written to. */
  readonly filename?: string | null
  readonly shuffle?: boolean
  readonly seed?: number
  /** Look whether the files under `keys` are there. */
  readonly checkMissing?: boolean
  readonly keys?: string | readonly string[] | null
  readonly rootDir?: string | null
  readonly allowMissingKeys?: boolean
  /** Throw where files are missing; else the lists are made without a word. */
  readonly raiseError?: boolean
  readonly files?: Files
}

/** The training and validation lists of a cross validation (MONAI `create_cross_validation_datalist`, draw for draw). */
export function createCrossValidationDatalist(
  datalist: readonly Item[],
  options: CrossValidationOptions,
): Record<string, Item[]> {
  const { trainKey = 'training', valKey = 'validation', shuffle = true, seed = 0, keys = null } = options
  if (options.checkMissing && keys !== null && options.raiseError !== false) {
    const missing = checkMissingFiles(datalist, { ...options, keys })
    if (missing.length > 0)
      throw new MissingError(
        'datalist',
        `${missing.length} files are not there: ${missing.slice(0, 5).join(', ')}; correct the list`,
      )
  }
  const folds = partitionDataset(datalist, { numPartitions: options.nfolds, shuffle, seed })
  const lists = {
    [trainKey]: selectCrossValidationFolds(folds, options.trainFolds),
    [valKey]: selectCrossValidationFolds(folds, options.valFolds),
  }
  if (options.filename) {
    if (!options.filename.endsWith('.json'))
      throw new OptionError(
        'createCrossValidationDatalist.filename',
        `${shown(options.filename)} is no .json file; name one`,
      )
    const { files = currentFiles() } = options
    files.write(options.filename, new TextEncoder().encode(`${JSON.stringify(lists, null, 4)}\n`))
  }
  return lists
}

/** The files under `keys` of a datalist that are not there (MONAI `check_missing_files`). */
export function checkMissingFiles(
  datalist: readonly Item[],
  options: Pick<CrossValidationOptions, 'rootDir' | 'allowMissingKeys' | 'files'> & {
    readonly keys: string | readonly string[]
  },
): string[] {
  const { rootDir = null, allowMissingKeys = false, files = currentFiles() } = options
  return datalist.flatMap((item, i) =>
    [options.keys].flat().flatMap((key) => {
      if (!(key in item)) {
        if (allowMissingKeys) return []
        throw new DataError(
          `item ${i}`,
          `has no "${key}" (it has ${Object.keys(item).join(', ')}); fix keys or set allowMissingKeys`,
        )
      }
      return [item[key]].flat().filter((path): path is string => {
        if (typeof path !== 'string')
          throw new DataError(`item ${i}.${key}`, `${shown(path)} is not a path; give a file, or a list`)
        return !isThere(rootDir === null ? path : (joinInside(rootDir, path) ?? path), files)
      })
    }),
  )
}

function isThere(path: string, files: Files): boolean {
  try {
    files.read(path, 1)
    return true
  } catch (error) {
    if (error instanceof MissingError) return false
    throw error
  }
}
