import { OptionError, ShapeError } from '../../../core/errors.ts'
import { spatialShape, type Image } from '../../../core/image.ts'
import { intOrInts, ints, text } from '../../../core/options.ts'
import { aroundCentre, SpatialCrop } from '../../croppad/crop.ts'
import { foregroundBox, foregroundOptions } from '../../croppad/cropForeground.ts'
import { present, sampleOptions, type Sample, valueAt, settledAt } from '../../sample.ts'
import { forAxes } from '../../spatial/options.ts'
import { scaledPoints } from '../clicks.ts'
import { factAt, groupsOf, metaAt, withMeta, type MetaPlace } from '../entries.ts'
import { metaKeysAt, metaOption, metaOptions } from '../metaKeys.ts'
import { wholeSample } from '../../wholeSample.ts'

const { selectFn, channelIndices, margin, allowSmaller } = foregroundOptions

/** Names of the facts that tell of a crop, and undo it later. */
export const cropFacts = {
  startCoordKey: text.opt('Fact: first voxel of the box.', 'foreground_start_coord'),
  endCoordKey: text.opt('Fact: one past the last voxel.', 'foreground_end_coord'),
  originalShapeKey: text.opt('Fact: shape before.', 'foreground_original_shape'),
  croppedShapeKey: text.opt('Fact: shape after.', 'foreground_cropped_shape'),
}

interface CropFacts {
  readonly startCoordKey: string
  readonly endCoordKey: string
  readonly originalShapeKey: string
  readonly croppedShapeKey: string
}

/** A box; its end may be beyond the image, where a crop stops. */
interface Box {
  readonly start: readonly number[]
  readonly end: readonly number[]
}

/** Cuts a box out of one image, and keeps the facts. */
function cropped(sample: Sample, img: Image, place: MetaPlace, { start, end }: Box, names: CropFacts): Sample {
  const result = SpatialCrop({ roiStart: [...start], roiEnd: [...end] })(img)
  return withMeta({ ...sample, [place.imageKey]: result }, place, {
    [names.startCoordKey]: start,
    [names.endCoordKey]: end,
    [names.originalShapeKey]: img.shape,
    [names.croppedShapeKey]: result.shape,
  })
}

/** The middle of a box, cut to whole voxels. */
function middleOf({ start, end }: Box): number[] {
  return start.map((s, axis) => Math.trunc((s + end[axis]) / 2))
}

function isSmaller({ start, end }: Box, size: readonly number[]): boolean {
  return start.every((s, axis) => end[axis] - s < size[axis])
}

/**
 * Cuts out the box around the foreground of the source, or one of `spatialSize` about its middle when it is smaller than
 * that (MONAI `SpatialCropForegroundd` of Deepgrow).
 */
export const SpatialCropForegroundd = wholeSample({
  name: 'SpatialCropForegroundd',
  options: {
    ...sampleOptions,
    sourceKey: text.req('Key of the image whose foreground is looked for.'),
    spatialSize: ints.req('Least size of the box.'),
    selectFn,
    channelIndices,
    margin,
    allowSmaller,
    ...metaOptions,
    ...cropFacts,
  },
  apply(sample, { keys, allowMissingKeys, sourceKey, spatialSize, ...given }) {
    const name = 'SpatialCropForegroundd'
    const found = foregroundBox(settledAt(name, sample, sourceKey), { ...given, kDivisible: 1 })
    checkAxes(name, spatialSize, found.start.length)
    const box = isSmaller(found, spatialSize) ? aroundCentre(middleOf(found), spatialSize) : found
    const places = metaKeysAt(name, keys, given)
    return present(name, sample, keys, allowMissingKeys).reduce(
      (out, [key, i]) => cropped(out, settledAt(name, sample, key), places[i], box, given),
      sample,
    )
  },
})

function checkAxes(name: string, size: readonly number[], axes: number): void {
  if (size.length !== axes)
    throw new OptionError(`${name}.spatialSize`, `has ${size.length} values for ${axes} axes; give one for each`)
}

/**
 * Cuts out the box around the clicks with its margin, or one of `spatialSize` about its middle when it is smaller than
 * that; clicks move along (MONAI `SpatialCropGuidanced`).
 */
export const SpatialCropGuidanced = wholeSample({
  name: 'SpatialCropGuidanced',
  options: {
    ...sampleOptions,
    guidance: text.req('Key of the positive and negative clicks.'),
    spatialSize: ints.req('Least size of the box; of two values for a volume, all slices are kept.'),
    margin: intOrInts.opt('Voxels to keep around the clicks, per axis or for all.', 20),
    ...metaOptions,
    ...cropFacts,
  },
  apply(sample, { keys, allowMissingKeys, guidance, spatialSize, margin, ...given }) {
    const name = 'SpatialCropGuidanced'
    const found = present(name, sample, keys, allowMissingKeys)
    if (found.length === 0) return sample
    const shape = spatialShape(settledAt(name, sample, found[0][0]))
    const groups = groupsOf(name, guidance, valueAt(name, sample, guidance)).slice(0, 2)
    const around = boxAround(name, groups.flat(), shape, margin)
    const missing = shape.length - spatialSize.length
    // As in MONAI, the sizes that are missing are those of the axes after the first.
    const size =
      missing > 0
        ? [...shape.slice(1, 1 + missing), ...spatialSize]
        : spatialSize.slice(spatialSize.length - shape.length)
    const middle = middleOf(around)
    const centre = middle.length === 3 ? [Math.floor(size[0] / 2), ...middle.slice(1)] : middle
    const box = isSmaller(around, size) ? aroundCentre(centre, size) : around
    const places = metaKeysAt(name, keys, given)
    const images = found.reduce((out, [key, i]) => {
      const img = settledAt(name, sample, key)
      if (spatialShape(img).join() !== shape.join())
        throw new ShapeError(
          name,
          `"${key}" has the size [${spatialShape(img).join(', ')}], "${found[0][0]}" [${shape.join(', ')}]; they must be alike`,
        )
      return cropped(out, img, places[i], box, given)
    }, sample)
    const moved = groups.map((points) => points.map((point) => point.map((x, axis) => x - box.start[axis])))
    return { ...images, [guidance]: moved }
  },
})

function boxAround(
  name: string,
  points: readonly (readonly number[])[],
  shape: readonly number[],
  margin: number | readonly number[],
): Box {
  const margins = forAxes(`${name}.margin`, margin, shape.length)
  if (margins.some((m) => m < 0)) throw new OptionError(`${name}.margin`, `[${margins.join(', ')}] has a value below 0`)
  if (points.length === 0 || points.some((point) => point.length !== shape.length))
    throw new ShapeError(
      name,
      `the guidance has no clicks of ${shape.length} numbers; give at least one, and no others`,
    )
  const along = (axis: number) => points.map((point) => point[axis])
  return {
    start: shape.map((_, axis) => Math.max(Math.min(...along(axis)) - margins[axis], 0)),
    end: shape.map((n, axis) => Math.min(n, Math.max(...along(axis)) + margins[axis] + 1)),
  }
}

/** Clicks moved along when a cropped image was resized (MONAI `ResizeGuidanced`). */
export const ResizeGuidanced = wholeSample({
  name: 'ResizeGuidanced',
  options: {
    guidance: text.req('Key of the positive and negative clicks.'),
    refImage: text.req('Key of the image.'),
    ...metaOption,
    croppedShapeKey: cropFacts.croppedShapeKey,
  },
  apply(sample, { guidance, refImage, metaKeys, metaKeyPostfix, croppedShapeKey }) {
    const name = 'ResizeGuidanced'
    const now = spatialShape(settledAt(name, sample, refImage))
    const meta = metaAt(name, sample, { imageKey: refImage, metaKey: metaKeys, postfix: metaKeyPostfix })
    const [, ...before] = factAt(name, meta, croppedShapeKey)
    const factors = now.map((n, axis) => n / before[axis])
    const groups = groupsOf(name, guidance, valueAt(name, sample, guidance)).slice(0, 2)
    return { ...sample, [guidance]: groups.map((points) => scaledPoints(points, factors)) }
  },
})
