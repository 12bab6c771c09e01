import { z } from 'zod'
import { DataError } from '../core/errors.ts'
import type { Image } from '../core/image.ts'
import {
  Kind,
  bool,
  parseOptions,
  type Option,
  type RequiredOption,
  type Schema,
  type Values,
} from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { Overrides } from './overrides.ts'
import { checkImageAt, checkSample, naming } from './checks.ts'
import { settle } from './define.ts'

/** Images and other values of one case, by key: `{ image, label }`. Never changed in place. */
export type Sample = Readonly<Record<string, unknown>>

/** How a sample transform is applied; overrides are per key. */
export interface SampleHow {
  readonly lazy: boolean
  /** Moves of whole voxels may wait for the next transform, which is one that only plans for all of these images. */
  readonly mayWait?: boolean
  readonly overrides?: Overrides
  readonly nearest?: boolean
}

/** A transform of one sample: `Flipd({ keys: ['image', 'label'] })(sample)`. */
export interface SampleTransform<R = Sample> {
  (sample: Sample): R
  readonly kind: 'sample'
  readonly transformName: string
  readonly options: Readonly<Record<string, unknown>>
  readonly keys: readonly string[]
  /** Whether lazy pipelines may defer it. */
  readonly lazy: boolean
  /** As that of the definition. */
  readonly handsOver?: boolean
  run(sample: Sample, how: SampleHow): R
  inverse(sample: Sample, how?: Partial<SampleHow>): Sample
}

export interface RandomSampleTransform<R = Sample> extends SampleTransform<R> {
  setRandomState(seed: number): RandomSampleTransform<R>
}

/** A key, or several; always read as a list. */
export const keysKind: Kind<readonly string[]> = new Kind<readonly string[]>(
  'a key or a list of keys',
  () => z.union([z.string().transform((key) => [key]), z.array(z.string())]) as unknown as z.ZodType<readonly string[]>,
)

/** The options that every dictionary transform has. */
export const sampleOptions: {
  readonly keys: RequiredOption<readonly string[]>
  readonly allowMissingKeys: Option<boolean>
} = {
  keys: keysKind.req('Keys of the images to transform.'),
  allowMissingKeys: bool.opt('Skip keys that the sample does not have.', false),
}

/** Which entries of a sample a transform is for. */
export interface SampleKeys {
  readonly keys: readonly string[]
  readonly allowMissingKeys: boolean
}

/** The keys that the sample has, each with its place in `keys`; an absent one throws unless it may be missing. */
export function present(
  name: string,
  sample: Sample,
  keys: readonly string[],
  allowMissing: boolean,
): [key: string, index: number][] {
  checkSample(name, sample)
  const absent = keys.find((key) => !(key in sample))
  if (absent !== undefined && !allowMissing) {
    const has = Object.keys(sample).map((key) => `"${key}"`)
    throw new DataError(
      name,
      `no "${absent}" in the sample (it has ${has.join(', ')}); fix keys or set allowMissingKeys`,
    )
  }
  return keys.map((key, index): [string, number] => [key, index]).filter(([key]) => key in sample)
}

/** The value under a key that must be there. */
export function valueAt(name: string, sample: Sample, key: string): unknown {
  checkSample(name, sample)
  if (key in sample) return sample[key]
  const has = Object.keys(sample).map((other) => `"${other}"`)
  throw new DataError(name, `no "${key}" in the sample (it has ${has.join(', ')}); fix the keys`)
}

/** A key that a result may be stored under. */
export function refuseTaken(name: string, sample: Sample, key: string): void {
  if (key in sample)
    throw new DataError(name, `the sample has a "${key}" already; choose another name or delete it first`)
}

export function imageAt(name: string, sample: Sample, key: string): Image {
  const value = sample[key]
  checkImageAt(name, key, value)
  return value
}

/** The settled image under a key. */
export function settledAt(name: string, sample: Sample, key: string): Image {
  valueAt(name, sample, key)
  return settle(imageAt(name, sample, key))
}

/** The sample with what becomes of each image that it has under the keys, stored there or under the key that `stored` gives. */
export function withEachImage(
  name: string,
  sample: Sample,
  { keys, allowMissingKeys }: SampleKeys,
  change: (img: Image, key: string) => unknown,
  stored: (key: string) => string = (key) => key,
): Sample {
  const found = present(name, sample, keys, allowMissingKeys).map(([key]) => [
    stored(key),
    change(settledAt(name, sample, key), key),
  ])
  return { ...sample, ...Object.fromEntries(found) }
}

/** A transform that only has a dictionary form, e.g. one that reads files or inverts a pipeline. */
export function sampleOnly<S extends Schema>(spec: {
  readonly name: string
  readonly options: S
  /** As that of a definition. */
  readonly handsOver?: boolean
  apply(sample: Sample, options: Values<S> & SampleKeys, how: SampleHow): Sample
  /** Undoes it, where that is possible. */
  invert?(sample: Sample, options: Values<S> & SampleKeys): Sample
}): Component & ((options: Readonly<Record<string, unknown>>) => SampleTransform) {
  const schema: Schema = { ...sampleOptions, ...spec.options }
  const make = (given: Readonly<Record<string, unknown>>): SampleTransform => {
    const options = parseOptions(spec.name, schema, given) as Values<S> & SampleKeys // of both schemas
    const run = (sample: Sample, how: SampleHow) => naming(spec.name, () => spec.apply(sample, options, how))
    return Object.assign((sample: Sample) => run(sample, { lazy: false }), {
      kind: 'sample' as const,
      transformName: spec.name,
      options,
      keys: options.keys,
      lazy: false,
      handsOver: spec.handsOver ?? false,
      run,
      inverse: (sample: Sample) => spec.invert?.(sample, options) ?? sample,
    })
  }
  return Object.assign(make, { componentName: spec.name, schema })
}
