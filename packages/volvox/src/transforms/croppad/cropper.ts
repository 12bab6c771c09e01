import { DataError } from '../../core/errors.ts'
import { gridOf, isImage, type Image } from '../../core/image.ts'
import { instance, parseOptions, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { readable, spatial, type How, type ImageTransform } from '../define.ts'
import type { RandomDefinition, RandomTransform } from '../random.ts'
import {
  imageAt,
  present,
  sampleOptions,
  type RandomSampleTransform,
  type Sample,
  type SampleHow,
  type SampleTransform,
} from '../sample.ts'
import { cropTo, sliced, slicesKind, SpatialCrop } from './crop.ts'

/** Cuts out the box of the `{ slices }` that the call takes, [start, stop] each; what other croppers do by themselves. */
export const Crop = spatial({
  name: 'Crop',
  options: {},
  inputs: { slices: 'optional' },
  plan({ shape }, _options, _img, { slices }) {
    const box = slicesKind.parse(slices ?? [], 'Crop.slices')
    return cropTo('Crop', shape, sliced('Crop.slices', shape, box.slice(0, shape.length)))
  },
})

const cropperKind = instance<ImageTransform>(
  'a cropping transform of plain form',
  (value) => typeof value === 'function' && 'kind' in value && value.kind === 'image' && 'definition' in value,
)
const schema = {
  ...sampleOptions,
  cropper: cropperKind.req('Crops the image under each key, e.g. CenterSpatialCrop.'),
  lazy: SpatialCrop.schema.lazy,
}

type Cropper = ImageTransform | RandomTransform

function isRandomCropper(cropper: Cropper): cropper is RandomTransform & { readonly definition: RandomDefinition } {
  return 'source' in cropper
}

/** One draw of a random cropper, made on the first image. */
function drawnBy(cropper: Cropper, first: Image): (img: Image, how: How) => unknown {
  if (!isRandomCropper(cropper)) return (img, how) => cropper.run(img, how, {})
  const { definition, options, source } = cropper
  const drawn = definition.draw(source, options as never, { image: first, grid: gridOf(first), inputs: {} }) // its own options
  return (img, how) => definition.applyDrawn(readable(img, definition, how), options as never, drawn, how, {})
}

function cropping(name: string): Component & ((given: Given<typeof schema>) => SampleTransform) {
  const make = (given: Given<typeof schema>): SampleTransform => {
    const options = parseOptions(name, schema, given)
    const { keys, cropper, allowMissingKeys } = options
    const run = (sample: Sample, how: SampleHow): Sample => {
      const images = present(name, sample, keys, allowMissingKeys).map(
        ([key]) => [key, imageAt(name, sample, key)] as const,
      )
      if (images.length === 0) return sample
      const crop = drawnBy(cropper, images[0][1])
      const cropped = images.map(([key, img]) => {
        const overrides = how.overrides?.[key]
        const result = crop(img, { lazy: how.lazy, ...(overrides && { overrides }) })
        if (!isImage(result))
          throw new DataError(
            `${name}.cropper`,
            `${cropper.transformName} gave no single image; use a cropper that cuts one box`,
          )
        return [key, result] as const
      })
      return { ...sample, ...Object.fromEntries(cropped) }
    }
    const transform: SampleTransform = Object.assign((sample: Sample) => run(sample, { lazy: options.lazy }), {
      kind: 'sample' as const,
      transformName: name,
      options,
      keys,
      lazy: cropper.definition.lazy,
      run,
      inverse(sample: Sample, how: Partial<SampleHow> = {}): Sample {
        const found = present(name, sample, keys, true).map(([key]) => [
          key,
          cropper.inverse(imageAt(name, sample, key), how.nearest ? { nearest: true } : {}),
        ])
        return { ...sample, ...Object.fromEntries(found) }
      },
      ...(isRandomCropper(cropper) && {
        setRandomState(seed: number) {
          cropper.setRandomState(seed)
          return transform as RandomSampleTransform
        },
      }),
    })
    return transform
  }
  return Object.assign(make, { componentName: name, schema })
}

/** Crop images by a cropper of plain form (MONAI `Cropd`). */
export const Cropd = cropping('Cropd')
/** Crop images by a random cropper of plain form, all by one draw (MONAI `RandCropd`). */
export const RandCropd = cropping('RandCropd')
