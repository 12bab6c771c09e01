import { isRecord, type Component } from 'volvox'
import type { Example, Options } from './examples/example.ts'
import type { Form } from './families.ts'
import type { Subjects } from './subjects.ts'

/** What became of an example. */
export interface Trial {
  readonly example: Example
  readonly form: Form
  /** Options as they were given, keys among them. */
  readonly options: Options
  readonly before: unknown
  /** Further arguments of the call. */
  readonly also: readonly unknown[]
  /** What came out: once, or for three seeds of a random transform. */
  readonly after: readonly unknown[]
  readonly random: boolean
}

export const seeds: readonly number[] = [0, 1, 2]

/** Tries the example of `name` in the form that shows most: a sample of image, label and grid where voxels move. */
export function tried(name: string, example: Example, forms: ReadonlyMap<string, Form>, subjects: Subjects): Trial {
  const whole = example.show === 'moves' || example.show === 'crops'
  const form = (whole && forms.get(`${name}d`)) || forms.get(name)
  if (!form) throw new Error(`there is no transform ${name} for its example`)
  const { scan, label } = subjects
  const grid = example.view?.axis === 0 ? subjects.sagittalGrid : subjects.grid
  const before = example.of?.(subjects) ?? (whole || takesSamples(form.component) ? { image: scan, label, grid } : scan)
  const own = typeof example.options === 'function' ? example.options(subjects) : example.options
  const options = whole ? withKeys(form.component, own) : own
  const also = example.also?.(subjects) ?? []
  const run = (seed: number): unknown => {
    const made = make(form, options)
    if (isSeeded(made)) made.setRandomState(seed)
    return (made as (...given: readonly unknown[]) => unknown)(before, ...also)
  }
  const random = isSeeded(make(form, options))
  return { example, form, options, before, also, after: (random ? seeds : [0]).map(run), random }
}

/** Whether it works on samples: by its keys, or because it holds such transforms. */
export function takesSamples({ schema }: Component): boolean {
  return 'keys' in schema || 'boxKeys' in schema || 'transforms' in schema
}

/** Keys of the image, its label and the grid; the latter two by nearest voxels. */
function withKeys({ schema }: Component, options: Options): Options {
  if (!('keys' in schema)) return options
  const keys = ['image', 'label', 'grid']
  const { mode } = schema
  if (!mode?.perKey || !mode.kind.noun.includes('nearest')) return { keys, ...options }
  return { keys, ...options, mode: [options.mode ?? mode.fallback, 'nearest', 'nearest'] }
}

function make({ component }: Form, options: Options): unknown {
  return component(options as never) // which it checks
}

function isSeeded(value: unknown): value is { setRandomState(seed: number): unknown } {
  return (typeof value === 'function' || isRecord(value)) && 'setRandomState' in value
}
