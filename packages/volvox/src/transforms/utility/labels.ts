import { z } from 'zod'
import { castArray, toFloats } from '../../core/convert.ts'
import { uncleared, unclearedFloats } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { Kind, bool, intOrInts, numbers } from '../../core/options.ts'
import { anyOf as valuesAmong, keepAnyOf } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { dtypeKind, repeat, voxelsPerChannel } from '../shared.ts'
import { withChannels } from './axes.ts'

/** Largest label that is looked up in a table. */
const tableEnd = 1 << 16

/** Puts `table.get(value)` wherever `values` has such a value; others stay as `target` has them. */
export function mapValues(
  values: ArrayLike<number>,
  table: ReadonlyMap<number, number>,
  target: { [index: number]: number },
  otherwise?: number,
): void {
  const whole = [...table.keys()].filter((label) => Number.isInteger(label) && label >= 0 && label < tableEnd)
  const size = Math.max(0, ...whole.map((label) => label + 1))
  const found = new Uint8Array(size)
  const mapped = new Float64Array(size)
  for (const label of whole) {
    found[label] = 1
    mapped[label] = table.get(label) ?? 0
  }
  const rest = whole.length < table.size
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    const label = value | 0
    if (label === value && label >= 0 && label < size && found[label] === 1) target[i] = mapped[label]
    else if (rest && table.has(value)) target[i] = table.get(value) ?? 0
    else if (otherwise !== undefined) target[i] = otherwise
  }
}

/** 1 where the image has one of the labels, else 0. */
export function isLabel(img: Image, labels: readonly number[]): Uint8Array {
  const values = toFloats(img.dtype, img.data)
  const wanted = [...new Set(labels.map((label) => asStored(img, label)))]
  if (values instanceof Float32Array) return valuesAmong(values, [wanted])
  const mask = uncleared('bool', values.length) as Uint8Array // as the type says
  if (wanted.length === 0) return mask.fill(0)
  // No branches that the voxels decide.
  wanted.forEach((label, k) => {
    if (k === 0) for (let i = 0; i < mask.length; i++) mask[i] = Number(values[i] === label)
    else for (let i = 0; i < mask.length; i++) mask[i] |= Number(values[i] === label)
  })
  return mask
}

/** A label as elements of the image can be: 0.1 in float32 is not 0.1. */
function asStored(img: Image, label: number): number {
  return img.dtype === 'float32' ? Math.fround(label) : label
}

/** A mask of the chosen labels; of several channels, the chosen channels (MONAI `LabelToMask`). */
export const LabelToMask = voxels({
  name: 'LabelToMask',
  options: {
    selectLabels: intOrInts.req('Labels of one channel, or channels of several.'),
    mergeChannels: bool.opt('Give one channel that is true where any is.', false),
  },
  apply(img, { selectLabels, mergeChannels }) {
    const labels = typeof selectLabels === 'number' ? [selectLabels] : selectLabels
    const chosen =
      img.shape[0] > 1
        ? withChannels(img, labels.map((label) => channelOf(img, label))) // prettier-ignore
        : withVoxels(img, { dtype: 'bool', data: isLabel(img, labels) })
    return mergeChannels ? anyOf(chosen) : chosen
  },
})

function channelOf(img: Image, label: number): number {
  const channels = img.shape[0]
  if (label >= -channels && label < channels) return label < 0 ? label + channels : label
  throw new OptionError(
    'LabelToMask.selectLabels',
    `${label} is not a channel of an image with ${channels}; use 0 to ${channels - 1}`,
  )
}

function anyOf(img: Image): Image {
  const size = voxelsPerChannel(img)
  const values = toFloats(img.dtype, img.data)
  const data = new Uint8Array(size)
  for (let start = 0; start < values.length; start += size)
    for (let i = 0; i < size; i++) if (values[start + i] !== 0) data[i] = 1
  return withVoxels(img, { dtype: 'bool', shape: [1, ...img.shape.slice(1)], data })
}

const labelValues = new Kind<readonly number[]>('a list of numbers (texts are no voxel values)', () => numbers.type)

/** Replace label values by others (MONAI `MapLabelValue`); of values named twice the last counts. */
export const MapLabelValue = voxels({
  name: 'MapLabelValue',
  options: {
    origLabels: labelValues.req('Values to replace.'),
    targetLabels: labelValues.req('What to replace them with.'),
    dtype: dtypeKind.opt('Element type of the result.', 'float32'),
  },
  apply(img, { origLabels, targetLabels, dtype }) {
    if (origLabels.length !== targetLabels.length)
      throw new OptionError(
        'MapLabelValue.targetLabels',
        `has ${targetLabels.length} values for ${origLabels.length} original ones; give one for each`,
      )
    const table = new Map<number, number>()
    origLabels.forEach((label, i) => {
      if (label !== targetLabels[i]) table.set(asStored(img, label), targetLabels[i])
    })
    const target = Float64Array.from(toFloats(dtype, castArray(img.data, img.dtype, dtype)))
    mapValues(toFloats(img.dtype, img.data), table, target)
    return withVoxels(img, { dtype, data: castArray(target, 'float64', dtype) })
  },
})

/** Keep some labels and set the others to 0 (MONAI `LabelFilter`). */
export const LabelFilter = voxels({
  name: 'LabelFilter',
  options: { appliedLabels: intOrInts.req('Labels to keep.') },
  apply(img, { appliedLabels }) {
    const labels = [appliedLabels].flat()
    if (img.data instanceof Float32Array) {
      const wanted = labels.map((label) => asStored(img, label))
      return withVoxels(img, { data: keepAnyOf(img.data, wanted, unclearedFloats(img.data.length)) })
    }
    const keep = isLabel(img, labels)
    if (img.dtype === 'int64' || img.dtype === 'uint64') {
      const data = img.data.slice() as BigInt64Array | BigUint64Array // as the element type says
      for (let i = 0; i < keep.length; i++) if (keep[i] === 0) data[i] = 0n
      return withVoxels(img, { data })
    }
    const data = uncleared(img.dtype, keep.length)
    for (let i = 0; i < keep.length; i++) data[i] = keep[i] === 0 ? 0 : img.data[i]
    return withVoxels(img, { data })
  },
})

const axisList = new Kind<readonly number[]>('a list of axis numbers of 0 or more', () =>
  z.array(z.int().min(0)).min(1).readonly(),
)

/** One channel more for each named axis, which runs from -0.5 to 0.5 along it (MONAI `AddCoordinateChannels`). */
export const AddCoordinateChannels = voxels({
  name: 'AddCoordinateChannels',
  options: { spatialDims: axisList.req('Axes, the first spatial one is 0.') },
  apply(img, { spatialDims }) {
    const shape = img.shape.slice(1)
    const bad = spatialDims.find((axis) => axis >= shape.length)
    if (bad !== undefined)
      throw new OptionError(
        'AddCoordinateChannels.spatialDims',
        `axis ${bad} does not exist in ${shape.length} spatial axes; use 0 to ${shape.length - 1}`,
      )
    const size = voxelsPerChannel(img)
    const data = uncleared(img.dtype, img.data.length + spatialDims.length * size)
    data.set(img.data as never)
    spatialDims.forEach((axis, c) => {
      const n = shape[axis]
      const line = Float64Array.from({ length: n }, (_, i) => (n === 1 ? -0.5 : i === n - 1 ? 0.5 : i * (1 / (n - 1)) - 0.5)) // prettier-ignore
      const values = castArray(line, 'float64', img.dtype)
      const channel = data.subarray(img.data.length + c * size, img.data.length + (c + 1) * size)
      // The first time along the axis, which is then repeated.
      const step = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
      for (let i = 0; i < n; i++) channel.fill(values[i] as never, i * step, (i + 1) * step)
      repeat(channel, n * step)
    })
    return withVoxels(img, { shape: [img.shape[0] + spatialDims.length, ...shape], data })
  },
})

export const LabelToMaskd = dictionary(LabelToMask)
export const MapLabelValued = dictionary(MapLabelValue)
export const LabelFilterd = dictionary(LabelFilter)
export const AddCoordinateChannelsd = dictionary(AddCoordinateChannels)
