import { OptionError } from '../../core/errors.ts'
import { bool, count, int, nonNegative, numbers, parseOptions, type Given, type Kind } from '../../core/options.ts'
import { instance } from '../../core/options.ts'
import { RandomState } from '../../rng/index.ts'

const ratiosKind: Kind<readonly number[]> = numbers.where(
  (all) => all.length > 0 && all.every((ratio) => ratio > 0),
  'a list of numbers above 0, e.g. [8, 1, 1]',
)

const schema = {
  ratios: ratiosKind.opt('Sizes of the partitions beside each other, e.g. [8, 1, 1].', null),
  numPartitions: count.opt('How many partitions of equal size, where there are no ratios.', null),
  shuffle: bool.opt('Put the items in a random order first.', false),
  seed: int.opt('Seed of that order.', 0),
  dropLast: bool.opt('With evenDivisible: drop the tail rather than repeat the first items.', false),
  evenDivisible: bool.opt('All partitions have equally many items.', false),
}

export type PartitionOptions = Given<typeof schema>

/**
 * Splits a list into partitions (MONAI `partition_dataset`, draw for draw): by ratios one after the other, else evenly,
 * every n-th item into the same one. Throws OptionError where neither is given or there are too few items.
 */
export function partitionDataset<T>(data: readonly T[], given: PartitionOptions): T[][] {
  const name = 'partitionDataset'
  const { ratios, numPartitions, shuffle, seed, dropLast, evenDivisible } = parseOptions(name, schema, given)
  const order = data.map((_, i) => i)
  if (shuffle) new RandomState(seed).shuffle(order)
  if (ratios) return byRatios(order, ratios).map((part) => part.map((i) => data[i]))
  if (numPartitions === null) throw new OptionError(name, 'takes ratios or numPartitions; give one of them')
  if (dropLast && !evenDivisible)
    throw new OptionError(`${name}.dropLast`, 'only goes with evenDivisible; set that too, or leave both')
  if (data.length < numPartitions)
    throw new OptionError(
      `${name}.numPartitions`,
      `${numPartitions} is more than the ${data.length} items there are; give less, or more items`,
    )
  const each = (dropLast ? Math.floor : Math.ceil)(data.length / numPartitions)
  const total = evenDivisible ? each * numPartitions : data.length
  return Array.from({ length: numPartitions }, (_, first) => {
    const part: T[] = []
    for (let i = first; i < total; i += numPartitions) part.push(data[order[i % order.length]])
    return part
  })
}

/**
 * Splits a list so that every partition has the same share of each class (MONAI `partition_dataset_classes`, draw for
 * draw); `classes` holds the class of each item, a number or a name.
 */
export function partitionDatasetClasses<T, Class extends number | string>(
  data: readonly T[],
  classes: readonly Class[],
  given: PartitionOptions,
): T[][] {
  if (classes.length !== data.length)
    throw new OptionError(
      'partitionDatasetClasses.classes',
      `has ${classes.length} values for ${data.length} items; give one for each`,
    )
  const byClass = new Map<Class, number[]>()
  classes.forEach((one, i) => byClass.set(one, [...(byClass.get(one) ?? []), i]))
  const parts: number[][] = []
  for (const one of [...byClass.keys()].sort((a, b) => (a < b ? -1 : 1)))
    partitionDataset(byClass.get(one) ?? [], given).forEach((part, p) => (parts[p] ??= []).push(...part))
  const rng = new RandomState(given.seed ?? 0)
  return parts.map((part) => {
    if (given.shuffle) rng.shuffle(part)
    return part.map((i) => data[i])
  })
}

function byRatios(order: readonly number[], ratios: readonly number[]): number[][] {
  const sum = ratios.reduce((a, b) => a + b, 0)
  let end = 0
  return ratios.map((ratio) => {
    const start = end
    end = Math.min(start + Math.floor((ratio / sum) * order.length + 0.5), order.length)
    return order.slice(start, end)
  })
}

const resampleSchema = {
  factor: nonNegative.req('How long the list becomes: 4.5 repeats it four times and adds half of it.'),
  randomPick: bool.opt('Draw the part that is added at random.', false),
  seed: int.opt('Seed of that draw.', 0),
}

/** Repeats a list, or takes a part of it (MONAI `resample_datalist`). */
export function resampleDatalist<T>(data: readonly T[], given: Given<typeof resampleSchema>): T[] {
  const { factor, randomPick, seed } = parseOptions('resampleDatalist', resampleSchema, given)
  const whole = Math.floor(factor)
  const rest = factor - whole
  const repeated = Array.from({ length: whole }, () => data).flat()
  if (rest <= 1e-6) return repeated
  const [part] = partitionDataset(data, { ratios: [rest, 1 - rest], shuffle: randomPick, seed })
  return [...repeated, ...part]
}

const foldsKind: Kind<number | readonly number[]> = instance('a whole number or a list of them', (value) =>
  [value].flat().every(Number.isInteger),
)

/** The items of some of the partitions, in order; -1 is the last one (MONAI `select_cross_validation_folds`). */
export function selectCrossValidationFolds<T>(
  partitions: readonly (readonly T[])[],
  folds: number | readonly number[],
): T[] {
  return [foldsKind.parse(folds, 'selectCrossValidationFolds.folds')].flat().flatMap((fold) => {
    const part = partitions.at(fold)
    if (!part)
      throw new OptionError(
        'selectCrossValidationFolds.folds',
        `there is no fold ${fold} of ${partitions.length}; give 0 to ${partitions.length - 1}`,
      )
    return part
  })
}
