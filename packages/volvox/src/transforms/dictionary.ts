import { DataError, OptionError, shown } from '../core/errors.ts'
import { isImage, type Image } from '../core/image.ts'
import { Kind, bool, parseOptions, type Given, type Option, type Schema, type Values } from '../core/options.ts'
import type { Sampling } from '../core/plan.ts'
import type { Component } from '../core/registry.ts'
import { z } from 'zod'
import {
  invertLast,
  type Definition,
  type How,
  type ImageTransform,
  type Inputs,
  type TransformFactory,
} from './define.ts'
import { RandomSource, type DrawContext, type RandomDefinition, type RandomFactory } from './random.ts'
import { gridOf } from '../core/image.ts'
import { settle } from './define.ts'

/** Images and other values of one case, by key: `{ image, label }`. Never changed in place. */
export type Sample = Readonly<Record<string, unknown>>

/** How a sample transform is applied; overrides are per key. */
export interface SampleHow {
  readonly lazy: boolean
  readonly overrides?: Readonly<Record<string, Partial<Sampling>>>
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
  run(sample: Sample, how: SampleHow): R
  inverse(sample: Sample, how?: Partial<SampleHow>): Sample
}

export interface RandomSampleTransform<R = Sample> extends SampleTransform<R> {
  setRandomState(seed: number): RandomSampleTransform<R>
}

type PerKey<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Option<infer T> ? Option<T | readonly T[]> : never
}
/** Options of the dictionary form: keys, one value or a list for options that differ by key, and the keys of extra inputs. */
export type DictionarySchema<S extends Schema> = PerKey<S> & {
  readonly keys: ReturnType<typeof keysOption>
  readonly allowMissingKeys: Option<boolean>
}

export interface SampleFactory<S extends Schema = Schema, T = SampleTransform> extends Component {
  (options: Given<DictionarySchema<S>> & Readonly<Record<string, unknown>>): T
  readonly schema: Schema
}

const keysKind = new Kind<readonly string[]>(
  'a key or a list of keys',
  z.union([z.string().transform((key) => [key]), z.array(z.string())]) as unknown as z.ZodType<readonly string[]>,
)
const keysOption = () => keysKind.req('Keys of the images to transform.')

/**
 * The dictionary form: applies a transform to several images of a sample. A random transform draws once for all keys.
 * `defaults` records where MONAI's dictionary form differs from its plain form.
 */
export function dictionary<S extends Schema, R>(
  factory: TransformFactory<S, R>,
  exceptions?: Exceptions,
): SampleFactory<S, SampleTransform<R extends Image ? Sample : readonly Sample[]>>
export function dictionary<S extends Schema, B extends Schema, R>(
  factory: RandomFactory<S, B, R>,
  exceptions?: Exceptions,
): SampleFactory<S, RandomSampleTransform<R extends Image ? Sample : readonly Sample[]>>
export function dictionary(
  factory: Component & { definition: Definition },
  exceptions: Exceptions = {},
): SampleFactory<Schema, never> {
  const { definition } = factory
  const name = `${definition.name}d`
  const schema: Schema = {
    keys: keysOption(),
    ...Object.fromEntries(
      Object.entries(definition.schema).map(([key, option]) => [key, forKeys(option, exceptions.defaults?.[key])]),
    ),
    ...inputKeys(definition, exceptions.inputs ?? {}),
    ...exceptions.options,
    allowMissingKeys: bool.opt('Skip keys that the sample does not have.', false),
  }
  const make = (given: Readonly<Record<string, unknown>>) => {
    const options = parseOptions(name, schema, given)
    const keys = options.keys as readonly string[]
    checkPerKey(name, schema, options, keys)
    return isRandomDefinition(definition)
      ? randomForm(name, definition, options, keys, exceptions)
      : fixedForm(name, definition, options, keys, exceptions)
  }
  return Object.assign(make, { componentName: name, schema }) as unknown as SampleFactory<Schema, never>
}

/** Where MONAI's dictionary form is not simply "the plain form for each key". */
export interface Exceptions {
  readonly defaults?: Readonly<Record<string, unknown>>
  /** Options that only the dictionary form has. */
  readonly options?: Schema
  /** Name of the option that holds the key of an extra input, where it is not `<input>Key`. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Finishes the sample, e.g. to store coordinates beside the images. */
  readonly after?: (
    sample: Sample,
    options: Readonly<Record<string, unknown>>,
    results: ReadonlyMap<string, Image | readonly Image[]>,
  ) => Sample
}

function forKeys(option: Option<unknown>, fallback: unknown): Option<unknown> {
  const withDefault = fallback === undefined ? option : { ...option, required: false, fallback }
  if (!option.perKey) return withDefault
  const { kind } = option
  return {
    ...withDefault,
    kind: new Kind(`${kind.noun}, or a list with one per key`, z.union([kind.type, z.array(kind.type)])),
  }
}

function inputKeys(definition: Definition, renamed: Readonly<Record<string, string>>): Schema {
  const key = new Kind('a key of the sample', z.string())
  return Object.fromEntries(
    Object.entries(definition.inputs).map(([input, need]) => [
      renamed[input] ?? `${input}Key`,
      need === 'required' ? key.req(`Key of the ${input}.`) : key.opt(`Key of the ${input}.`, null),
    ]),
  )
}

function checkPerKey(
  name: string,
  schema: Schema,
  options: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): void {
  for (const [key, option] of Object.entries(schema)) {
    const value = options[key]
    if (
      option.perKey &&
      Array.isArray(value) &&
      value.length !== keys.length &&
      !option.kind.type.safeParse(value).success
    )
      throw new OptionError(
        `${name}.${key}`,
        `has ${value.length} values for ${keys.length} keys; give one, or one per key`,
      )
  }
}

/** Options of the plain form for the `index`-th key. */
function optionsFor(
  definition: Definition,
  options: Readonly<Record<string, unknown>>,
  index: number,
  count: number,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(definition.schema).map(([key, option]) => {
      const value = options[key]
      return [key, option.perKey && Array.isArray(value) && value.length === count ? value[index] : value]
    }),
  )
}

/** The images to transform, in the order of the keys. */
export function present(
  name: string,
  sample: Sample,
  keys: readonly string[],
  allowMissing: boolean,
): [key: string, index: number][] {
  const found: [string, number][] = []
  keys.forEach((key, index) => {
    if (key in sample) found.push([key, index])
    else if (!allowMissing)
      throw new DataError(
        name,
        `no "${key}" in the sample (it has ${Object.keys(sample)
          .map((k) => `"${k}"`)
          .join(', ')}); fix keys or set allowMissingKeys`,
      )
  })
  return found
}

function imageAt(name: string, sample: Sample, key: string): Image {
  const value = sample[key]
  if (isImage(value)) return value
  throw new DataError(name, `"${key}" holds ${shown(value)} instead of an image; load it with LoadImaged first`)
}

function inputsOf(
  name: string,
  definition: Definition,
  options: Readonly<Record<string, unknown>>,
  sample: Sample,
  renamed: Readonly<Record<string, string>> = {},
): Inputs {
  const inputs: Record<string, unknown> = {}
  for (const input of Object.keys(definition.inputs)) {
    const key = options[renamed[input] ?? `${input}Key`]
    if (typeof key !== 'string') continue
    if (key in sample) {
      const value = sample[key]
      inputs[input] = isImage(value) ? settle(value) : value
    } else if (definition.inputs[input] === 'required') present(name, sample, [key], false)
  }
  return inputs
}

function isRandomDefinition(definition: Definition): definition is RandomDefinition {
  return 'draw' in definition
}

/** One result per key; a list of results makes a list of samples that share the other entries. */
function gather(sample: Sample, results: ReadonlyMap<string, Image | readonly Image[]>): Sample | readonly Sample[] {
  const lists = [...results.values()].filter((r): r is readonly Image[] => Array.isArray(r))
  if (lists.length === 0) return { ...sample, ...Object.fromEntries(results) }
  return lists[0].map((_, i) => ({
    ...sample,
    ...Object.fromEntries([...results].map(([key, r]) => [key, (r as readonly Image[])[i]])),
  }))
}

function finish(
  sample: Sample | readonly Sample[],
  options: Readonly<Record<string, unknown>>,
  results: ReadonlyMap<string, Image | readonly Image[]>,
  after: Exceptions['after'],
): unknown {
  if (!after) return sample
  return Array.isArray(sample)
    ? sample.map((one: Sample) => after(one, options, results))
    : after(sample as Sample, options, results)
}

const howFor = (how: SampleHow, key: string): How => ({
  lazy: how.lazy,
  ...(how.overrides?.[key] && { overrides: how.overrides[key] }),
  ...(how.nearest && { nearest: true }),
})

function fixedForm(
  name: string,
  definition: Definition,
  options: Values<Schema>,
  keys: readonly string[],
  exceptions: Exceptions,
): SampleTransform<unknown> {
  const allowMissing = options.allowMissingKeys === true
  const perKey = keys.map((_, i) =>
    parseOptions(name, definition.schema, optionsFor(definition, options, i, keys.length)),
  )
  const run = (sample: Sample, how: SampleHow): unknown => {
    const inputs = inputsOf(name, definition, options, sample, exceptions.inputs)
    const results = new Map(
      present(name, sample, keys, allowMissing).map(([key, i]) => {
        const img = imageAt(name, sample, key)
        const seen =
          img.pending?.length && (!how.lazy || !definition.lazy || definition.readsVoxels)
            ? settle(img, how.overrides?.[key])
            : img
        return [key, definition.apply(seen, perKey[i], howFor(how, key), inputs)] as const
      }),
    )
    return finish(gather(sample, results), options, results, exceptions.after)
  }
  return sampleTransform(name, definition, options, keys, run)
}

function randomForm(
  name: string,
  definition: RandomDefinition,
  options: Values<Schema>,
  keys: readonly string[],
  exceptions: Exceptions,
): RandomSampleTransform<unknown> {
  const allowMissing = options.allowMissingKeys === true
  const perKey = keys.map((_, i) =>
    parseOptions(name, definition.schema, optionsFor(definition, options, i, keys.length)),
  )
  const source = new RandomSource()
  const run = (sample: Sample, how: SampleHow): unknown => {
    const found = present(name, sample, keys, allowMissing)
    if (found.length === 0) return sample
    const inputs = inputsOf(name, definition, options, sample, exceptions.inputs)
    const images = found.map(([key]) => {
      const img = imageAt(name, sample, key)
      return img.pending?.length && (!how.lazy || !definition.lazy || definition.readsVoxels)
        ? settle(img, how.overrides?.[key])
        : img
    })
    const first = images[0]
    const context = { image: first, grid: gridOf(first), inputs }
    const drawn = drawFor(definition, source, perKey[found[0][1]], context, found.length)
    const results = new Map(
      found.map(
        ([key, i], n) =>
          [
            key,
            definition.applyDrawn(images[n], perKey[i], forKey(definition, drawn, perKey[i]), howFor(how, key), inputs),
          ] as const,
      ),
    )
    return finish(gather(sample, results), options, results, exceptions.after)
  }
  const transform: RandomSampleTransform<unknown> = Object.assign(
    sampleTransform(name, definition, options, keys, run),
    {
      setRandomState: (seed: number) => {
        source.reseed(seed)
        return transform
      },
    },
  )
  return transform
}

/** One draw for all images of a sample. */
function drawFor(
  definition: RandomDefinition,
  source: RandomSource,
  options: Values<Schema>,
  context: DrawContext,
  images: number,
): ReturnType<RandomDefinition['draw']> {
  if (definition.drawSample) return definition.drawSample(source, options, context, images)
  if (!definition.gated) return definition.draw(source, options, context)
  const passes = source.rand() < (options.prob as number)
  return passes ? definition.draw(source.twin('inner'), { ...options, prob: 1 }, context) : null
}

/** What was drawn, with this key's own values of the options that differ by key. */
function forKey(
  definition: RandomDefinition,
  drawn: ReturnType<RandomDefinition['draw']>,
  options: Readonly<Record<string, unknown>>,
): ReturnType<RandomDefinition['draw']> {
  if (drawn === null) return null
  const own = Object.fromEntries(
    Object.entries(definition.base.schema)
      .filter(([key, option]) => option.perKey && key in options)
      .map(([key]) => [key, options[key]]),
  )
  return Array.isArray(drawn) ? drawn.map((one: object) => ({ ...one, ...own })) : { ...drawn, ...own }
}

function sampleTransform<R>(
  name: string,
  definition: Definition,
  options: Values<Schema>,
  keys: readonly string[],
  run: (sample: Sample, how: SampleHow) => R,
): SampleTransform<R> {
  return Object.assign((sample: Sample) => run(sample, { lazy: options.lazy === true }), {
    kind: 'sample' as const,
    transformName: name,
    options,
    keys,
    lazy: definition.lazy,
    run,
    inverse: (sample: Sample, how: Partial<SampleHow> = {}): Sample => {
      if (!definition.invert) return sample
      const restored: Record<string, unknown> = { ...sample }
      for (const [key] of present(name, sample, keys, true)) {
        const value = sample[key]
        if (isImage(value))
          restored[key] = invertLast(definition, definition.name, value, howFor({ lazy: false, ...how }, key))
      }
      return restored
    },
  })
}

/** Which entries of a sample a transform is for. */
export interface SampleKeys {
  readonly keys: readonly string[]
  readonly allowMissingKeys: boolean
}

/** A transform that only has a dictionary form, e.g. one that copies or deletes keys. */
export function sampleOnly<S extends Schema>(spec: {
  readonly name: string
  readonly options: S
  apply(sample: Sample, options: Values<S> & SampleKeys, how: SampleHow): Sample
}): Component & ((options: Readonly<Record<string, unknown>>) => SampleTransform) {
  const schema = {
    keys: keysOption(),
    ...spec.options,
    allowMissingKeys: bool.opt('Skip keys that the sample does not have.', false),
  }
  const make = (given: Readonly<Record<string, unknown>>): SampleTransform => {
    const options = parseOptions(spec.name, schema as Schema, given) as Values<S> & SampleKeys
    const run = (sample: Sample, how: SampleHow) => spec.apply(sample, options, how)
    return Object.assign((sample: Sample) => run(sample, { lazy: false }), {
      kind: 'sample' as const,
      transformName: spec.name,
      options,
      keys: options.keys,
      lazy: false,
      run,
      inverse: (sample: Sample) => sample,
    })
  }
  return Object.assign(make, { componentName: spec.name, schema: schema as Schema })
}

export type AnyTransform = ImageTransform<unknown> | SampleTransform<unknown>
