import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { MissingError, OptionError, partitionDataset, RandomState, selectCrossValidationFolds } from 'volvox'
import { nodeFiles } from '@volvox/node'
import type { Io } from '../io.ts'

export interface SplitOptions {
  readonly data: string
  readonly out: string | null
  readonly random: boolean
  readonly seed: number
  readonly count: number
  readonly folds: number | null
  readonly fold: number
  readonly val: readonly number[] | null
}

/** The validation cases of the published recipe. */
const fixed = [11, 15, 19, 30, 42, 43, 44, 46, 48, 49]

/** Writes train.csv and val.csv of a PROMISE12 folder. */
export function splitPromise12({ data, out, ...how }: SplitOptions, io: Io): void {
  const files = casesIn(data)
  const validation = new Set(chosen(files, how))
  const absent = how.random || how.folds !== null || how.val ? [] : fixed.filter((number) => !fileOf(files, number))
  if (absent.length > 0)
    io.note(`There is no case ${absent.join(', ')}; the others of the recipe's validation cases are taken.`)
  const parts = {
    train: files.filter((file) => !validation.has(file)),
    val: files.filter((file) => validation.has(file)),
  }
  if (parts.val.length === 0 || parts.train.length === 0)
    throw new OptionError(
      'split',
      `leaves no case for ${parts.val.length === 0 ? 'validation' : 'training'}; choose others`,
    )
  for (const [name, list] of Object.entries(parts)) {
    const path = join(out ?? data, `${name}.csv`)
    nodeFiles.write(path, new TextEncoder().encode(`${list.join('\n')}\n`))
    io.print(`${path}: ${list.length} cases`)
  }
}

/** The image files of TrainData, by number; each must have its segmentation. */
function casesIn(data: string): string[] {
  const names = (folder: string): string[] => {
    try {
      return readdirSync(join(data, 'TrainData', folder))
    } catch {
      throw new MissingError(data, `has no folder TrainData/${folder}; name the folder that holds TrainData`)
    }
  }
  const images = names('img').filter((name) => /^Case\d+\.(mhd|mha|nii\.gz|nii)$/.test(name)).sort() // prettier-ignore
  if (images.length === 0) throw new MissingError(data, 'has no TrainData/img/CaseNN.mhd; name a PROMISE12 folder')
  const segmentations = new Set(names('gt').map((name) => name.replace(/\..*$/, '')))
  const alone = images.find((name) => !segmentations.has(`${name.replace(/\..*$/, '')}_segmentation`))
  if (alone)
    throw new MissingError(
      data,
      `${alone} has no segmentation in TrainData/gt; add ${alone.replace(/\..*$/, '')}_segmentation.mhd`,
    )
  return images
}

function chosen(
  files: readonly string[],
  { random, seed, count, folds, fold, val }: Omit<SplitOptions, 'data' | 'out'>,
): readonly string[] {
  if ([random, folds !== null, val !== null].filter(Boolean).length > 1)
    throw new OptionError('split', 'takes one of --random, --folds and --val; leave the others out')
  if (folds !== null) {
    if (fold >= folds) throw new OptionError('split.fold', `${fold} is none of ${folds} folds; give 0 to ${folds - 1}`)
    return selectCrossValidationFolds(partitionDataset(files, { numPartitions: folds, shuffle: true, seed }), fold)
  }
  if (!random)
    return (val ?? fixed.filter((number) => val !== null || fileOf(files, number))).map((number) =>
      named(files, number),
    )
  if (count >= files.length)
    throw new OptionError('split.count', `${count} of ${files.length} cases leave none for training; give less`)
  return new RandomState(seed)
    .permutation(files.length)
    .slice(0, count)
    .map((i) => files[i])
}

function fileOf(files: readonly string[], number: number): string | undefined {
  return files.find((name) => Number(/\d+/.exec(name)?.[0]) === number)
}

function named(files: readonly string[], number: number): string {
  const file = fileOf(files, number)
  if (!file)
    throw new OptionError(
      'split.val',
      `there is no case ${number} (${files[0]} to ${files.at(-1)}); give numbers of these`,
    )
  return file
}
