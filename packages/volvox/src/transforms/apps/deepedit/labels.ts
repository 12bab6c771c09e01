import { z } from 'zod'
import { toFloats } from '../../../core/convert.ts'
import { DataError, OptionError, ShapeError } from '../../../core/errors.ts'
import { isImage, spatialShape, withVoxels, type Image } from '../../../core/image.ts'
import { count, Kind, probability, text, texts } from '../../../core/options.ts'
import { present, sampleOptions, type Sample, settledAt } from '../../sample.ts'
import { voxelsPerChannel } from '../../shared.ts'
import { scaledPoints } from '../clicks.ts'
import { classNumbersAt, factAt, metaAt, recordAt, rowsOf, type MetaPlace } from '../entries.ts'
import { metaOption } from '../metaKeys.ts'
import { randomWholeSample, wholeSample } from '../../wholeSample.ts'

const labelNames = new Kind<Readonly<Record<string, number>>>(
  'class numbers by name, e.g. { spleen: 1, background: 0 }',
  () => z.record(z.string(), z.number()).readonly(),
)

/** Classes numbered from 1 in the order of their names, the background 0; stores `label_names` (MONAI `NormalizeLabelsInDatasetd`). */
export const NormalizeLabelsInDatasetd = wholeSample({
  name: 'NormalizeLabelsInDatasetd',
  options: { ...sampleOptions, labelNames: labelNames.opt('Class numbers in the data set by name.', null) },
  apply(sample, { keys, allowMissingKeys, labelNames: given }) {
    const name = 'NormalizeLabelsInDatasetd'
    const old = given ?? {}
    const numbers = Object.fromEntries(Object.keys(old).map((label, i) => [label, label === 'background' ? 0 : i + 1]))
    const next = new Map(Object.keys(old).filter((label) => label !== 'background').map((label) => [old[label], numbers[label]])) // prettier-ignore
    const found = present(name, sample, keys, allowMissingKeys).map(([key]) => {
      const img = settledAt(name, sample, key)
      const data = Float32Array.from(toFloats(img.dtype, img.data), (x) => next.get(x) ?? 0)
      return [key, withVoxels(img, { dtype: 'float32', data })]
    })
    return { ...sample, ...(found.length > 0 && { label_names: numbers }), ...Object.fromEntries(found) }
  },
})

/** Numbers of the organs of the BTCV data set, as MONAI's `SingleLabelSelectiond` knows them. */
const organs: Readonly<Record<string, number>> = {
  spleen: 1,
  'right kidney': 2,
  'left kidney': 3,
  gallbladder: 4,
  esophagus: 5,
  liver: 6,
  stomach: 7,
  aorta: 8,
  'inferior vena cava': 9,
  portal_vein: 10,
  splenic_vein: 11,
  pancreas: 12,
  'right adrenal gland': 13,
  'left adrenal gland': 14,
}

/** One organ at random, under its number in the list of names; the others become 0 (MONAI `SingleLabelSelectiond`). */
export const SingleLabelSelectiond = randomWholeSample({
  name: 'SingleLabelSelectiond',
  options: { ...sampleOptions, labelNames: texts.opt('Names of organs to choose from.', null) },
  apply(sample, { keys, labelNames: names }, source) {
    const name = 'SingleLabelSelectiond'
    const listed = names ?? []
    const unknown = listed.find((organ) => !(organ in organs))
    if (listed.length === 0 || unknown !== undefined)
      throw new OptionError(
        `${name}.labelNames`,
        `${unknown === undefined ? 'is empty' : `"${unknown}" is unknown`}; give some of ${Object.keys(organs).join(', ')}`,
      )
    if (!keys.includes('label')) return sample
    const chosen = source.choice(listed)
    const number = listed.indexOf(chosen) + 1
    const img = settledAt(name, sample, 'label')
    const data = img.data.slice() as Float32Array // written to with numbers of its own type below
    const big = img.data instanceof BigInt64Array || img.data instanceof BigUint64Array
    toFloats(img.dtype, img.data).forEach((x: number, i: number) => {
      const value = x === organs[chosen] ? number : 0
      data[i] = (big ? BigInt(value) : value) as number
    })
    return { ...sample, current_label: chosen, label: withVoxels(img, { data }) }
  },
})

/** Channels of zeros for clicks instead of those that are there, with a probability (MONAI `DiscardAddGuidanced`). */
export const DiscardAddGuidanced = randomWholeSample({
  name: 'DiscardAddGuidanced',
  options: {
    ...sampleOptions,
    numberIntensityCh: count.opt('Channels of the image.', 1),
    probability: probability.opt('Chance that clicks are discarded.', 1),
    labelNames: new Kind<Readonly<Record<string, unknown>> | readonly string[]>(
      'names of labels, a list or by name',
      () => z.union([z.array(z.string()).readonly(), z.record(z.string(), z.unknown()).readonly()]),
    ).opt('Labels, each of which has a channel.', null),
  },
  apply(sample, { keys, numberIntensityCh, probability: chance, labelNames: names }, source) {
    const name = 'DiscardAddGuidanced'
    if (!keys.includes('image')) return sample
    const img = settledAt(name, sample, 'image')
    const labels = names === null ? 0 : (Array.isArray(names) ? names : Object.keys(names)).length
    if (chance < 1 && source.choice(2, null, { p: [chance, 1 - chance] }) === 1) return { ...sample, image: img }
    const size = voxelsPerChannel(img)
    const kept = img.shape[0] === numberIntensityCh + labels ? numberIntensityCh : img.shape[0]
    const data = new Float32Array((kept + labels) * size)
    data.set(toFloats(img.dtype, img.data).subarray(0, kept * size))
    return {
      ...sample,
      image: withVoxels(img, { dtype: 'float32', shape: [kept + labels, ...spatialShape(img)], data }),
    }
  },
})

/** Channels of `pred` and `label` by name, as `pred_NAME` and `label_NAME` (MONAI `SplitPredsLabeld`). */
export const SplitPredsLabeld = wholeSample({
  name: 'SplitPredsLabeld',
  options: sampleOptions,
  apply(sample, { keys }) {
    const name = 'SplitPredsLabeld'
    if (!keys.includes('pred')) return sample
    const channels = Object.keys(classNumbersAt(name, sample, 'label_names'))
    const images = ['pred', 'label'].map((key): [string, Image] => [key, settledAt(name, sample, key)])
    const found = channels.flatMap((label, i) =>
      label === 'background' ? [] : images.map(([key, img]) => [`${key}_${label}`, channelOf(name, key, img, i + 1)]),
    )
    return { ...sample, ...Object.fromEntries(found) }
  },
})

function channelOf(name: string, key: string, img: Image, channel: number): Image {
  if (channel >= img.shape[0])
    throw new ShapeError(name, `"${key}" has ${img.shape[0]} channels; "label_names" asks for channel ${channel}`)
  const size = voxelsPerChannel(img)
  const data = img.data.slice(channel * size, (channel + 1) * size)
  return withVoxels(img, { shape: [1, ...spatialShape(img)], data })
}

/** The ratio of the present size of an image to the one that it was loaded with. */
function factorsOf(name: string, sample: Sample, place: MetaPlace): number[] {
  const img = settledAt(name, sample, place.imageKey)
  const entry = place.metaKey ?? `${place.imageKey}_${place.postfix}`
  const facts = isImage(img) && 'spatial_shape' in img.meta ? img.meta : metaAt(name, sample, place)
  const original = factAt(name, facts, 'spatial_shape')
  const now = spatialShape(img)
  if (original.length !== now.length)
    throw new DataError(
      name,
      `"${entry}" has a spatial_shape of [${original.join(', ')}] for an image of ${now.length} axes; they must be alike`,
    )
  return now.map((n, axis) => n / original[axis])
}

/** Guidance by label from clicks on the original image, which the sample holds by label (MONAI `AddGuidanceFromPointsDeepEditd`). */
export const AddGuidanceFromPointsDeepEditd = wholeSample({
  name: 'AddGuidanceFromPointsDeepEditd',
  options: {
    refImage: text.req('Key of the image.'),
    guidance: text.opt('Key for the clicks, lists by label.', 'guidance'),
    labelNames: labelNames.opt('Class numbers by name.', null),
    ...metaOption,
  },
  apply(sample, { refImage, guidance, labelNames: names, metaKeys, metaKeyPostfix }) {
    const name = 'AddGuidanceFromPointsDeepEditd'
    const factors = factorsOf(name, sample, { imageKey: refImage, metaKey: metaKeys, postfix: metaKeyPostfix })
    const found = Object.keys(names ?? {}).map((label) => [
      label,
      scaledPoints(rowsOf(name, label, sample[label] ?? []).map((point) => point.map(Math.trunc)), factors), // prettier-ignore
    ])
    return { ...sample, [guidance]: Object.fromEntries(found) }
  },
})

/** Clicks of all labels moved along when the image was resized (MONAI `ResizeGuidanceMultipleLabelDeepEditd`). */
export const ResizeGuidanceMultipleLabelDeepEditd = wholeSample({
  name: 'ResizeGuidanceMultipleLabelDeepEditd',
  options: { guidance: text.req('Key of the clicks, lists by label.'), refImage: text.req('Key of the image.') },
  apply(sample, { guidance, refImage }) {
    const name = 'ResizeGuidanceMultipleLabelDeepEditd'
    const factors = factorsOf(name, sample, { imageKey: refImage, metaKey: 'image_meta_dict', postfix: 'meta_dict' })
    const found = Object.entries(recordAt(name, sample, guidance)).map(([label, clicks]) => [
      label,
      scaledPoints(rowsOf(name, label, clicks), factors),
    ])
    return { ...sample, [guidance]: Object.fromEntries(found) }
  },
})
