import { isList } from '../core/lists.ts'
import { gridOf, isImage, type Image } from '../core/image.ts'
import type { Schema, Values } from '../core/options.ts'
import type { Grid } from '../core/plan.ts'
import { keepingInKernels } from '../kernels/index.ts'
import { naming, namingKey } from './checks.ts'
import { invertLast, readable, settle, type Definition, type How, type Inputs } from './define.ts'
import { RandomSource, completed, type DrawContext, type RandomDefinition, reseeding } from './random.ts'
import {
  imageAt,
  present,
  type RandomSampleTransform,
  type Sample,
  type SampleHow,
  type SampleTransform,
} from './sample.ts'

/** Where MONAI's dictionary form is not simply "the plain form for each key". */
export interface Exceptions {
  readonly defaults?: Readonly<Record<string, unknown>>
  /** Options that only the dictionary form has. */
  readonly options?: Schema
  /** Options that may also be an object with a value for each key. */
  readonly byKey?: readonly string[]
  /** Name of the option that holds the key of an extra input, where it is not `<input>Key`. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Where the result for a key is stored, where that is not the key itself. */
  readonly resultKey?: (key: string, options: Values<Schema>) => string
  /** Options of the plain form that an image takes from its sample, where they stand beside the voxels. */
  readonly fromSample?: (
    sample: Sample,
    key: string,
    index: number,
    options: Values<Schema>,
  ) => Readonly<Record<string, unknown>>
  /** Options of a further image that follow from what became of the first one. */
  readonly adapt?: (first: Change, before: Grid, options: Values<Schema>) => Readonly<Record<string, unknown>>
  /** What becomes of entries that are no images; an error unless given. */
  readonly others?: (value: unknown, options: Values<Schema>) => unknown
  /** Finishes each sample, e.g. to store coordinates beside the images. */
  readonly after?: (sample: Sample, options: Values<Schema>, results: Results) => Sample
}

/** The lattice of an image before and after a transform. */
interface Change {
  readonly before: Grid
  readonly after: Grid
}

type Result = Image | readonly Image[]
type Results = ReadonlyMap<string, Result>
type Drawn = ReturnType<RandomDefinition['draw']>

/** A definition with the options of one dictionary transform. */
interface Form<D extends Definition = Definition> {
  readonly name: string
  readonly definition: D
  readonly options: Values<Schema>
  readonly keys: readonly string[]
  /** Options of the plain form for each key. */
  readonly perKey: readonly Values<Schema>[]
  readonly exceptions: Exceptions
}

/** The dictionary transform of a form. */
export function formOf(form: Form): SampleTransform<unknown> {
  return isRandomForm(form) ? randomForm(form) : sampleTransform(form, () => null)
}

function isRandomForm(form: Form): form is Form<RandomDefinition> {
  return 'draw' in form.definition
}

function randomForm(form: Form<RandomDefinition>): RandomSampleTransform<unknown> {
  const { definition } = form
  const source = new RandomSource()
  const transform: RandomSampleTransform<unknown> = Object.assign(
    sampleTransform(form, (images, inputs) => {
      const [first] = images
      const seen = (image: Image): DrawContext => ({ image, grid: gridOf(image), inputs })
      const draw = drawFor(definition, source, first.options, seen(first.image), images.length)
      // What a closed gate leaves as it is, MONAI's dictionary form does not even convert.
      if (draw === null) return ({ image }) => image
      return ({ image, options }, how) =>
        definition.applyDrawn(image, options, withOwn(definition, draw(options, seen(image)), options), how, inputs)
    }),
    {
      setRandomState: reseeding(source, () => transform),
    },
  )
  return transform
}

/** An image to be transformed, with the options of the plain form for its key. */
interface Entry {
  readonly key: string
  readonly image: Image
  readonly options: Values<Schema>
}

type Apply = (entry: Entry, how: How) => Result

/** `prepare` may draw once for all images; null stands for applying the definition to each of them. */
function sampleTransform(
  form: Form,
  prepare: (images: readonly Entry[], inputs: Inputs) => Apply | null,
): SampleTransform<unknown> {
  const { name, definition, options, keys, perKey, exceptions } = form
  const { others } = exceptions
  const runOn = (given: Sample, how: SampleHow): unknown => {
    const there = present(name, given, keys, options.allowMissingKeys === true)
    const [images, rest] = others ? split(there, ([key]) => isImage(given[key])) : [there, []]
    const changed = rest.map(([key, index]) => [key, others?.(given[key], perKey[index])] as const)
    const sample = changed.length > 0 ? { ...given, ...Object.fromEntries(changed) } : given
    const entries = images.map(([key, index]): Entry => {
      const image = readable(imageAt(name, sample, key), definition, howFor(how, key))
      return { key, image, options: { ...perKey[index], ...exceptions.fromSample?.(sample, key, index, options) } }
    })
    if (entries.length === 0) return sample
    const inputs = inputsOf(form, sample)
    const apply: Apply =
      prepare(entries, inputs) ?? (({ image, options }, how) => definition.apply(image, options, how, inputs))
    const results = new Map<string, Result>()
    let first: Change | null = null
    for (const entry of entries) {
      const earlier = results.get(entry.key) // where a key is there twice, the transform goes over what it gave
      const image = isImage(earlier) ? readable(earlier, definition, howFor(how, entry.key)) : entry.image
      const before = gridOf(image)
      const adapted: Values<Schema> =
        first && exceptions.adapt ? { ...entry.options, ...exceptions.adapt(first, before, options) } : entry.options
      const result: Result = namingKey(name, definition.name, entry.key, () =>
        apply({ ...entry, image, options: adapted }, howFor(how, entry.key)),
      )
      results.set(exceptions.resultKey?.(entry.key, options) ?? entry.key, result)
      first ??= isList(result) ? null : { before, after: gridOf(result) }
    }
    const gathered = gather(sample, results)
    const { after } = exceptions
    if (!after) return gathered
    return isList(gathered) ? gathered.map((one) => after(one, options, results)) : after(gathered, options, results)
  }
  // What is drawn once for all images may be kept where the kernels find it.
  const run = (sample: Sample, how: SampleHow) => keepingInKernels(() => naming(name, () => runOn(sample, how)))
  return Object.assign((sample: Sample) => run(sample, { lazy: options.lazy === true }), {
    kind: 'sample' as const,
    transformName: name,
    options,
    keys,
    lazy: definition.lazy,
    handsOver: definition.handsOver === true && Object.keys(exceptions).every((name) => harmless.includes(name)),
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

/** Exceptions that see no voxels. */
const harmless = [
  'defaults',
  'options',
  'adapt',
  'byKey',
  'fromSample',
] satisfies (keyof Exceptions)[] as readonly string[]

function split<T>(items: readonly T[], test: (item: T) => boolean): [passed: T[], others: T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}

function howFor(how: SampleHow, key: string): How {
  const overrides = how.overrides?.[key]
  return {
    lazy: how.lazy,
    mayWait: how.mayWait === true,
    ...(overrides && { overrides }),
    ...(how.nearest && { nearest: true }),
  }
}

function inputsOf({ name, definition, options, exceptions }: Form, sample: Sample): Inputs {
  const inputs: Record<string, unknown> = {}
  for (const [input, need] of Object.entries(definition.inputs)) {
    const key = options[exceptions.inputs?.[input] ?? `${input}Key`]
    if (typeof key !== 'string') continue
    present(name, sample, [key], need === 'optional')
    const value = sample[key]
    if (key in sample) inputs[input] = isImage(value) ? settle(value) : value
  }
  return inputs
}

/** One result per key; a list of results makes a list of samples that share the other entries. */
function gather(sample: Sample, results: Results): Sample | readonly Sample[] {
  const lists = [...results.values()].filter(isList)
  if (lists.length === 0) return { ...sample, ...Object.fromEntries(results) }
  return lists[0].map((_, i) => ({
    ...sample,
    ...Object.fromEntries([...results].map(([key, result]) => [key, isList(result) ? result[i] : result])),
  }))
}

type DrawForImage = (options: Values<Schema>, context: DrawContext) => Drawn

/** Draws once for all images of a sample, and gives what is drawn for each; null when a gate is closed. */
function drawFor(
  definition: RandomDefinition,
  source: RandomSource,
  options: Values<Schema>,
  context: DrawContext,
  images: number,
): DrawForImage | null {
  const { gated } = definition
  if (definition.drawSample) {
    const drawn = definition.drawSample(source, options, context, images)
    return () => drawn
  }
  if (gated && source.rand() >= (options.prob as number)) return null // every gated transform has this option
  const inner = gated ? source.twin('inner') : source
  const always = (given: Values<Schema>) => (gated ? { ...given, prob: 1 } : given)
  if (gated === 'each') return (own, seen) => definition.draw(inner, always(own), seen)
  const drawn = definition.draw(inner, always(options), context)
  return (own, seen) => completed(definition, inner, drawn, own, seen)
}

/** What was drawn, with this key's own values of the options that differ by key. */
function withOwn(definition: RandomDefinition, drawn: Drawn, options: Values<Schema>): Drawn {
  if (drawn === null) return null
  const own = Object.fromEntries(
    Object.entries(definition.base.schema)
      .filter(([key, { perKey }]) => perKey && key in options)
      .map(([key]) => [key, options[key]]),
  )
  return isList(drawn) ? drawn.map((one) => ({ ...one, ...own })) : { ...drawn, ...own }
}
