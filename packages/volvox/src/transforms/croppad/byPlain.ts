import { DataError } from '../../core/errors.ts'
import { isImage, type Image } from '../../core/image.ts'
import { instance, parseOptions, type Given, type Kind, type Schema, type Values } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { naming, namingKey } from '../checks.ts'
import type { How, ImageTransform } from '../define.ts'
import { isRandom } from '../random.ts'
import {
  imageAt,
  present,
  sampleOptions,
  type RandomSampleTransform,
  type Sample,
  type SampleHow,
  type SampleTransform,
} from '../sample.ts'
import { SpatialCrop } from './crop.ts'

/** A transform of one image that was made beforehand. */
export function plainForm(what: string): Kind<ImageTransform> {
  return instance<ImageTransform>(
    `a ${what} transform of plain form`,
    (value) => typeof value === 'function' && 'kind' in value && value.kind === 'image' && 'definition' in value,
  )
}

const common = { ...sampleOptions, lazy: SpatialCrop.schema.lazy }
type Common = Values<typeof common>

/** What is done to the image under each key; the key by its place among the keys. */
type Apply = (img: Image, how: How, index: number) => unknown

/** A dictionary form that is given the plain transform to use, as `Cropd` and `Padd` are. */
export function byPlain<S extends Schema>(spec: {
  readonly name: string
  readonly options: S
  /** The option that holds the plain transform. */
  readonly inner: keyof S & string
  /** What becomes of each image, found out for all of them from the first one. */
  prepare(options: Values<S>, keys: readonly string[], first: Image): Apply
}): Component & ((given: Given<typeof common & S>) => SampleTransform) {
  const { name, inner, prepare } = spec
  const schema = { ...common, ...spec.options }
  const make = (given: Given<typeof common & S>): SampleTransform => {
    const options = parseOptions(name, schema, given) as Common & Values<S> // of both schemas
    const { keys, allowMissingKeys, lazy } = options
    const plain = options[inner] as ImageTransform // its kind is `plainForm`
    const runOn = (sample: Sample, how: SampleHow): Sample => {
      const images = present(name, sample, keys, allowMissingKeys).map(
        ([key, index]) => [key, imageAt(name, sample, key), index] as const,
      )
      if (images.length === 0) return sample
      const apply = prepare(options, keys, images[0][1])
      const changed = images.map(([key, img, index]) => {
        const overrides = how.overrides?.[key]
        const result = namingKey(name, plain.transformName, key, () =>
          apply(img, { lazy: how.lazy, ...(overrides && { overrides }) }, index),
        )
        if (!isImage(result))
          throw new DataError(
            `${name}.${inner}`,
            `${plain.transformName} gave no single image; use one that gives one image`,
          )
        return [key, result] as const
      })
      return { ...sample, ...Object.fromEntries(changed) }
    }
    const run = (sample: Sample, how: SampleHow) => naming(name, () => runOn(sample, how))
    const transform: SampleTransform = Object.assign((sample: Sample) => run(sample, { lazy }), {
      kind: 'sample' as const,
      transformName: name,
      options,
      keys,
      lazy: plain.definition.lazy,
      run,
      inverse(sample: Sample, how: Partial<SampleHow> = {}): Sample {
        const found = present(name, sample, keys, true).map(([key]) => [
          key,
          plain.inverse(imageAt(name, sample, key), how.nearest ? { nearest: true } : {}),
        ])
        return { ...sample, ...Object.fromEntries(found) }
      },
      ...(isRandom(plain) && {
        setRandomState(seed: number) {
          plain.setRandomState(seed)
          return transform as RandomSampleTransform
        },
      }),
    })
    return transform
  }
  return Object.assign(make, { componentName: name, schema })
}
