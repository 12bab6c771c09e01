import { OptionError } from '../core/errors.ts'
import { isImage, type Image } from '../core/image.ts'
import { anything, bool, instance, parseOptions, type Kind, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sharingInputs } from '../kernels/index.ts'
import { RandomState, childSeeds } from '../rng/index.ts'
import { settle } from './define.ts'
import { runHandingOver, takesPart } from './handover.ts'
import type { ImageTransform } from './define.ts'
import { alone, overridesKind, type Overrides } from './overrides.ts'
import type { Sample, SampleHow, SampleTransform } from './sample.ts'
import { isRandom } from './random.ts'

/** A function of a sample or an image, or a transform; what a pipeline is made of. */
export type Step = ImageTransform<unknown> | SampleTransform<unknown> | Composed | ((value: never) => unknown)

export interface ComposeOptions {
  readonly transforms?: readonly Step[]
  /** Joins the plans of consecutive spatial transforms and resamples once; null leaves it to each transform. */
  readonly lazy?: boolean | null
  /** Sampling by key that replaces what lazy transforms asked for (MONAI `overrides`). */
  readonly overrides?: Overrides | null
  readonly mapItems?: boolean
  readonly unpackItems?: boolean
  readonly logStats?: boolean | string
}

/** As for a transform; whether lazily is null where nobody said so, and then the pipeline's own option counts. */
export type ComposedHow = Omit<SampleHow, 'lazy' | 'overrides'> & { readonly lazy: boolean | null }

/** A pipeline: calls its transforms in order; a list of samples from one goes through the next one by one. */
export interface Composed {
  (value: unknown): unknown
  readonly kind: 'compose'
  readonly transformName: string
  readonly transforms: readonly Step[]
  readonly options: Readonly<Record<string, unknown>>
  run(value: unknown, how: ComposedHow): unknown
  /** Undoes the transforms, newest first, as far as they can be undone. */
  inverse(value: unknown, how?: Partial<SampleHow>): unknown
  /** Seeds every random transform with a draw of its own, as MONAI's Compose does. */
  setRandomState(seed: number): Composed
}

const steps: Kind<readonly Step[]> = instance(
  'a list of transforms',
  (value) => Array.isArray(value) && value.every((step) => typeof step === 'function'),
)

/** Options of every way to put transforms together. */
export const composeOptions = {
  transforms: steps.opt('Transforms in the order of their application.', []),
  lazy: bool
    .nullable()
    .opt(
      'Join the plans of consecutive spatial transforms and resample once. Goes before the `lazy` of its transforms; null leaves it to them.',
      false,
    ),
  overrides: overridesKind.opt('Sampling by key that replaces what lazy transforms asked for.', null),
  mapItems: bool.opt('Apply transforms to each item of a list; false hands the list on as it is.', true),
  unpackItems: bool.opt('A list that is an item becomes the arguments of functions.', false),
  logStats: anything.opt("Kept for MONAI's configs; no effect.", false),
}

/**
 * Calls transforms in order; lists are gone through one by one. Plans that are left are carried out at the end, with the
 * overrides of this pipeline: one inside of a lazy one ends what is planned, as in MONAI.
 */
export function runSteps(
  transforms: readonly Step[],
  value: unknown,
  { lazy: told, ...how }: ComposedHow,
  { lazy: own, overrides, mapItems, unpackItems }: Omit<Values<typeof composeOptions>, 'transforms' | 'logStats'>,
): unknown {
  const lazy = told ?? own
  const inside = { ...how, ...(overrides && { overrides }) }
  let handed: Parameters<typeof runHandingOver>[1] = new Set()
  const last = transforms.reduce<unknown>((current, step, i) => {
    const mayWait = lazy === false && takesMoves(step, transforms[i + 1])
    const apply = (one: unknown) =>
      unpackItems && Array.isArray(one)
        ? unpacked(step, one, inside.overrides)
        : applyStep(step, one, lazy, { ...inside, mayWait })
    const go = () => (!mapItems ? apply(current) : unpackItems ? eachItem(current, apply) : each(current, apply))
    // Samples from one often have its voxels in common, and steps that take part leave those as they are.
    const together = Array.isArray(current) && current.length > 1 && takesPart(step)
    const [result, left] = runHandingOver(takesPart(step), handed, together ? () => sharingInputs(go) : go)
    handed = left
    return mayWait || lazy !== false ? result : settleAll(result, undefined)
  }, value)
  return settleAll(last, inside.overrides)
}

const compose = (given: ComposeOptions | readonly Step[] = {}): Composed => {
  const options = parseOptions('Compose', composeOptions, Array.isArray(given) ? { transforms: given } : { ...given })
  const run = (value: unknown, how: ComposedHow) => runSteps(options.transforms, value, how, options)
  const composed: Composed = Object.assign((value: unknown) => run(value, { lazy: null }), {
    kind: 'compose' as const,
    transformName: 'Compose',
    transforms: options.transforms,
    options,
    run,
    inverse: (value: unknown, how: Partial<SampleHow> = {}) =>
      invertAll(options.transforms, value, { lazy: false, ...how }),
    setRandomState: (seed: number) => {
      seedChildren(options.transforms, new RandomState(seed))
      return composed
    },
  })
  return composed
}

/** Runs transforms in order (MONAI `Compose`); `Compose([a, b])` is short for `Compose({ transforms: [a, b] })`. */
export const Compose: typeof compose & Component = Object.assign(compose, {
  componentName: 'Compose',
  schema: composeOptions,
})

/** Whether `next` can carry out moves that `step` leaves to it: it only plans, for every image of `step`. */
function takesMoves(step: Step, next: Step | undefined): boolean {
  if (!next || !('kind' in step) || !('kind' in next) || step.kind !== 'sample' || next.kind !== 'sample') return false
  return step.lazy && next.lazy && step.keys.every((key) => next.keys.includes(key))
}

/** Gives each random transform a seed that `rng` draws, in order. */
export function seedChildren(transforms: readonly unknown[], rng: RandomState): void {
  const children = transforms.filter(isRandom)
  childSeeds(rng, children.length).forEach((childSeed, i) => children[i].setRandomState(childSeed))
}

/** A list goes through one by one, and results that are lists are joined. */
export function each(value: unknown, apply: (one: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.flatMap((one) => each(one, apply)) : apply(value)
}

/** The same for the items of a list, which may be lists themselves. */
function eachItem(value: unknown, apply: (one: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(apply) : apply(value)
}

function unpacked(step: Step, values: readonly unknown[], overrides: SampleHow['overrides']): unknown {
  const call = step as (...values: readonly unknown[]) => unknown
  return call(...values.map((value) => settleAll(value, overrides)))
}

/** Runs a step: lazily, eagerly, or (null) as it says itself. What is planned is carried out before steps that do not plan. */
function applyStep(step: Step, value: unknown, lazy: boolean | null, how: Omit<SampleHow, 'lazy'>): unknown {
  if (!('kind' in step)) return (step as (value: unknown) => unknown)(settleAll(value, how.overrides))
  const plansOnly = lazy ?? step.options.lazy === true
  if (step.kind === 'image') {
    const overrides = how.overrides?.[alone]
    return step.run(value as Image, { lazy: plansOnly, ...(overrides && { overrides }) }, {})
  }
  const plans = plansOnly && (step.kind === 'compose' || step.lazy)
  const ready = plans || lazy === false ? value : settleAll(value, how.overrides)
  if (step.kind === 'sample') return step.run(ready as Sample, { ...how, lazy: plansOnly })
  const { overrides: _, ...rest } = how
  return step.run(ready, { ...rest, lazy })
}

function settleAll(value: unknown, overrides: SampleHow['overrides']): unknown {
  if (isImage(value)) return settle(value, overrides?.[alone])
  if (Array.isArray(value)) return value.map((one) => settleAll(one, overrides))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  const sample = value as Sample
  const pending = Object.entries(sample).filter(
    ([, entry]) => isImage(entry) && (entry.waiting || entry.pending?.length),
  )
  if (pending.length === 0) return value
  return {
    ...sample,
    ...Object.fromEntries(pending.map(([key, entry]) => [key, settle(entry as Image, overrides?.[key])])),
  }
}

/** Undoes transforms, newest first, as far as they can be undone. */
export function invertAll(transforms: readonly Step[], value: unknown, how: SampleHow): unknown {
  return transforms.toReversed().reduce<unknown>((current, step) => {
    if (!('kind' in step)) return current
    if (step.kind === 'compose') return step.inverse(current, how)
    if (step.kind === 'sample') return step.inverse(current as Sample, how)
    if (!isImage(current))
      throw new OptionError(
        `${step.transformName}.inverse`,
        'needs an image; invert a pipeline of dictionary transforms with a sample',
      )
    return step.inverse(current, how.nearest ? { nearest: true } : {})
  }, value)
}
