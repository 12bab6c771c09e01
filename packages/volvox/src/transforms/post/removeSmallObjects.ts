import { identity, spacingMm } from '../../core/affine.ts'
import { DataError, OptionError } from '../../core/errors.ts'
import { castArray, toFloats } from '../../core/convert.ts'
import type { TypedArray } from '../../core/dtype.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, count, nonNegative, numberOrNumbers } from '../../core/options.ts'
import { componentRuns, statistics } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { forAxes } from '../spatial/options.ts'
import { maskWhere } from '../shared.ts'

/**
 * Set small parts to 0 (MONAI `RemoveSmallObjects`). As there: the channel axis is one more axis of the neighbourhood;
 * in an image of values above 1, what is counted is all voxels of a value, not a part of them, unless
 * `independentChannels` is false, which looks at parts of the union of all labels.
 */
export const RemoveSmallObjects = voxels({
  name: 'RemoveSmallObjects',
  options: {
    minSize: nonNegative.opt('Least number of voxels (or mm³ by measure) of a part that is kept.', 64),
    connectivity: count.opt('How many axes neighbours may differ in.', 1),
    independentChannels: bool.opt('Treat labels by themselves instead of their union.', true),
    byMeasure: bool.opt('Take minSize as a volume; the spacing is that of the affine, if it has any.', false),
    pixdim: numberOrNumbers.opt('Spacing of images whose affine is the identity.', null),
  },
  apply(img, { minSize, connectivity, independentChannels, byMeasure, pixdim }) {
    const axes = img.shape.length
    if (connectivity > axes)
      throw new OptionError(
        'RemoveSmallObjects.connectivity',
        `${connectivity} is more than the ${axes} axes of the image, with the channel's; use 1 to ${axes}`,
      )
    const values = toFloats(img.dtype, img.data)
    const { min, max } = statistics(img.data, img.dtype)
    if (min === max) return img
    const least = byMeasure ? Math.ceil(minSize / voxelVolume(img, pixdim)) : minSize
    if (independentChannels && max > 1) return withoutRareValues(img, values, least, max)
    const mask = maskWhere(values, independentChannels ? (x) => x !== 0 : (x) => x > 0)
    clearSmallParts(mask, img.shape, connectivity, least)
    return withVoxels(img, { data: independentChannels ? castArray(mask, 'uint8', img.dtype) : masked(img.data, mask) })
  },
})

export const RemoveSmallObjectsd = dictionary(RemoveSmallObjects)

function voxelVolume(img: Image, pixdim: number | readonly number[] | null): number {
  const rank = img.shape.length - 1
  const own = img.affine.some((x, i) => x !== identity(Math.sqrt(img.affine.length))[i])
  const spacing =
    own || pixdim === null ? spacingMm(img.affine, rank) : forAxes('RemoveSmallObjects.pixdim', pixdim, rank)
  return spacing.reduce((a, b) => a * b, 1) || 1
}

/** Clears the parts of the mask with fewer voxels than `least`. */
export function clearSmallParts(mask: Uint8Array, shape: readonly number[], connectivity: number, least: number): void {
  const spatial = shape[0] === 1 && shape.length > 1 ? shape.slice(1) : shape
  const { begins, ends, components, sizes } = componentRuns(mask, spatial, Math.min(connectivity, spatial.length))
  components.forEach((component, run) => {
    if (sizes[component - 1] < least) mask.fill(0, begins[run], ends[run])
  })
}

function masked(data: TypedArray, mask: Uint8Array): TypedArray {
  const kept = data.slice()
  const zero = (kept instanceof BigInt64Array || kept instanceof BigUint64Array ? 0n : 0) as never // as its elements are
  for (let i = 0; i < mask.length; i++) if (mask[i] === 0) kept[i] = zero
  return kept
}

/** Most label values that are counted. */
const mostLabels = 2 ** 24

function withoutRareValues(img: Image, values: ArrayLike<number>, least: number, max: number): Image {
  if (!(max < mostLabels))
    throw new DataError('RemoveSmallObjects', `the image holds ${max}; labels are whole numbers below ${mostLabels}`)
  const labels = new Int32Array(values.length)
  const counts = new Int32Array(Math.trunc(max) + 1)
  for (let i = 0; i < labels.length; i++) {
    const label = Math.trunc(values[i])
    if (!(label >= 0))
      throw new DataError('RemoveSmallObjects', `the image holds ${values[i]}; labels are whole numbers of 0 or more`)
    labels[i] = label
    counts[label]++
  }
  for (let i = 0; i < labels.length; i++) if (counts[labels[i]] < least) labels[i] = 0
  return withVoxels(img, { data: castArray(labels, 'int32', img.dtype) })
}
