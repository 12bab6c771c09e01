import { DataError } from '../../../core/errors.ts'
import { isImage, spatialShape, type Image } from '../../../core/image.ts'
import { text } from '../../../core/options.ts'
import { statistics } from '../../../kernels/index.ts'
import { checkSound } from '../../checks.ts'
import { SpatialCrop } from '../../croppad/crop.ts'
import { invertLast } from '../../define.ts'
import { NormalizeIntensity } from '../../intensity/normalize.ts'
import { imageAt, present, sampleOptions, settledAt, withEachImage } from '../../sample.ts'
import { eachChannel, floatCopy } from '../../shared.ts'
import { metaAt } from '../entries.ts'
import { wholeSample } from '../../wholeSample.ts'

/** Entries that the facts about an image hold, e.g. the reconstruction of fastMRI (MONAI `ExtractDataKeyFromMetaKeyd`). */
export const ExtractDataKeyFromMetaKeyd = wholeSample({
  name: 'ExtractDataKeyFromMetaKeyd',
  options: {
    ...sampleOptions,
    metaKey: text.req('Key of the facts, `<image>_meta_dict`, or of the image itself.'),
  },
  apply(sample, { keys, allowMissingKeys, metaKey }) {
    const imageKey = isImage(sample[metaKey]) ? metaKey : metaKey.replace(/_meta_dict$/, '')
    const place = { imageKey, metaKey: isImage(sample[metaKey]) ? null : metaKey, postfix: 'meta_dict' }
    const facts = metaAt('ExtractDataKeyFromMetaKeyd', sample, place)
    const absent = keys.find((key) => !(key in facts))
    if (absent !== undefined && !allowMissingKeys)
      throw new DataError(
        'ExtractDataKeyFromMetaKeyd',
        `no "${absent}" in "${metaKey}" (it has ${Object.keys(facts).join(', ') || 'nothing'}); fix keys or set allowMissingKeys`,
      )
    return { ...sample, ...Object.fromEntries(keys.filter((key) => key in facts).map((key) => [key, facts[key]])) }
  },
})

/** Cuts the middle out of images, in the size of another (MONAI `ReferenceBasedSpatialCropd`). */
export const ReferenceBasedSpatialCropd = wholeSample({
  name: 'ReferenceBasedSpatialCropd',
  options: { ...sampleOptions, refKey: text.req('Key of the image whose size is taken.') },
  apply(sample, { keys, allowMissingKeys, refKey }) {
    const roiSize = spatialShape(settledAt('ReferenceBasedSpatialCropd', sample, refKey))
    const cut = (img: Image) =>
      SpatialCrop({ roiCenter: spatialShape(img).map((n) => Math.floor(n / 2)), roiSize: [...roiSize] })(img)
    return withEachImage('ReferenceBasedSpatialCropd', sample, { keys, allowMissingKeys }, cut)
  },
  inverse(sample, { keys }) {
    const found = present('ReferenceBasedSpatialCropd', sample, keys, true)
    const back = (img: Image) => invertLast(SpatialCrop.definition as never, 'SpatialCrop', img, { lazy: false })
    return {
      ...sample,
      ...Object.fromEntries(found.map(([key]) => [key, back(imageAt('ReferenceBasedSpatialCropd', sample, key))])),
    }
  },
})

const { subtrahend, divisor, nonzero, channelWise, dtype } = NormalizeIntensity.schema

/**
 * Images less the mean of another and divided by its standard deviation, which are stored as `mean` and `std` (MONAI
 * `ReferenceBasedNormalizeIntensityd`).
 */
export const ReferenceBasedNormalizeIntensityd = wholeSample({
  name: 'ReferenceBasedNormalizeIntensityd',
  options: {
    ...sampleOptions,
    refKey: text.req('Key of the image whose mean and deviation are taken.'),
    subtrahend,
    divisor,
    nonzero,
    channelWise,
    dtype,
  },
  apply(sample, { keys, allowMissingKeys, refKey, ...given }) {
    const reference = settledAt('ReferenceBasedNormalizeIntensityd', sample, refKey)
    const found: { mean: number; std: number }[] = []
    eachChannel(floatCopy(reference), reference, given.channelWise, (part) => found.push(statistics(part)))
    for (const { mean, std } of found)
      checkSound(`ReferenceBasedNormalizeIntensityd ("${refKey}")`, reference, mean, std)
    const known = (values: number[]) => (given.channelWise ? values : values[0])
    const mean = given.subtrahend ?? known(found.map(({ mean }) => mean))
    const std = given.divisor ?? known(found.map(({ std }) => std))
    const normalize = NormalizeIntensity({ ...given, subtrahend: mean, divisor: std })
    const stored = { ...sample, mean, std }
    return withEachImage('ReferenceBasedNormalizeIntensityd', stored, { keys, allowMissingKeys }, (img) =>
      normalize(img),
    )
  },
})
