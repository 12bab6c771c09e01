import { z } from 'zod'
import { DataError } from '../../core/errors.ts'
import { gridOf, isImage, type HistoryRecord, type Image } from '../../core/image.ts'
import { Kind, bool, instance, parseOptions, perKey, type Given, type Schema } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { recorded, settle } from '../define.ts'
import { RandomSource, reseeding } from '../random.ts'
import { present, sampleOptions, type Sample, type SampleTransform } from '../sample.ts'
import { chance } from '../shared.ts'
import { orPerKey } from '../perKey.ts'

/** A function of an image, or of whatever a sample holds. */
export type Change = (value: never) => unknown

const change = instance<Change>('a function', (value) => typeof value === 'function')
const unchanged: Change = (value: unknown) => value

const options = {
  func: perKey(change.req('Applied to the image, or to the value under each key.')),
  invFunc: perKey(change.opt('Undoes it when a pipeline is inverted; leaves the value alone unless given.', unchanged)),
  trackMeta: bool.opt('Kept for configs of MONAI; images always keep their metadata.', true),
}

/** Applies `func` and leaves a record on the image that it gives, or a record of nothing done. */
function applied(name: string, func: Change, value: unknown, passes: boolean): unknown {
  const input = isImage(value) ? settle(value) : value
  const output = passes ? func(input as never) : input
  if (!isImage(output)) return output
  const before = gridOf(isImage(input) ? input : output)
  return recorded(output, { name, options: passes ? {} : null, before })
}

function undone(name: string, invFunc: Change, value: unknown): unknown {
  if (!isImage(value)) return invFunc(value as never)
  const record: HistoryRecord | undefined = value.history.at(-1)
  if (record?.name !== name) return value
  const rest: Image = { ...value, history: value.history.slice(0, -1) }
  return record.options === null ? rest : invFunc(rest as never)
}

/** A plain transform by a function. */
export interface LambdaTransform {
  (img: unknown): unknown
  readonly kind: 'image'
  readonly transformName: string
  readonly options: Readonly<Record<string, unknown>>
  run(img: unknown): unknown
  inverse(img: Image): Image
  readonly source?: RandomSource
  setRandomState?(seed: number): LambdaTransform
}

function plainLambda<S extends Schema & typeof options>(name: string, schema: S, isRandom: boolean) {
  const make = (given: Given<S>): LambdaTransform => {
    const parsed = parseOptions(name, schema, given)
    const { func, invFunc } = parsed as { func: Change; invFunc: Change }
    const source = new RandomSource()
    const run = (img: unknown) => applied(name, func, img, !isRandom || source.rand() < Number(parsed.prob))
    const transform: LambdaTransform = Object.assign((img: unknown) => run(img), {
      kind: 'image' as const,
      transformName: name,
      options: parsed,
      run,
      inverse(img: Image): Image {
        const restored = undone(name, invFunc, img)
        if (isImage(restored)) return restored
        throw new DataError(`${name}.invFunc`, `gave ${typeof restored} instead of an image; return one`)
      },
      ...(isRandom && {
        source,
        setRandomState: reseeding(source, () => transform),
      }),
    })
    return transform
  }
  return Object.assign(make, { componentName: name, schema })
}

const overwriteKind = new Kind<boolean | string>('true, false or a key', () => z.union([z.boolean(), z.string()]))
const dictionaryOptions = {
  ...sampleOptions,
  func: orPerKey(change).req(options.func.doc),
  invFunc: orPerKey(change).opt(options.invFunc.doc, unchanged),
  trackMeta: options.trackMeta,
  overwrite: orPerKey(overwriteKind).opt('Whether to replace the value, or the key to store the result under.', true),
}

function sampleLambda<S extends Schema & typeof dictionaryOptions>(
  name: string,
  schema: S,
  isRandom: boolean,
): Component & ((given: Given<S>) => SampleTransform) {
  const make = (given: Given<S>): SampleTransform => {
    const parsed = parseOptions(name, schema, given)
    const { keys, func, invFunc, overwrite, allowMissingKeys } = parsed as unknown as {
      keys: readonly string[]
      func: Change | readonly Change[]
      invFunc: Change | readonly Change[]
      overwrite: boolean | string | readonly (boolean | string)[]
      allowMissingKeys: boolean
    }
    const at = <T>(value: T | readonly T[], index: number): T =>
      Array.isArray(value) ? ((value as readonly T[])[index] ?? (value as readonly T[])[0]) : (value as T)
    const source = new RandomSource()
    const run = (sample: Sample): Sample => {
      const passes = !isRandom || source.rand() < Number(parsed.prob)
      const out: Record<string, unknown> = { ...sample }
      for (const [key, index] of present(name, sample, keys, allowMissingKeys)) {
        const target = at(overwrite, index)
        const result = applied(name, at(func, index), sample[key], passes)
        if (target !== false) out[typeof target === 'string' ? target : key] = result
      }
      return out
    }
    const transform: SampleTransform = Object.assign((sample: Sample) => run(sample), {
      kind: 'sample' as const,
      transformName: name,
      options: parsed,
      keys,
      lazy: false,
      run,
      inverse(sample: Sample): Sample {
        const out: Record<string, unknown> = { ...sample }
        for (const [key, index] of present(name, sample, keys, true))
          if (at(overwrite, index) === true) out[key] = undone(name, at(invFunc, index), sample[key])
        return out
      },
      ...(isRandom && {
        source,
        setRandomState: reseeding(source, () => transform),
      }),
    })
    return transform
  }
  return Object.assign(make, { componentName: name, schema })
}

/** Apply a function of your own (MONAI `Lambda`). */
export const Lambda = plainLambda('Lambda', options, false)
/** Apply a function of your own, sometimes (MONAI `RandLambda`). */
export const RandLambda = plainLambda('RandLambda', { ...options, prob: chance(1) }, true)
/** Apply functions of your own to values of a sample, images or not (MONAI `Lambdad`). */
export const Lambdad = sampleLambda('Lambdad', dictionaryOptions, false)
/** Apply functions of your own to values of a sample, all or none (MONAI `RandLambdad`). */
export const RandLambdad = sampleLambda('RandLambdad', { ...dictionaryOptions, prob: chance(1) }, true)
