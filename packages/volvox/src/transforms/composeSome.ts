import { z } from 'zod'
import { OptionError, shown } from '../core/errors.ts'
import { gridOf, isImage, type Image } from '../core/image.ts'
import { Kind, bool, int, ints, parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import {
  composeOptions,
  each,
  invertAll,
  runSteps,
  seedChildren,
  type Composed,
  type ComposedHow,
  type Step,
} from './compose.ts'
import { recorded } from './define.ts'
import { RandomSource } from './random.ts'
import type { SampleHow } from './sample.ts'

/** A pipeline that draws which of its transforms to call, and in which order. */
export interface ChoosingCompose extends Composed {
  readonly source: RandomSource
}

type WithSteps = Schema & typeof composeOptions

/**
 * `choose` gives places in the list of transforms. The choice is noted in the history of every image, so that it can be
 * undone later, as in MONAI.
 */
function choosing<S extends WithSteps>(
  name: string,
  schema: S,
  choose: (rng: RandomSource, options: Values<S>, count: number) => readonly number[],
): Component & ((given?: Given<S> | readonly Step[]) => ChoosingCompose) {
  const make = (given: Given<S> | readonly Step[] = {} as Given<S>): ChoosingCompose => {
    const options = parseOptions(name, schema, Array.isArray(given) ? { transforms: given } : { ...given })
    const { transforms } = options as unknown as Values<typeof composeOptions>
    const source = new RandomSource()
    const run = (value: unknown, how: ComposedHow): unknown => {
      if (transforms.length === 0) return value
      const order = choose(source, options, transforms.length)
      const steps = order.map((i) => transforms[i])
      const result = runSteps(steps, value, how, options as unknown as Values<typeof composeOptions>)
      return each(result, (one) => noted(one, name, order))
    }
    const composed: ChoosingCompose = Object.assign((value: unknown) => run(value, { lazy: null }), {
      kind: 'compose' as const,
      transformName: name,
      transforms,
      options,
      source,
      run,
      inverse(value: unknown, how: Partial<SampleHow> = {}) {
        const { order, rest } = forgotten(value, name)
        return order ? invertAll(order.map((i) => transforms[i]), rest, { lazy: false, ...how }) : value // prettier-ignore
      },
      setRandomState(seed: number) {
        source.reseed(seed)
        seedChildren(transforms, source)
        return composed
      },
    })
    return composed
  }
  return Object.assign(make, { componentName: name, schema })
}

/** Changes an image, or each image of a sample. */
function eachImage(value: unknown, change: (img: Image) => Image): unknown {
  if (isImage(value)) return change(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, isImage(entry) ? change(entry) : entry]))
}

function noted(value: unknown, name: string, order: readonly number[]): unknown {
  return eachImage(value, (img) => recorded(img, { name, options: { order }, before: gridOf(img) }))
}

/** The choice that is noted in the images, and the value without the note. */
function forgotten(value: unknown, name: string): { order: readonly number[] | null; rest: unknown } {
  let order: readonly number[] | null = null
  const rest = eachImage(value, (img) => {
    const record = img.history.at(-1)
    if (record?.name !== name) return img
    order = ints.type.safeParse(record.options?.order).data ?? order
    return { ...img, history: img.history.slice(0, -1) }
  })
  return { order, rest }
}

const weightsKind = new Kind<number | readonly number[]>('a list of numbers of 0 or more that are not all 0', () =>
  z.union([
    z.number(),
    z
      .array(z.number().min(0))
      .refine((weights) => weights.length === 0 || weights.some((w) => w > 0))
      .readonly(),
  ]),
)

function chances(name: string, weights: readonly number[], count: number): number[] {
  if (weights.length !== count)
    throw new OptionError(`${name}.weights`, `has ${weights.length} values for ${count} transforms; give one for each`)
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map((w) => w / total)
}

/** Calls one of its transforms, drawn by weight (MONAI `OneOf`). */
export const OneOf = choosing(
  'OneOf',
  { ...composeOptions, weights: weightsKind.opt('Weight of each transform; equal when null.', null) },
  (rng, { weights }, count) => {
    const equal = new Array<number>(count).fill(1 / count)
    const p = chances('OneOf', weights === null || typeof weights === 'number' ? equal : weights, count)
    return [rng.multinomial(1, p).indexOf(1)]
  },
)

/** Calls all of its transforms in an order that is drawn (MONAI `RandomOrder`). */
export const RandomOrder = choosing('RandomOrder', { ...composeOptions }, (rng, _options, count) =>
  rng.permutation(count),
)

const numberOfKind = new Kind<number | readonly [number, number]>(
  'a whole number of 0 or more, or the least and the largest',
  () => z.union([int.where((n) => n >= 0, '').type, z.tuple([z.int().min(0), z.int().min(0)]).readonly()]),
)

/** Calls some of its transforms in an order that is drawn (MONAI `SomeOf`). */
export const SomeOf = choosing(
  'SomeOf',
  {
    ...composeOptions,
    numTransforms: numberOfKind.opt('How many: a number, or between two numbers; all when null.', null),
    replace: bool.opt('Whether a transform may be called again.', false),
    weights: weightsKind.opt('Weight of each transform; equal when null.', null),
  },
  (rng, { numTransforms, replace, weights }, count) => {
    const most = typeof numTransforms === 'number' ? Math.min(count, numTransforms) : count
    const [low, high] = numTransforms === null || typeof numTransforms === 'number' ? [most, most] : numTransforms
    if (low > high || high > count)
      throw new OptionError('SomeOf.numTransforms', `${shown(numTransforms)} is out of bounds; use 0 to ${count}`)
    const p = Array.isArray(weights) ? chances('SomeOf', weights as readonly number[], count) : undefined
    return rng.choice(count, rng.randint(low, high + 1), { replace, ...(p && { p }) })
  },
)
