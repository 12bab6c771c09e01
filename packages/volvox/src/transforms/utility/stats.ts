import { z } from 'zod'
import { toFloats } from '../../core/convert.ts'
import { DataError, ShapeError, shown } from '../../core/errors.ts'
import { isImage, type Image } from '../../core/image.ts'
import { Kind, bool, instance, text } from '../../core/options.ts'
import { ofRank, statistics } from '../../kernels/index.ts'
import { settle, voxels, type Inputs } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { imageAt, keysKind, present, sampleOnly } from '../sample.ts'
import { voxelsPerChannel } from '../shared.ts'

type Values = ArrayLike<number>

/** Of numbers without NaN, like numpy.nanmean and so on. */
const measures: Readonly<Record<string, (values: Values) => number>> = {
  mean: (values) => known(values).mean,
  median,
  max: (values) => known(values).max,
  min: (values) => known(values).min,
  std: (values) => known(values).std,
}

function withoutNan(values: Values): Float64Array {
  return Float64Array.from(values).filter((x) => !Number.isNaN(x))
}

function known(values: Values): ReturnType<typeof statistics> {
  if (values instanceof Float32Array) {
    const all = statistics(values)
    if (!Number.isNaN(all.min)) return all
  }
  return statistics(withoutNan(values), 'float64')
}

function median(values: Values): number {
  const half = values.length >> 1
  if (values instanceof Float32Array && values.length > 0) {
    const [low, high] = ofRank(values, [values.length % 2 === 1 ? half : half - 1, half])
    if (!Number.isNaN(low)) return (low + high) / 2
  }
  return medianOf(withoutNan(values))
}

function medianOf(values: Float64Array): number {
  const sorted = values.sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

const opsKind = new Kind<readonly (string | ((values: Values) => number))[]>(
  'a list of "mean", "median", "max", "min", "std" or functions',
  () =>
    z
      .union([
        z.string().transform((op) => [op]),
        z.array(z.union([z.string(), z.custom<(values: Values) => number>()])),
      ])
      .refine((ops) =>
        ops.every((op) => (typeof op === 'string' ? op in measures : typeof op === 'function')),
      ) as unknown as z.ZodType<readonly (string | ((values: Values) => number))[]>,
)

const options = {
  ops: opsKind.req('What to compute; a function takes the values and gives a number.'),
  keyPrefix: text.req('The results are called `prefix_mean`, ..., of functions `prefix_custom_0`, ...'),
  channelWise: bool.opt('Give a list with one number per channel.', false),
}

interface Wanted {
  readonly ops: readonly (string | ((values: Values) => number))[]
  readonly keyPrefix: string
  readonly channelWise: boolean
}

function statsOf(img: Image, { ops, keyPrefix, channelWise }: Wanted, mask: unknown): Record<string, unknown> {
  const size = channelWise ? voxelsPerChannel(img) : img.data.length
  const values = toFloats(img.dtype, img.data)
  const chosen = maskOf(img, mask)
  const parts = Array.from({ length: channelWise ? img.shape[0] : 1 }, (_, c) => {
    const part = values.subarray(c * size, (c + 1) * size)
    return chosen ? Float64Array.from(part).filter((_, i) => chosen[c * size + i] !== 0) : part
  })
  let custom = 0
  return Object.fromEntries(
    ops.map((op) => {
      const [name, measure] = typeof op === 'string' ? [op, measures[op]] : [`custom_${custom++}`, op]
      const results = parts.map((part) => measure(part))
      return [`${keyPrefix}_${name}`, channelWise ? results : results[0]]
    }),
  )
}

function maskOf(img: Image, mask: unknown): ArrayLike<number> | null {
  if (mask === undefined || mask === null) return null
  if (!isImage(mask) || mask.dtype !== 'bool')
    throw new DataError('IntensityStats.mask', `is ${isImage(mask) ? mask.dtype : shown(mask)}; give an image of bool`)
  if (mask.shape.join() !== img.shape.join())
    throw new ShapeError(
      'IntensityStats.mask',
      `has the shape [${mask.shape.join(', ')}], the image [${img.shape.join(', ')}]; give a mask of that shape`,
    )
  return mask.data as Uint8Array // as every bool image
}

/** Numbers about the intensities, put into the metadata of the image (MONAI `IntensityStats`). */
export const IntensityStats = voxels({
  name: 'IntensityStats',
  options,
  inputs: { mask: 'optional' },
  apply: (img, given, { mask }: Inputs) => ({ ...img, meta: { ...img.meta, ...statsOf(img, given, mask) } }),
})

/** Numbers about the intensities, put into the entry `key_meta_dict` of the sample (MONAI `IntensityStatsd`). */
export const IntensityStatsd = sampleOnly({
  name: 'IntensityStatsd',
  options: {
    ...options,
    maskKeys: keysKind.opt('Keys of masks that choose voxels, one per key.', null),
    metaKeys: keysKind.opt('Keys to put the results under, one per key.', null),
    metaKeyPostfix: text.opt(
      'Without metaKeys the results are put under the key, an underscore and this.',
      'meta_dict',
    ),
  },
  apply(sample, { keys, allowMissingKeys, maskKeys, metaKeys, metaKeyPostfix, ...wanted }) {
    const out: Record<string, unknown> = { ...sample }
    for (const [key, index] of present('IntensityStatsd', sample, keys, allowMissingKeys)) {
      const metaKey = metaKeys?.[index] ?? `${key}_${metaKeyPostfix}`
      const mask = maskKeys && sample[maskKeys[index]]
      const found = statsOf(settle(imageAt('IntensityStatsd', sample, key)), wanted, mask)
      out[metaKey] = { ...(out[metaKey] as object | undefined), ...found }
    }
    return out
  },
})

const describe = instance<(img: Image) => unknown>('a function of the image', (value) => typeof value === 'function')

/** Print what an image is like, and give it on (MONAI `DataStats`); lines go to the console. */
export const DataStats = voxels({
  name: 'DataStats',
  options: {
    prefix: text.opt('First word of the lines.', 'Data', { perKey: true }),
    dataType: bool.opt('Print the element type.', true, { perKey: true }),
    dataShape: bool.opt('Print the shape.', true, { perKey: true }),
    valueRange: bool.opt('Print the smallest and the largest value.', true, { perKey: true }),
    dataValue: bool.opt('Print the first values.', false, { perKey: true }),
    metaInfo: bool.opt('Print the metadata.', false, { perKey: true }),
    additionalInfo: describe.opt('Gives more to print.', null, { perKey: true }),
    name: text.opt('Kept for configs of MONAI, whose logger has this name.', 'DataStats'),
  },
  apply(img, { prefix, dataType, dataShape, valueRange, dataValue, metaInfo, additionalInfo }) {
    const { min, max } = valueRange ? statistics(img.data, img.dtype) : { min: NaN, max: NaN }
    const lines = [
      `${prefix} statistics:`,
      ...(dataType ? [`Type: image ${img.dtype}`] : []),
      ...(dataShape ? [`Shape: [${img.shape.join(', ')}]`] : []),
      ...(valueRange ? [`Value range: (${min}, ${max})`] : []),
      ...(dataValue ? [`Value: ${shown(img.data)}`] : []),
      ...(metaInfo ? [`Meta info: ${JSON.stringify(img.meta)}`] : []),
      ...(additionalInfo ? [`Additional info: ${String(additionalInfo(img))}`] : []),
    ]
    console.info(lines.join('\n'))
    return img
  },
})

export const DataStatsd = dictionary(DataStats)
