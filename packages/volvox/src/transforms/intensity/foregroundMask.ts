import { isFloating, rangeOf } from '../../core/dtype.ts'
import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, instance, Kind, text } from '../../core/options.ts'
import { markAbove, markUpTo, thresholdMethods, type ThresholdValues } from '../../kernels/index.ts'
import { z } from 'zod'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, floatCopy, floatsOf, voxelsPerChannel } from '../shared.ts'

type Threshold = number | string | ((values: Float32Array) => number)

const methodNames = Object.keys(thresholdMethods).map((name) => `"${name}"`)
const ruleKind = z.union([
  z.number(),
  z.string().refine((name) => name.toLowerCase() in thresholdMethods),
  instance<(values: Float32Array) => number>('a function', (f) => typeof f === 'function').type,
])
const thresholdKind = new Kind<Threshold | Readonly<Record<string, Threshold | null>>>(
  `a number, a method (${methodNames.join(', ')}), a function of the values, or these by channel`,
  () => z.union([ruleKind, z.record(z.string(), ruleKind.nullable())]),
)

/**
 * The foreground of an RGB image with a bright background: where any of red, green, blue is at most its threshold, and any of
 * hue, saturation, value above its (MONAI `ForegroundMask`, for histology).
 */
export const ForegroundMask = voxels({
  name: 'ForegroundMask',
  options: {
    threshold: thresholdKind
      .nullable()
      .opt('Threshold of each RGB channel, or by "R", "G", "B" (and "H", "S", "V").', 'otsu'),
    hsvThreshold: thresholdKind.opt('Threshold of each HSV channel, or by "H", "S", "V".', null),
    invert: bool.opt('Invert the image first, for one with a dark background.', false),
  },
  apply(img, { threshold, hsvThreshold, invert }) {
    const rules = { ...byChannel('threshold', threshold, 'RGB'), ...byChannel('hsvThreshold', hsvThreshold, 'HSV') }
    if (Object.keys(rules).length === 0)
      throw new OptionError(
        'ForegroundMask.threshold',
        'no channel of RGB or HSV has a threshold; give a number or a method',
      )
    const rgb = channelsOf(img, invert)
    if (rgb.length === 0)
      throw new ShapeError('ForegroundMask', 'was given an image without channels; give one or more')
    const wholeNumbers = !isFloating(img.dtype)
    const inRgb = [...'RGB'].some((name) => name in rules)
    const inHsv = [...'HSV'].some((name) => name in rules)
    const dark = inRgb ? anyOf(img, rgb, 'RGB', rules, wholeNumbers, false) : null
    const vivid = inHsv ? anyOf(img, hsvOf(img, rgb), 'HSV', rules, false, true) : null
    const data = (dark ?? vivid)! // one of them at least, since there are rules
    if (dark && vivid) for (let i = 0; i < data.length; i++) data[i] &= vivid[i]
    return cast(withVoxels(img, { dtype: 'uint8', shape: [1, ...img.shape.slice(1)], data }), img.dtype)
  },
})

export const ForegroundMaskd = dictionary(ForegroundMask, {
  options: { newKeyPrefix: text.opt('Stands before the key of the result; the image is replaced when null.', null) },
  resultKey: (key, { newKeyPrefix }) => (typeof newKeyPrefix === 'string' ? newKeyPrefix + key : key),
})

type Rules = Readonly<Record<string, Threshold>>

function byChannel(
  option: string,
  given: Threshold | Readonly<Record<string, Threshold | null>> | null,
  names: string,
): Rules {
  if (given === null) return {}
  if (typeof given !== 'object') return Object.fromEntries([...names].map((name) => [name, given]))
  const rules: Record<string, Threshold> = {}
  for (const [name, rule] of Object.entries(given)) {
    if (!'RGBHSV'.includes(name.toUpperCase()) || name.length !== 1)
      throw new OptionError(
        `ForegroundMask.${option}`,
        `${shown(name)} is no channel; use "R", "G", "B", "H", "S", "V"`,
      )
    if (rule !== null) rules[name.toUpperCase()] = rule
  }
  return rules
}

/** Values of each channel, inverted in their element type where asked for. */
function channelsOf(img: Image, invert: boolean): Float32Array[] {
  const size = voxelsPerChannel(img)
  const values = invert ? floatCopy(img) : floatsOf(img)
  const range = rangeOf(img.dtype)
  // As scikit-image's invert: signed integers by their complement.
  const sum = img.dtype === 'bool' || isFloating(img.dtype) ? 1 : range && range[0] === 0 ? range[1] : -1
  if (invert) for (let i = 0; i < values.length; i++) values[i] = sum - values[i]
  return Array.from({ length: img.shape[0] }, (_, c) => values.subarray(c * size, (c + 1) * size))
}

/** Where any channel is above its threshold, or not above it; as in MONAI, one of 0 is none. */
function anyOf(
  img: Image,
  channels: readonly Float32Array[],
  names: string,
  rules: Rules,
  wholeNumbers: boolean,
  above: boolean,
): Uint8Array {
  const found = new Uint8Array(channels[0].length)
  channels.slice(0, names.length).forEach((data, c) => {
    const limit = limitOf(rules[names[c]], { data, wholeNumbers })
    checkSound('ForegroundMask', img, limit ?? 0)
    if (!limit) return
    ;(above ? markAbove : markUpTo)(data, limit, 1, found)
  })
  return found
}

function limitOf(rule: Threshold | undefined, values: ThresholdValues): number | undefined {
  if (typeof rule === 'string') return thresholdMethods[rule.toLowerCase()](values)
  return typeof rule === 'function' ? rule(values.data) : rule
}

/** Hue, saturation and value, from 0 to 1. */
function hsvOf(img: Image, rgb: readonly Float32Array[]): Float32Array[] {
  if (rgb.length !== 3)
    throw new ShapeError(
      'ForegroundMask.hsvThreshold',
      `an image of ${rgb.length} channels has no hue and saturation; give 3 channels`,
    )
  const scale = rangeOf(img.dtype)?.[1] ?? 1
  const size = rgb[0].length
  const [hue, saturation, value] = [new Float32Array(size), new Float32Array(size), new Float32Array(size)]
  for (let i = 0; i < size; i++) {
    const [r, g, b] = [rgb[0][i] / scale, rgb[1][i] / scale, rgb[2][i] / scale]
    const most = Math.max(r, g, b)
    const spread = most - Math.min(r, g, b)
    value[i] = most
    if (spread === 0) continue
    saturation[i] = spread / most
    const sixths = most === b ? 4 + (r - g) / spread : most === g ? 2 + (b - r) / spread : (g - b) / spread
    hue[i] = (sixths / 6 + 1) % 1
  }
  return [hue, saturation, value]
}
