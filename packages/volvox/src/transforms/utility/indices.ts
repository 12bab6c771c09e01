import { roundEven, toFloats } from '../../core/convert.ts'
import { DataError, ShapeError, shown } from '../../core/errors.ts'
import { isImage, spatialShape, type Image } from '../../core/image.ts'
import { count, ints, number, text } from '../../core/options.ts'
import type { Tensor } from '../../core/tensor.ts'
import { settle, type Inputs } from '../define.ts'
import { anyChannel, foregroundIndices } from '../croppad/foreground.ts'
import { reading } from '../reading.ts'
import { imageAt, present, sampleOnly, withEachImage } from '../sample.ts'
import { voxelsPerChannel } from '../shared.ts'

/** Flat voxel numbers, or [n, axes] voxel places. */
export type VoxelList = Int32Array | Tensor

const shared = {
  imageThreshold: number.opt('With an image: only voxels where it is above this count.', 0),
  outputShape: ints.opt('Give places in an array of this shape instead of flat numbers.', null),
}

function placed(indices: Int32Array, shape: readonly number[] | null): VoxelList {
  if (!shape) return indices
  const data = new Int32Array(indices.length * shape.length)
  indices.forEach((index, i) => {
    let rest = index
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      data[i * shape.length + axis] = rest % shape[axis]
      rest = Math.floor(rest / shape[axis])
    }
  })
  return { dtype: 'int32', shape: [indices.length, shape.length], data }
}

/** The `image` input, if there is one; it must have the label's spatial shape. */
function imageOf(where: string, label: Image, { image }: Inputs): Image | undefined {
  if (image === undefined || image === null) return undefined
  if (!isImage(image)) throw new DataError(`${where}.image`, `is ${shown(image)}; give an image`)
  if (spatialShape(image).join() !== spatialShape(label).join())
    throw new ShapeError(
      where,
      `the label has the shape [${spatialShape(label).join(', ')}], the image [${spatialShape(image).join(', ')}]; resample one to the other`,
    )
  return settle(image)
}

/** Voxels of the foreground and of the background of a label, for `RandCropByPosNegLabel` (MONAI `FgBgToIndices`). */
export const FgBgToIndices = reading({
  name: 'FgBgToIndices',
  options: shared,
  read(label, { imageThreshold, outputShape }, inputs): readonly [VoxelList, VoxelList] {
    const image = imageOf('FgBgToIndices', label, inputs)
    const { foreground, background } = foregroundIndices(label, image, imageThreshold)
    return [placed(foreground, outputShape), placed(background, outputShape)]
  },
})

const classOptions = {
  numClasses: count.opt('Number of classes of a label with one channel.', null),
  maxSamplesPerClass: count.opt('Keep at most so many voxels of each class, evenly spaced in scan order.', null),
}

/**
 * Flat voxel numbers of each class: of each channel where it is not 0, or of each value below `numClasses` of a single
 * channel; with an image, only where any of its channels is above `threshold`.
 */
export function classIndices(
  where: string,
  label: Image,
  numClasses: number | null,
  image: Image | undefined,
  threshold: number,
  most: number | null,
): Int32Array[] {
  const channels = label.shape[0]
  if (channels === 1 && numClasses === null)
    throw new DataError(`${where}.numClasses`, 'is null and the label has one channel; say how many classes it has')
  const inside = image && anyChannel(image, (x) => x > threshold)
  const size = voxelsPerChannel(label)
  const values = toFloats(label.dtype, label.data)
  const found = new Int32Array(size)
  return Array.from({ length: channels === 1 ? (numClasses ?? 0) : channels }, (_, c) => {
    const start = channels === 1 ? 0 : c * size
    let n = 0
    for (let i = 0; i < size; i++) {
      const value = values[start + i]
      if ((channels === 1 ? value === c : value !== 0) && (!inside || inside[i] === 1)) found[n++] = i
    }
    const indices = found.slice(0, n)
    if (most === null || n <= most || n <= 1) return indices
    // as numpy.linspace: k · step, and the last one exactly
    const step = most > 1 ? (n - 1) / (most - 1) : 0
    return Int32Array.from({ length: most }, (_, k) => indices[k > 0 && k === most - 1 ? n - 1 : roundEven(k * step)])
  })
}

/** Voxels of each class of a label, for `RandCropByLabelClasses` (MONAI `ClassesToIndices`). */
export const ClassesToIndices = reading({
  name: 'ClassesToIndices',
  options: { ...classOptions, ...shared },
  read(label, { numClasses, imageThreshold, outputShape, maxSamplesPerClass }, inputs): VoxelList[] {
    const image = imageOf('ClassesToIndices', label, inputs)
    return classIndices('ClassesToIndices', label, numClasses, image, imageThreshold, maxSamplesPerClass).map((list) =>
      placed(list, outputShape),
    )
  },
})

const imageKey = { imageKey: text.opt('Key of the image that says where voxels count.', null) }

/** As `FgBgToIndices`; stores the lists beside each label. */
export const FgBgToIndicesd = sampleOnly({
  name: 'FgBgToIndicesd',
  options: {
    fgPostfix: text.opt('End of the key for the foreground.', '_fg_indices'),
    bgPostfix: text.opt('End of the key for the background.', '_bg_indices'),
    ...imageKey,
    ...shared,
  },
  apply(sample, { keys, allowMissingKeys, fgPostfix, bgPostfix, imageKey, imageThreshold, outputShape }) {
    const inputs = imageKey === null ? {} : { image: imageAt('FgBgToIndicesd', sample, imageKey) }
    const out: Record<string, unknown> = { ...sample }
    for (const [key] of present('FgBgToIndicesd', sample, keys, allowMissingKeys)) {
      const label = settle(imageAt('FgBgToIndicesd', sample, key))
      const lists = FgBgToIndices.read(label, { imageThreshold, outputShape }, inputs)
      out[key + fgPostfix] = lists[0]
      out[key + bgPostfix] = lists[1]
    }
    return out
  },
})

/** As `ClassesToIndices`; stores the lists beside each label. */
export const ClassesToIndicesd = sampleOnly({
  name: 'ClassesToIndicesd',
  options: {
    indicesPostfix: text.opt('End of the key for the lists.', '_cls_indices'),
    ...classOptions,
    ...imageKey,
    ...shared,
  },
  apply(sample, { keys, allowMissingKeys, indicesPostfix, imageKey, ...options }) {
    const inputs = imageKey === null ? {} : { image: imageAt('ClassesToIndicesd', sample, imageKey) }
    return withEachImage(
      'ClassesToIndicesd',
      sample,
      { keys, allowMissingKeys },
      (label) => ClassesToIndices.read(label, options, inputs),
      (key) => key + indicesPostfix,
    )
  },
})
