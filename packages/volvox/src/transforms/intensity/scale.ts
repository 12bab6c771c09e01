import { isFloating, rangeOf } from '../../core/dtype.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, nameOrNames, number, numberOrNumbers, text, type Values } from '../../core/options.ts'
import { extent, scaleShift } from '../../kernels/index.ts'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import type { Exceptions } from '../dictionaryForm.ts'
import { random } from '../random.ts'
import { cast, chance, outputType, rangeKind, symmetricRange } from '../shared.ts'
import { changed, linearChannels, linearInSteps, type Change } from './linear.ts'

/**
 * Map the smallest and largest value to `minv` and `maxv`, or multiply by 1 + `factor` when both are null
 * (MONAI `ScaleIntensity`). A constant image becomes image * minv, as in MONAI.
 */
export const ScaleIntensity = voxels({
  name: 'ScaleIntensity',
  handsOver: true,
  options: {
    minv: number.nullable().opt('What the smallest value becomes.', 0),
    maxv: number.nullable().opt('What the largest value becomes.', 1),
    factor: numberOrNumbers.opt(
      'With minv and maxv null: multiply by 1 + factor; one per channel with channelWise.',
      null,
    ),
    channelWise: bool.opt('Treat each channel by itself.', false),
    dtype: outputType(),
  },
  apply(img, { minv, maxv, factor, channelWise, dtype }) {
    const type = dtype ?? img.dtype
    const factorOf = (channel: number) => (typeof factor === 'number' ? factor : (factor?.[channel] ?? 0))
    const data =
      minv !== null || maxv !== null
        ? changed(cast(img, type), channelWise, rescaling(img, minv, maxv, isFloating(type))) // MONAI takes the range of the type it gives
        : linearChannels(img, (channel) => ({ scale: 1 + factorOf(channel) }))
    return cast(withVoxels(img, { dtype: 'float32', data }), type)
  },
})

/** Multiply by 1 + a random factor (MONAI `RandScaleIntensity`). */
export const RandScaleIntensity = random(ScaleIntensity, {
  gated: true,
  options: {
    factors: rangeKind.req('Range of the factor; one number f means (-f, f).'),
    prob: chance(),
    channelWise: bool.opt('Draw a factor for each channel.', false),
    dtype: outputType(),
  },
  draw(rng, { factors, prob, channelWise, dtype }, { image }) {
    if (rng.rand() >= prob) return null
    const [low, high] = symmetricRange(factors)
    const factor = channelWise
      ? Array.from({ length: image.shape[0] }, () => rng.uniform(low, high))
      : rng.uniform(low, high)
    return { minv: null, maxv: null, factor, dtype }
  },
  otherwise: (img, { dtype }) => cast(img, dtype ?? img.dtype),
})

/** Map [aMin, aMax] to [bMin, bMax] linearly (MONAI `ScaleIntensityRange`). */
export const ScaleIntensityRange = voxels({
  name: 'ScaleIntensityRange',
  handsOver: true,
  options: {
    aMin: number.req('Value that becomes bMin.'),
    aMax: number.req('Value that becomes bMax.'),
    bMin: number.opt('Lower end of the result; 0 and unclipped when null.', null),
    bMax: number.opt('Upper end of the result; 1 and unclipped when null.', null),
    clip: bool.opt('Clip the result to [bMin, bMax].', false),
    dtype: outputType(),
  },
  apply(img, options) {
    const type = options.dtype ?? img.dtype
    const data = changed(img, false, (from, to) => scaleRange(from, isFloating(type), options, to))
    return cast(withVoxels(img, { dtype: 'float32', data }), type)
  },
})

/** The work of ScaleIntensityRange, written to `to`; in MONAI's steps where the result is to be whole numbers. */
export function scaleRange(
  from: Float32Array,
  toFloats: boolean,
  { aMin, aMax, bMin, bMax, clip }: Omit<Values<typeof ScaleIntensityRange.schema>, 'dtype'>,
  to: Float32Array,
): void {
  const flat = aMax === aMin // MONAI then only shifts
  const width = flat ? 1 : aMax - aMin
  const scale = !flat && bMin !== null && bMax !== null ? bMax - bMin : 1
  const shift = flat ? (bMin ?? 0) : bMin !== null && bMax !== null ? bMin : 0
  const low = clip && !flat ? (bMin ?? -Infinity) : -Infinity
  const high = clip && !flat ? (bMax ?? Infinity) : Infinity
  if (toFloats) scaleShift(from, { base: aMin, scale: scale / width, shift, low, high }, to)
  else linearInSteps(from, { base: aMin, width, scale, shift, low, high }, to)
}

/** Add a constant; the type of the image stays (MONAI `ShiftIntensity`). */
export const ShiftIntensity = voxels({
  name: 'ShiftIntensity',
  handsOver: true,
  options: {
    offset: numberOrNumbers.req('What to add; a list gives one per channel.'),
    factor: number.opt('Multiplies what is added; dictionary forms find it by factorKey.', 1, { perKey: true }),
    safe: bool.opt(
      'Clip to the range of an integer type instead of wrapping around; MONAI wraps all the same when the offset is whole.',
      false,
    ),
  },
  // torch adds a whole number to an integer image in the image's own type, where it wraps before `safe` could clip it.
  apply(img, { offset: given, factor, safe }) {
    const offset = typeof given === 'number' ? given * factor : given.map((x) => x * factor)
    const data = linearChannels(img, (channel) => ({ shift: typeof offset === 'number' ? offset : offset[channel] }))
    return backTo(img, data, safe && ![offset].flat().every(Number.isInteger))
  },
})

/** Add a random constant (MONAI `RandShiftIntensity`). */
export const RandShiftIntensity = random(ShiftIntensity, {
  gated: true,
  options: {
    offsets: rangeKind.req('Range of the offset; one number o means (-o, o).'),
    safe: bool.opt('Clip to the range of an integer type instead of wrapping around.', false),
    prob: chance(),
    channelWise: bool.opt('Draw an offset for each channel.', false),
  },
  draw(rng, { offsets, safe, prob, channelWise }, { image }) {
    if (rng.rand() >= prob) return null
    const [low, high] = symmetricRange(offsets)
    return {
      offset: channelWise
        ? Array.from({ length: image.shape[0] }, () => rng.uniform(low, high))
        : rng.uniform(low, high),
      safe,
    }
  },
})

export const ScaleIntensityd = dictionary(ScaleIntensity)
export const RandScaleIntensityd = dictionary(RandScaleIntensity)
export const ScaleIntensityRanged = dictionary(ScaleIntensityRange)

/** Where a sample has a factor of the offset for each image, e.g. in the metadata of its file. */
const factorFromSample: Exceptions = {
  options: {
    factorKey: nameOrNames.opt('Name of the factor of the offset in the metadata, or one for each key.', null),
    metaKeys: nameOrNames.opt(
      'Key of the metadata, or one for each key; that of the image with metaKeyPostfix when null.',
      null,
    ),
    metaKeyPostfix: text.opt(
      'What stands after the key of the image, and "_", in the key of its metadata.',
      'meta_dict',
    ),
  },
  fromSample(sample, key, index, { factorKey, metaKeys, metaKeyPostfix }) {
    const nth = (names: unknown) => (Array.isArray(names) ? names[index] : names)
    const meta = sample[String(nth(metaKeys) ?? `${key}_${String(metaKeyPostfix)}`)]
    const name = nth(factorKey)
    if (typeof name !== 'string' || typeof meta !== 'object' || meta === null || !(name in meta)) return {}
    return { factor: number.parse((meta as Record<string, unknown>)[name], `the factor "${name}" of "${key}"`) }
  },
}

export const ShiftIntensityd = dictionary(ShiftIntensity, factorFromSample)
export const RandShiftIntensityd = dictionary(RandShiftIntensity, factorFromSample)

function rescaling(img: Image, minv: number | null, maxv: number | null, toFloats: boolean): Change {
  const [low, high] = minv === null || maxv === null ? [0, 1] : [minv, maxv]
  return (from, to) => {
    const { min, max } = extent(from)
    checkSound('ScaleIntensity', img, min, max)
    if (min === max) scaleShift(from, { scale: minv ?? 1 }, to)
    else if (toFloats) scaleShift(from, { base: min, scale: (high - low) / (max - min), shift: low }, to)
    else linearInSteps(from, { base: min, width: max - min, scale: high - low, shift: low }, to)
  }
}

function backTo(img: Image, data: Float32Array, safe: boolean): Image {
  const range = safe ? rangeOf(img.dtype) : null
  if (range) for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(data[i], range[0]), range[1])
  return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
}
