import { isRecord } from '../core/json.ts'
import { z } from 'zod'
import { OptionError } from '../core/errors.ts'
import type { Image } from '../core/image.ts'
import { Kind, parseOptions, text, type Given, type Option, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { Definition, TransformFactory } from './define.ts'
import { formOf, type Exceptions } from './dictionaryForm.ts'
import { orPerKey } from './perKey.ts'
import type { RandomFactory } from './random.ts'
import { sampleOptions, type RandomSampleTransform, type Sample, type SampleTransform } from './sample.ts'

type PerKey<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Option<infer T> ? Option<T | readonly T[]> : never
}

/** Options of the dictionary form: keys, and one value or a list for options that differ by key. */
export type DictionarySchema<S extends Schema> = PerKey<S> & typeof sampleOptions

/** Makes sample transforms; the keys of extra inputs (`labelKey`, ...) are options as well. */
export interface SampleFactory<S extends Schema = Schema, T = SampleTransform> extends Component {
  (options: Given<DictionarySchema<S>> & Readonly<Record<string, unknown>>): T
  readonly schema: Schema
}

/**
 * The dictionary form: applies a transform to several images of a sample. A random transform draws once for all keys.
 * `exceptions` records where MONAI's dictionary form differs from its plain form.
 */
export function dictionary<S extends Schema, B extends Schema, R>(
  factory: RandomFactory<S, B, R>,
  exceptions?: Exceptions,
): SampleFactory<S, RandomSampleTransform<R extends Image ? Sample : readonly Sample[]>>
export function dictionary<S extends Schema, R>(
  factory: TransformFactory<S, R>,
  exceptions?: Exceptions,
): SampleFactory<S, SampleTransform<R extends Image ? Sample : readonly Sample[]>>
export function dictionary(
  { definition }: Component & { definition: Definition },
  exceptions: Exceptions = {},
): SampleFactory<Schema, never> {
  const name = `${definition.name}d`
  const own = Object.entries(definition.schema)
  const schema: Schema = {
    ...sampleOptions,
    ...Object.fromEntries(own.map(([key, option]) => [key, forKeys(key, option, exceptions)])),
    ...inputKeys(definition, exceptions.inputs ?? {}),
    ...exceptions.options,
  }
  const make = (given: Readonly<Record<string, unknown>>) => {
    const options = parseOptions(name, schema, given)
    const keys = options.keys as readonly string[] // of sampleOptions, just parsed
    checkPerKey(name, schema, options, keys)
    const perKey = keys.map((_, i) =>
      parseOptions(name, definition.schema, optionsFor(definition, options, i, keys, exceptions)),
    )
    return formOf({ name, definition, options, keys, perKey, exceptions })
  }
  return Object.assign(make, { componentName: name, schema }) as unknown as SampleFactory<Schema, never> // see overloads
}

function forKeys(key: string, option: Option<unknown>, { defaults, byKey }: Exceptions): Option<unknown> {
  const fallback = defaults?.[key]
  const { kind } = option
  if (byKey?.includes(key))
    return {
      ...option,
      kind: new Kind(`${kind.noun}, or an object by key`, () => z.union([kind.type, z.record(z.string(), kind.type)])),
    }
  const withDefault = fallback === undefined ? option : { ...option, required: false, fallback }
  if (!option.perKey) return withDefault
  return { ...withDefault, kind: orPerKey(kind) }
}

function inputKeys({ inputs }: Definition, renamed: Readonly<Record<string, string>>): Schema {
  return Object.fromEntries(
    Object.entries(inputs).map(([input, need]) => [
      renamed[input] ?? `${input}Key`,
      need === 'required' ? text.req(`Key of the ${input}.`) : text.opt(`Key of the ${input}.`, null),
    ]),
  )
}

function checkPerKey(name: string, schema: Schema, options: Values<Schema>, keys: readonly string[]): void {
  for (const [key, { perKey, kind }] of Object.entries(schema)) {
    const value = options[key]
    if (perKey && Array.isArray(value) && value.length !== keys.length && !kind.type.safeParse(value).success)
      throw new OptionError(
        `${name}.${key}`,
        `has ${value.length} values for ${keys.length} keys; give one, or one per key`,
      )
  }
}

/** Options of the plain form for the `index`-th key. */
function optionsFor(
  definition: Definition,
  options: Values<Schema>,
  index: number,
  keys: readonly string[],
  { byKey }: Exceptions,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(definition.schema).map(([key, { perKey }]) => {
      const value = options[key]
      if (byKey?.includes(key) && isRecord(value)) return [key, value[keys[index]]]
      return [key, perKey && Array.isArray(value) && value.length === keys.length ? value[index] : value]
    }),
  )
}
