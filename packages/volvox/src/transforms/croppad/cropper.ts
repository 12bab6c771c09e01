import { gridOf, type Image } from '../../core/image.ts'
import type { Component } from '../../core/registry.ts'
import { readable, spatial, type How, type ImageTransform } from '../define.ts'
import type { RandomDefinition, RandomTransform } from '../random.ts'
import type { RandomSampleTransform } from '../sample.ts'
import { byPlain, plainForm } from './byPlain.ts'
import { cropTo, sliced, slicesKind } from './crop.ts'

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

const cropping = (name: string) =>
  byPlain({
    name,
    options: { cropper: plainForm('cropping').req('Crops the image under each key, e.g. CenterSpatialCrop.') },
    inner: 'cropper',
    prepare: ({ cropper }, _keys, first) => drawnBy(cropper, first),
  })

/** Crop images by a cropper of plain form (MONAI `Cropd`). */
export const Cropd = cropping('Cropd')
/** Crop images by a random cropper of plain form, all by one draw (MONAI `RandCropd`). */
export const RandCropd = cropping('RandCropd') as Component &
  ((given: Parameters<typeof Cropd>[0]) => RandomSampleTransform) // as its cropper is random
