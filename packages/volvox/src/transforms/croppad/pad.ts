import { z } from 'zod'
import { OptionError, shown } from '../../core/errors.ts'
import { Kind, instance, intOrInts, nameOrNames, number, oneOf, text, type Values } from '../../core/options.ts'
import type { AffinePlan, Sampling } from '../../core/plan.ts'
import { readable, spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { box } from '../plan.ts'
import { sizesOr } from '../spatial/options.ts'
import { byPlain, plainForm } from './byPlain.ts'
import { valuesPerKey } from '../perKey.ts'

/** How many voxels to add at both ends of each axis. */
type Widths = readonly (readonly [before: number, after: number])[]

/** What is added: by a constant, by repeating voxels, or by a statistic of them (names of NumPy and torch). */
export const padOptions = {
  mode: text.opt('"constant", "edge", "reflect", "symmetric", "wrap", or another mode of numpy.pad.', 'constant', {
    perKey: true,
  }),
  value: number.opt('The constant.', 0),
  constantValues: number.opt("NumPy's name of `value`, and before it where it is given.", null),
}

const padKwargsKind = instance<Readonly<{ value?: number; constantValues?: number; constant_values?: number }>>(
  'an object with a number as "value" or "constant_values"',
  (given) =>
    typeof given === 'object' &&
    given !== null &&
    Object.entries(given).every(
      ([name, value]) => /^(value|constantValues|constant_values)$/.test(name) && typeof value === 'number',
    ),
)

/** `padOptions`, and the constant as MONAI's `pad_kwargs` may hold it. */
export const padOptionsOrKwargs = {
  ...padOptions,
  padKwargs: padKwargsKind.opt('The constant as an object: { value } or { constantValues }.', null),
}

/** The sampling of such options. */
export function padSampling({
  mode,
  value,
  constantValues,
  padKwargs,
}: Values<typeof padOptions> & Partial<Values<typeof padOptionsOrKwargs>>): Sampling {
  const constant = padKwargs?.constantValues ?? padKwargs?.constant_values ?? padKwargs?.value
  return { mode: 'nearest', paddingMode: mode, value: constant ?? constantValues ?? value }
}

function padded(shape: readonly number[], widths: Widths, options: Values<typeof padOptions>): AffinePlan {
  const size = shape.map((n, axis) => n + widths[axis][0] + widths[axis][1])
  return box(widths.map(([before]) => -before), size, padSampling(options)) // prettier-ignore
}

/** Widths that add `extra` voxels per axis: on both sides, the odd one at the end, or all at the end. */
function shared(extra: readonly number[], method: 'symmetric' | 'end'): Widths {
  return extra.map((n) => (method === 'end' ? [0, n] : [Math.floor(n / 2), n - Math.floor(n / 2)]))
}

export const methodOption = {
  method: oneOf('symmetric', 'end').opt('Pad on both sides, or only at the end.', 'symmetric'),
}

const widthsKind = new Kind<Widths>('a list of (before, after) pairs, the channel axis first', () =>
  z.array(z.tuple([z.int(), z.int()]).readonly()).readonly(),
)

/** Pads by given widths. */
export const Pad = spatial({
  name: 'Pad',
  handsOver: true,
  options: {
    toPad: widthsKind.req('Voxels to add before and after, per axis; the channel axis comes first.'),
    ...padOptions,
  },
  plan({ shape }, { toPad, ...options }) {
    const [channels = [0, 0], ...widths] = toPad
    if (channels[0] !== 0 || channels[1] !== 0 || widths.length > shape.length || widths.flat().some((n) => n < 0))
      throw new OptionError(
        'Pad.toPad',
        `${shown(toPad)} does not pad ${shape.length} spatial axes; give (0, 0) for channels and a pair of 0 or more per axis`,
      )
    return padded(shape, shape.map((_, axis) => widths[axis] ?? [0, 0]), options) // prettier-ignore
  },
})

/** Pads to at least a size. */
export const SpatialPad = spatial({
  name: 'SpatialPad',
  handsOver: true,
  options: {
    spatialSize: intOrInts.req('Smallest size of the result; values below 1 leave an axis alone.'),
    ...methodOption,
    ...padOptions,
  },
  plan({ shape }, { spatialSize, method, ...options }) {
    const extra = sizesOr('SpatialPad.spatialSize', spatialSize, shape).map((n, axis) => Math.max(n - shape[axis], 0))
    return padded(shape, shared(extra, method), options)
  },
})

/** Pads every side by a given number of voxels. */
export const BorderPad = spatial({
  name: 'BorderPad',
  handsOver: true,
  options: {
    spatialBorder: intOrInts.req('One width, one per axis, or two per axis (before and after).'),
    ...padOptions,
  },
  plan({ shape }, { spatialBorder, ...options }) {
    const border = (typeof spatialBorder === 'number' ? [spatialBorder] : spatialBorder).map((n) => Math.max(0, n))
    const rank = shape.length
    if (![1, rank, 2 * rank].includes(border.length))
      throw new OptionError(
        'BorderPad.spatialBorder',
        `has ${border.length} values for ${rank} spatial axes; give 1, ${rank} or ${2 * rank}`,
      )
    const widths = shape.map((_, axis): readonly [number, number] => {
      if (border.length === 2 * rank) return [border[2 * axis], border[2 * axis + 1]]
      const width = border.length === 1 ? border[0] : border[axis]
      return [width, width]
    })
    return padded(shape, widths, options)
  },
})

/** Pads until every size is a multiple of k. */
export const DivisiblePad = spatial({
  name: 'DivisiblePad',
  handsOver: true,
  options: {
    k: intOrInts.req('The factor per axis, or one for all; values below 1 leave an axis alone.'),
    ...padOptions,
    ...methodOption,
  },
  plan({ shape }, { k, method, ...options }) {
    const extra = divisibleSize(shape, k).map((n, axis) => n - shape[axis])
    return padded(shape, shared(extra, method), options)
  },
})

/** The next multiples of k. */
export function divisibleSize(shape: readonly number[], k: number | readonly number[]): number[] {
  const factors = sizesOr('k', k, shape.map(() => 1)) // prettier-ignore
  return shape.map((n, axis) => Math.ceil(n / factors[axis]) * factors[axis])
}

const padMode = nameOrNames.opt(
  'How to pad, in place of what the padder says; for all keys, or one per key.',
  'constant',
)

/** Pads images by a padder of plain form (MONAI `Padd`); as there, `mode` counts and not the mode of the padder. */
export const Padd = byPlain({
  name: 'Padd',
  options: { padder: plainForm('padding').req('Pads the image under each key, e.g. SpatialPad.'), mode: padMode },
  inner: 'padder',
  prepare({ padder, mode }, keys) {
    const { definition, options } = padder
    const modes = valuesPerKey('Padd.mode', mode, keys)
    return (img, how, index) =>
      definition.apply(readable(img, definition, how), { ...options, mode: modes[index] }, how, {})
  },
})
export const SpatialPadd = dictionary(SpatialPad)
export const BorderPadd = dictionary(BorderPad)
export const DivisiblePadd = dictionary(DivisiblePad)
