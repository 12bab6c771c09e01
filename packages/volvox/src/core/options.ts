import { z } from 'zod'
import { ConfigError, OptionError, VolvoxError, didYouMean, shown } from './errors.ts'
import { isRecord } from './json.ts'

/** One option: its type, default, check and sentence of help, from which every form of it is derived. */
export interface Option<T> {
  readonly kind: Kind<T>
  readonly doc: string
  readonly required: boolean
  readonly fallback: T | undefined
  /** MONAI's spelling where it is not the snake_case of ours. */
  readonly alias?: string
  /** Whether a dictionary transform takes one value per key. */
  readonly perKey?: boolean
}

export type Schema = Readonly<Record<string, Option<unknown>>>

/** The values of a schema after parsing: every option has one. */
export type Values<S extends Schema> = { readonly [K in keyof S]: S[K] extends Option<infer T> ? T : never }

type RequiredKeys<S extends Schema> = { [K in keyof S]: S[K] extends RequiredOption<unknown> ? K : never }[keyof S]
/** An option without a default. */
export interface RequiredOption<T> extends Option<T> {
  readonly required: true
}

/** What a caller may give: required options must be there, the others have defaults. */
export type Given<S extends Schema> = { readonly [K in RequiredKeys<S>]: Values<S>[K] } & {
  readonly [K in Exclude<keyof S, RequiredKeys<S>>]?: Values<S>[K]
}

/** A type of option value: what it is called in sentences, and how it is checked (and converted, from JSON or a flag). */
export class Kind<T> {
  readonly noun: string
  private readonly make: () => z.ZodType<T>
  private made: z.ZodType<T> | null = null

  /** `make` gives the type when it is first needed: types are large, and a process looks at few of them. */
  constructor(noun: string, make: () => z.ZodType<T>) {
    this.noun = noun
    this.make = make
  }

  get type(): z.ZodType<T> {
    return (this.made ??= this.make())
  }

  /** An option that must be given. */
  req(doc: string, rest: { alias?: string; perKey?: boolean } = {}): RequiredOption<T> {
    return { kind: this, doc, required: true, fallback: undefined, ...rest }
  }

  /** An option with a default; a default of null makes the type nullable. */
  opt<F extends T | null>(
    doc: string,
    fallback: F,
    rest: { alias?: string; perKey?: boolean } = {},
  ): Option<null extends F ? T | null : T> {
    const kind = (fallback === null ? this.nullable() : this) as Kind<null extends F ? T | null : T>
    return { kind, doc, required: false, fallback: fallback as unknown as null extends F ? T | null : T, ...rest }
  }

  nullable(): Kind<T | null> {
    const noun = this.noun.endsWith(' or null') ? this.noun : `${this.noun} or null`
    return new Kind(noun, () => this.type.nullable())
  }

  /** The same with one more condition, named for the error sentence. */
  where(test: (value: T) => boolean, noun: string): Kind<T> {
    return new Kind(noun, () => this.type.refine(test))
  }

  parse(value: unknown, where: string): T {
    const result = this.safeParse(value, where)
    if (result.success) return result.data
    throw new OptionError(where, `${shown(value)} does not fit; give ${this.noun}`)
  }

  /** Conversions say in their own words what is wrong; where, only when they know more than the name of the option. */
  private safeParse(value: unknown, where: string) {
    try {
      return this.type.safeParse(value)
    } catch (error) {
      throw error instanceof VolvoxError && !error.where.startsWith(`${where}.`) ? error.at(where) : error
    }
  }
}

/** Marks an option as one that a dictionary transform may take once per key (MONAI's `mode`, `padding_mode`, ...). */
export function perKey<T>(option: Option<T>): Option<T> {
  return { ...option, perKey: true }
}

/** Checks `given` against the schema and fills in defaults. `owner` is named in errors: `Flip.spatialAxis: ...`. */
export function parseOptions<S extends Schema>(
  owner: string,
  schema: S,
  given: Readonly<Record<string, unknown>>,
): Values<S> {
  if (!isRecord(given))
    throw new OptionError(
      owner,
      `was given ${shown(given)} instead of options; give an object of ${Object.keys(schema).join(', ') || 'none'}`,
    )
  for (const key of Object.keys(given))
    if (!(key in schema)) {
      const hint = didYouMean(key, Object.keys(schema))
      throw new OptionError(
        `${owner}.${key}`,
        `no such option; ${hint ? `did you mean "${hint}"?` : `it takes ${Object.keys(schema).join(', ') || 'none'}`}`,
      )
    }
  const values: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(schema)) {
    const value = given[key]
    if (value !== undefined) values[key] = option.kind.parse(value, `${owner}.${key}`)
    else if (option.required) throw new OptionError(`${owner}.${key}`, `is missing; give ${option.kind.noun}`)
    else values[key] = option.fallback
  }
  return values as Values<S> // every key of S was just filled with a value that its kind accepted
}

/** snake_case of a camelCase option name, as MONAI and our config files spell it. */
export function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])([A-Z])/g, (_, letter: string) => `_${letter.toLowerCase()}`)
}

/** Options spelt as in a config file (snake_case or camelCase) under our names; unknown names are kept for `parseOptions` to refuse. */
export function fromConfigNames(
  owner: string,
  schema: Schema,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const names = new Map(Object.entries(schema).map(([key, option]) => [option.alias ?? snakeCase(key), key]))
  const out: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const key = names.get(name) ?? name
    if (key in out) throw new ConfigError(`${owner}.${name}`, 'is given twice, in two spellings; keep one')
    out[key] = value
  }
  return out
}

/** The inverse of `fromConfigNames`, for writing configs that MONAI reads. */
export function toConfigNames(schema: Schema, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [schema[key]?.alias ?? snakeCase(key), value]))
}

export const number: Kind<number> = new Kind('a number', () => z.number())
export const positive: Kind<number> = number.where((x) => x > 0, 'a number above 0')
export const nonNegative: Kind<number> = number.where((x) => x >= 0, 'a number of 0 or more')
export const probability: Kind<number> = number.where((x) => x >= 0 && x <= 1, 'a probability from 0 to 1')
export const int: Kind<number> = new Kind('a whole number', () => z.int())
export const count: Kind<number> = int.where((n) => n >= 1, 'a whole number of 1 or more')
/** Bundles also say "true" and "True" as text, which Python takes for true (as it does "False", which is refused here). */
export const bool: Kind<boolean> = new Kind('true or false', () =>
  z.union([z.boolean(), z.enum(['true', 'True']).transform(() => true)]),
)
export const text: Kind<string> = new Kind('text', () => z.string())
export const texts: Kind<readonly string[]> = new Kind('a list of texts', () => z.array(z.string()).readonly())
/** A list of numbers; a single number stands for a list of one where `listOf` is used with `broadcast`. */
export const numbers: Kind<readonly number[]> = new Kind('a list of numbers', () => z.array(z.number()).readonly())
export const ints: Kind<readonly number[]> = new Kind('a list of whole numbers', () => z.array(z.int()).readonly())
export const numberOrNumbers: Kind<number | readonly number[]> = new Kind('a number or a list of numbers', () =>
  z.union([z.number(), z.array(z.number()).readonly()]),
)
export const intOrInts: Kind<number | readonly number[]> = new Kind('a whole number or a list of them', () =>
  z.union([z.int(), z.array(z.int()).readonly()]),
)
export const countOrCounts: Kind<number | readonly number[]> = intOrInts.where(
  (given) => [given].flat().every((n) => n >= 1),
  'a whole number of 1 or more or a list of them',
)
/** A name, or several. */
export const nameOrNames: Kind<string | readonly string[]> = new Kind('a name or a list of names', () =>
  z.union([z.string(), z.array(z.string()).min(1).readonly()]),
)
export const anything: Kind<unknown> = new Kind('any value', () => z.unknown())

/** One of a few words. */
export function oneOf<const V extends string>(...words: readonly V[]): Kind<V> {
  return new Kind(
    `one of ${words.map((word) => `"${word}"`).join(', ')}`,
    () => z.enum(words as readonly [V, ...V[]]) as unknown as z.ZodType<V>,
  )
}

/** A value that some other code checks, e.g. a nested transform or a typed array. */
export function instance<T>(noun: string, test: (value: unknown) => boolean): Kind<T> {
  return new Kind(noun, () => z.custom<T>(test))
}
