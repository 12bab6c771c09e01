import { OptionError } from '../core/errors.ts'
import {
  bool,
  count,
  instance,
  int,
  nonNegative,
  numbers,
  parseOptions,
  type Given,
  type Kind,
} from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { RandomState } from '../rng/index.ts'
import { seedFrom } from './seeds.ts'

/** Which items an epoch has, in which order. The same epoch gives the same order. */
export interface Sampler {
  /** Items per epoch. */
  readonly length: number
  order(epoch: number): readonly number[]
}

export const samplerKind: Kind<Sampler> = instance(
  'a sampler, e.g. WeightedRandomSampler({ weights, numSamples })',
  (value) => typeof value === 'object' && value !== null && 'order' in value && 'length' in value,
)

/** Every item once, in order or in a random one. */
export function shuffledSampler(length: number, shuffle: boolean, seed: number): Sampler {
  return {
    length,
    order(epoch) {
      const order = Array.from({ length }, (_, i) => i)
      if (shuffle) new RandomState(seedFrom(seed, epoch)).shuffle(order)
      return order
    },
  }
}

const weightOptions = {
  weights: numbers.req('How often each item comes, beside the others; any scale.'),
  numSamples: count.opt('Items per epoch; as many as weights when null.', null),
  replacement: bool.opt('Whether an item can come several times in an epoch.', true),
  seed: int.opt('Decides the order, together with the number of the epoch.', 0),
}

/** Items drawn by weight (PyTorch `WeightedRandomSampler`), e.g. to balance rare classes. Draws are NumPy's, not PyTorch's. */
export const WeightedRandomSampler: Component & ((given: Given<typeof weightOptions>) => Sampler) = Object.assign(
  (given: Given<typeof weightOptions>) =>
    weighted('WeightedRandomSampler', parseOptions('WeightedRandomSampler', weightOptions, given)),
  { componentName: 'WeightedRandomSampler', schema: weightOptions },
)

const shareOptions = {
  numReplicas: count.opt('Processes that train together.', 1),
  rank: nonNegative.opt('Which of them this is, from 0.', 0),
  evenDivisible: bool.opt('Repeat items so that all processes have equally many.', true),
  shuffle: bool.opt('A new order every epoch.', true),
  seed: int.opt('Decides the order; must be the same in all processes.', 0),
}
const distributedOptions = {
  dataset: instance<{ readonly length: number }>(
    'a data set, or anything that has a length',
    (value) => typeof value === 'object' && value !== null && 'length' in value,
  ).req('The data set, whose length counts.'),
  ...shareOptions,
}

/** The part of the items that one of several processes has (MONAI `DistributedSampler`): every `numReplicas`-th, from `rank` on. */
export const DistributedSampler: Component & ((given: Given<typeof distributedOptions>) => Sampler) = Object.assign(
  (given: Given<typeof distributedOptions>) => {
    const options = parseOptions('DistributedSampler', distributedOptions, given)
    return shareOf(
      'DistributedSampler',
      shuffledSampler(options.dataset.length, options.shuffle, options.seed),
      options,
    )
  },
  { componentName: 'DistributedSampler', schema: distributedOptions },
)

const distributedWeightOptions = {
  weights: weightOptions.weights,
  numSamplesPerRank: count.opt('Items per epoch and process; its share of the items when null.', null),
  replacement: weightOptions.replacement,
  ...shareOptions,
}

/** Items drawn by weight from the part that one of several processes has (MONAI `DistributedWeightedRandomSampler`). */
export const DistributedWeightedRandomSampler: Component &
  ((given: Given<typeof distributedWeightOptions>) => Sampler) = Object.assign(
  (given: Given<typeof distributedWeightOptions>): Sampler => {
    const name = 'DistributedWeightedRandomSampler'
    const { weights, numSamplesPerRank, replacement, ...options } = parseOptions(name, distributedWeightOptions, given)
    const share = shareOf(name, shuffledSampler(weights.length, options.shuffle, options.seed), options)
    const numSamples = numSamplesPerRank ?? share.length
    return {
      length: numSamples,
      order(epoch) {
        const part = share.order(epoch)
        const seed = seedFrom(options.seed, epoch, options.rank)
        const inner = weighted(name, { weights: part.map((i) => weights[i]), numSamples, replacement, seed })
        return inner.order(epoch).map((i) => part[i])
      },
    }
  },
  { componentName: 'DistributedWeightedRandomSampler', schema: distributedWeightOptions },
)

interface Weighting {
  readonly weights: readonly number[]
  readonly numSamples: number | null
  readonly replacement: boolean
  readonly seed: number
}

function weighted(owner: string, { weights, numSamples, replacement, seed }: Weighting): Sampler {
  const total = weights.reduce((sum, w) => sum + w, 0)
  const bad = weights.find((w) => !(w >= 0) || !Number.isFinite(w))
  if (bad !== undefined || !(total > 0))
    throw new OptionError(
      `${owner}.weights`,
      bad === undefined ? 'are all 0; give at least one above 0' : `${bad} is no weight; give numbers of 0 or more`,
    )
  const length = numSamples ?? weights.length
  const possible = weights.filter((w) => w > 0).length
  if (!replacement && length > possible)
    throw new OptionError(
      `${owner}.numSamples`,
      `${length} cannot be drawn from ${possible} items without replacement; give ${possible} or less, or replacement`,
    )
  const p = weights.map((w) => w / total)
  return {
    length,
    order: (epoch) =>
      new RandomState(seedFrom(seed, epoch)).choice(weights.length, length, { replace: replacement, p }),
  }
}

function shareOf(
  owner: string,
  whole: Sampler,
  { numReplicas, rank, evenDivisible }: { numReplicas: number; rank: number; evenDivisible: boolean },
): Sampler {
  if (rank >= numReplicas)
    throw new OptionError(
      `${owner}.rank`,
      `${rank} does not fit ${numReplicas} processes; give 0 to ${numReplicas - 1}`,
    )
  const even = Math.ceil(whole.length / numReplicas)
  const length = evenDivisible ? even : Math.ceil((whole.length - rank) / numReplicas)
  return {
    length,
    order(epoch) {
      const all = whole.order(epoch)
      return Array.from({ length }, (_, i) => all[(rank + i * numReplicas) % all.length])
    },
  }
}
