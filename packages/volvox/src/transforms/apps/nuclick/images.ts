import { roundEven, toFloats } from '../../../core/convert.ts'
import { DataError, ShapeError } from '../../../core/errors.ts'
import { withVoxels, type Image } from '../../../core/image.ts'
import { count, nonNegative, text } from '../../../core/options.ts'
import { SpatialCrop } from '../../croppad/crop.ts'
import { SpatialPad } from '../../croppad/pad.ts'
import { sampleOptions, valueAt, withEachImage } from '../../sample.ts'
import { rowOf } from '../entries.ts'
import { withoutSmallParts } from '../regions.ts'
import { wholeSample } from '../../wholeSample.ts'

const { spatialSize: _, lazy: __, ...padOptions } = SpatialPad.schema

/** A square patch around a centre, padded where the image is smaller (MONAI `ExtractPatchd`). */
export const ExtractPatchd = wholeSample({
  name: 'ExtractPatchd',
  options: {
    ...sampleOptions,
    centroidKey: text.opt('Key of the centre, row and column.', 'centroid'),
    patchSize: count.opt('Height and width of the patch.', 128),
    ...padOptions,
  },
  apply(sample, { keys, allowMissingKeys, centroidKey, patchSize, ...padding }) {
    const name = 'ExtractPatchd'
    const centre = rowOf(valueAt(name, sample, centroidKey))
    if (centre.length !== 2 || centre.some(Number.isNaN))
      throw new DataError(name, `"${centroidKey}" is [${centre.join(', ')}]; it must be a row and a column`)
    const pad = SpatialPad({ spatialSize: [patchSize, patchSize], ...padding })
    return withEachImage(name, sample, { keys, allowMissingKeys }, (img, key) => {
      if (img.shape.length !== 3)
        throw new ShapeError(name, `"${key}" has the shape [${img.shape.join(', ')}]; it must be [channels, height, width]`) // prettier-ignore
      const ranges = img.shape.slice(1).map((n, axis) => around(centre[axis], patchSize, n))
      const crop = SpatialCrop({ roiStart: ranges.map(([start]) => start), roiEnd: ranges.map(([, end]) => end) })
      return pad(crop(img))
    })
  },
})

/** First and one past the last pixel along an axis. Of an axis shorter than the patch MONAI's negative start counts from the end. */
function around(centre: number, patch: number, size: number): readonly [number, number] {
  const start = Math.trunc(Math.max(centre - patch / 2, 0))
  if (start + patch <= size) return [start, start + patch]
  return [size >= patch ? size - patch : Math.max(0, 2 * size - patch), size]
}

/** Colours of tissue, [height, width, 3]: grey and green pixels, and small parts of the rest, become 0 (MONAI `FilterImaged`). */
export const FilterImaged = wholeSample({
  name: 'FilterImaged',
  options: { ...sampleOptions, minSize: nonNegative.opt('Least size of a part in pixels.', 500) },
  apply(sample, { keys, allowMissingKeys, minSize }) {
    const name = 'FilterImaged'
    return withEachImage(name, sample, { keys, allowMissingKeys }, (img, key) => {
      if (img.shape.length !== 3 || img.shape[2] !== 3)
        throw new ShapeError(name, `"${key}" has the shape [${img.shape.join(', ')}]; it must be [height, width, 3]`)
      return filtered(img, minSize)
    })
  },
})

function filtered(img: Image, minSize: number): Image {
  const values = toFloats(img.dtype, img.data)
  const colours = notGrey(values, img.dtype === 'uint8')
  const notGreen = greenBelow(values, 200)
  const tissue = colours.map((x, i) => x & notGreen[i])
  const mask = minSize > 0 ? largeParts(tissue, img.shape.slice(0, 2), minSize) : tissue
  const data = img.data.slice()
  for (let i = 0; i < data.length; i++) if (mask[Math.floor(i / 3)] === 0) data.fill(0 as never, i, i + 1) // 0 of its type
  return withVoxels(img, { data })
}

/** How much of a mask is empty, in percent. */
function emptyPercent(mask: Uint8Array): number {
  return 100 - (mask.reduce((sum, x) => sum + x, 0) / mask.length) * 100
}

/** Pixels whose green is above 0 and below a threshold, which is raised while 90 % are masked. */
function greenBelow(rgb: ArrayLike<number>, threshold: number): Uint8Array {
  const mask = Uint8Array.from({ length: rgb.length / 3 }, (_, i) => {
    const green = rgb[3 * i + 1]
    return green < threshold && green > 0 ? 1 : 0
  })
  if (emptyPercent(mask) < 90 || threshold >= 255) return mask
  return greenBelow(rgb, Math.ceil((255 - threshold) / 2 + threshold))
}

/** How far the colours of a grey pixel may be apart. */
const greyTolerance = 15

/** Pixels whose colours differ. Differences of bytes wrap around, as in MONAI. */
function notGrey(rgb: ArrayLike<number>, wraps: boolean): Uint8Array {
  const near = (a: number, b: number) => (wraps ? (a - b) & 255 : Math.abs(a - b)) <= greyTolerance
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) => {
    const [r, g, b] = [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]]
    return near(r, g) && near(r, b) && near(g, b) ? 0 : 1
  })
}

/** The mask without small parts, the least size of which is halved while 95 % are masked. */
function largeParts(mask: Uint8Array, shape: readonly number[], least: number): Uint8Array {
  const kept = withoutSmallParts(mask, shape, least)
  return emptyPercent(kept) >= 95 && least >= 1 ? largeParts(mask, shape, roundEven(least / 2)) : kept
}
