import { DataError, ShapeError, shown } from '../core/errors.ts'
import { floats, sizeOf, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { checkValid, type Boxes } from '../boxes/index.ts'

/** Images in one batch, and how large each was. */
export interface PaddedImages {
  readonly batch: FloatTensor
  readonly sizes: readonly (readonly number[])[]
}

/**
 * A batch whose sizes `divisor` divides, from images `[C, ...]` or from a batch: zeros are put at the ends
 * (MONAI preprocess_images).
 */
export function preprocessImages(
  images: FloatTensor | readonly FloatTensor[],
  spatialDims: number,
  divisor: readonly number[],
): PaddedImages {
  const list = 'shape' in images ? unstacked(images, spatialDims) : images
  if (list.length === 0) throw new DataError('preprocessImages', 'was given no image; give one or more')
  const channels = list[0].shape[0]
  for (const { shape } of list)
    if (shape.length !== spatialDims + 1 || shape[0] !== channels)
      throw new ShapeError(
        'preprocessImages',
        `an image has shape ${shown(shape)}; give [${channels}, ...] with ${spatialDims} spatial axes`,
      )
  const sizes = list.map(({ shape }) => shape.slice(1))
  const size = divisor.map((k, axis) => Math.ceil(Math.max(...sizes.map((s) => s[axis])) / k) * k)
  const batch = floats([list.length, channels, ...size])
  list.forEach((image, n) => {
    const row = image.shape[spatialDims]
    const outer = sizeOf(image.shape) / row
    for (let i = 0; i < outer; i++) {
      let at = n * channels
      for (let axis = 0, rest = i, step = outer; axis < spatialDims; axis++) {
        step /= image.shape[axis]
        const place = Math.floor(rest / step)
        rest %= step
        at = axis === 0 ? at + place : at * size[axis - 1] + place
      }
      batch.data.set(image.data.subarray(i * row, (i + 1) * row), at * size[spatialDims - 1])
    }
  })
  return { batch, sizes }
}

function unstacked({ shape, data }: FloatTensor, spatialDims: number): FloatTensor[] {
  if (shape.length !== spatialDims + 2)
    throw new ShapeError(
      'preprocessImages',
      `the batch has shape ${shown(shape)}; give [N, C, ...] with ${spatialDims} spatial axes`,
    )
  const item = sizeOf(shape.slice(1))
  return Array.from({ length: shape[0] }, (_, n) => floats(shape.slice(1), data.subarray(n * item, (n + 1) * item)))
}

/** What is in an image: a box a row, and its class. */
export interface Target {
  readonly boxes: Boxes
  readonly labels: readonly number[]
}

/** The true boxes under their keys, checked (MONAI check_training_targets). */
export function checkedTargets(
  targets: readonly Readonly<Record<string, Tensor>>[],
  images: number,
  {
    spatialDims,
    numClasses,
    boxKey,
    labelKey,
  }: { spatialDims: number; numClasses: number; boxKey: string; labelKey: string },
): Target[] {
  const where = 'checkTrainingTargets'
  if (targets.length !== images)
    throw new DataError(where, `there are ${targets.length} targets for ${images} images; give one for each`)
  return targets.map((target) => {
    const [boxes, labels] = [boxKey, labelKey].map((key) => {
      if (!target[key]) throw new DataError(where, `no "${key}" in a target (it has ${Object.keys(target).join(', ')})`)
      return target[key]
    })
    const shape = boxes.data.length === 0 ? [0, 2 * spatialDims] : boxes.shape
    if (shape.length !== 2 || shape[1] !== 2 * spatialDims)
      throw new ShapeError(where, `"${boxKey}" has shape ${shown(boxes.shape)}; give [N, ${2 * spatialDims}]`)
    const classes = Array.from(labels.data as ArrayLike<number | bigint>, Number)
    if (classes.length !== shape[0])
      throw new DataError(where, `${classes.length} labels do not fit ${shape[0]} boxes; give one for each`)
    const wrong = classes.find((label) => !(Number.isInteger(label) && label >= 0 && label < numClasses))
    if (wrong !== undefined) throw new DataError(where, `label ${wrong} is out of range; give 0 to ${numClasses - 1}`)
    const checked = floats(shape, boxes.data as ArrayLike<number>)
    checkValid(checked, where)
    return { boxes: checked, labels: classes }
  })
}
