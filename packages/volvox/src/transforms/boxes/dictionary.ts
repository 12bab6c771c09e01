import { isTensorLike } from '../../core/tensor.ts'
import { invert, resized, type Affine } from '../../core/affine.ts'
import { castArray, toFloats } from '../../core/convert.ts'
import { DataError, shown } from '../../core/errors.ts'
import { gridOf, isImage } from '../../core/image.ts'
import { bool, int, text, type Values } from '../../core/options.ts'
import type { Tensor } from '../../core/tensor.ts'
import { imageAt, keysKind, present, type Sample, valueAt } from '../sample.ts'
import { boxesIn, matrixIn } from './define.ts'
import {
  AffineBox,
  BoxToMask,
  ClipBoxToImage,
  ConvertBoxMode,
  ConvertBoxToStandardMode,
  MaskToBox,
  StandardizeEmptyBox,
  boxMode,
} from './plain.ts'
import { boxKeyOptions, checkAsMany, oneKey, refKeyAt, refKeys, sizeAt, traced, untraced } from './sample.ts'
import { wholeSample } from '../wholeSample.ts'

/** The sample with each of its boxes changed. */
function eachBoxes(
  name: string,
  sample: Sample,
  { boxKeys, allowMissingKeys }: Values<typeof boxKeyOptions>,
  change: (boxes: unknown, sample: Sample, key: string) => readonly [boxes: unknown, sample: Sample],
): Sample {
  return present(name, sample, boxKeys, allowMissingKeys).reduce<Sample>((all, [key]) => {
    const [boxes, rest] = change(all[key], all, key)
    return { ...rest, [key]: boxes }
  }, sample)
}

/** Gives boxes without rows the shape that goes with their image. */
export const StandardizeEmptyBoxd = wholeSample({
  name: 'StandardizeEmptyBoxd',
  options: { ...boxKeyOptions, boxRefImageKeys: oneKey('Key of the image that the boxes are in.') },
  apply(sample, { boxRefImageKeys, ...keys }) {
    const spatialDims = sizeAt('StandardizeEmptyBoxd', sample, boxRefImageKeys).length
    return eachBoxes('StandardizeEmptyBoxd', sample, keys, (boxes, rest) => [
      StandardizeEmptyBox({ spatialDims })(boxes),
      rest,
    ])
  },
})

/** Puts the numbers of boxes in another order; the inverse puts them back. */
export const ConvertBoxModed = wholeSample({
  name: 'ConvertBoxModed',
  options: { ...boxKeyOptions, srcMode: boxMode('the given boxes'), dstMode: boxMode('the result') },
  apply: (sample, { srcMode, dstMode, ...keys }) =>
    eachBoxes('ConvertBoxModed', sample, keys, (boxes, rest, key) => [
      ConvertBoxMode({ srcMode, dstMode })(boxes),
      traced(rest, key, { name: 'ConvertBoxModed', options: { srcMode, dstMode } }),
    ]),
  inverse: (sample, { srcMode, dstMode, ...keys }) =>
    eachBoxes('ConvertBoxModed', sample, keys, (boxes, rest, key) => [
      ConvertBoxMode({ srcMode: dstMode, dstMode: srcMode })(boxes),
      untraced(rest, key, 'ConvertBoxModed')[1],
    ]),
})

/** Puts low corners first, then high ones; the inverse puts them back. */
export const ConvertBoxToStandardModed = wholeSample({
  name: 'ConvertBoxToStandardModed',
  options: { ...boxKeyOptions, mode: boxMode('the given boxes') },
  apply: (sample, { mode, ...keys }) =>
    eachBoxes('ConvertBoxToStandardModed', sample, keys, (boxes, rest, key) => [
      ConvertBoxToStandardMode({ mode })(boxes),
      traced(rest, key, { name: 'ConvertBoxToStandardModed', options: { mode } }),
    ]),
  inverse: (sample, { mode, ...keys }) =>
    eachBoxes('ConvertBoxToStandardModed', sample, keys, (boxes, rest, key) => [
      ConvertBoxMode({ dstMode: mode })(boxes),
      untraced(rest, key, 'ConvertBoxToStandardModed')[1],
    ]),
})

const worldOptions = {
  ...boxKeyOptions,
  boxRefImageKeys: oneKey('Key of the image that the boxes are in.'),
  imageMetaKey: text.opt("Key of the image's metadata, where the entry is no image itself.", null),
  imageMetaKeyPostfix: text.opt('What makes that key from the key of the image.', 'meta_dict'),
  affineLpsToRas: bool.opt('The boxes are in LPS millimetres, not in RAS.', false),
}

/** The voxel-to-world matrix that boxes go by. */
function worldOf(name: string, sample: Sample, options: Values<typeof worldOptions>): Affine {
  const { boxRefImageKeys: key, imageMetaKey, imageMetaKeyPostfix, affineLpsToRas } = options
  const entry = valueAt(name, sample, key)
  const metaKey = imageMetaKey ?? `${key}_${imageMetaKeyPostfix}`
  const meta = isImage(entry) ? gridOf(entry) : (sample[metaKey] as { readonly affine?: unknown } | undefined)
  if (typeof meta !== 'object' || meta.affine === undefined)
    throw new DataError(name, `no affine in "${key}" or "${metaKey}"; load the image, or fix imageMetaKey`)
  const affine = Array.isArray(meta.affine)
    ? (meta.affine as unknown[]).flat()
    : matrixIn(`${name}.${metaKey}`, meta.affine)
  const order = Math.sqrt(affine.length)
  return (affine as number[]).map((x, at) => (affineLpsToRas && at < 2 * order ? -x : x)) // matrices hold numbers
}

function worldTransform(name: string, toWorld: boolean) {
  const moved = (boxes: unknown, affine: Affine) => AffineBox()(boxes, { affine })
  const matrixFor = (affine: Affine, boxes: unknown, there: boolean) => {
    const matrix = resized(affine, boxesIn(name, boxes).shape[1] / 2)
    return there ? matrix : invert(matrix, name)
  }
  return wholeSample({
    name,
    options: worldOptions,
    apply(sample, options) {
      const affine = worldOf(name, sample, options)
      return eachBoxes(name, sample, options, (boxes, rest, key) => [
        moved(boxes, matrixFor(affine, boxes, toWorld)),
        traced(rest, key, { name, options: { affine } }),
      ])
    },
    inverse: (sample, options) =>
      eachBoxes(name, sample, options, (boxes, rest, key) => {
        const [record, before] = untraced(rest, key, name)
        const affine = matrixIn(name, record.options?.affine)
        return [moved(boxes, matrixFor(affine, boxes, !toWorld)), before]
      }),
  })
}

/** Boxes from millimetres to voxels of their image. */
export const AffineBoxToImageCoordinated = worldTransform('AffineBoxToImageCoordinated', false)

/** Boxes from voxels of their image to millimetres. */
export const AffineBoxToWorldCoordinated = worldTransform('AffineBoxToWorldCoordinated', true)

/** The parts of boxes within their image, and the labels of those that are left. */
export const ClipBoxToImaged = wholeSample({
  name: 'ClipBoxToImaged',
  options: {
    boxKeys: oneKey('Key of the boxes.'),
    labelKeys: keysKind.req('Keys of their labels.'),
    boxRefImageKeys: oneKey('Key of the image that the boxes are in.'),
    removeEmpty: bool.opt('Leave out boxes of less than one voxel.', true),
    allowMissingKeys: boxKeyOptions.allowMissingKeys,
  },
  apply(sample, { boxKeys, labelKeys, boxRefImageKeys, removeEmpty, allowMissingKeys }) {
    if (present('ClipBoxToImaged', sample, [boxKeys], allowMissingKeys).length === 0) return sample
    const spatialSize = sizeAt('ClipBoxToImaged', sample, boxRefImageKeys)
    const clipped = labelKeys.map((key) =>
      ClipBoxToImage({ removeEmpty })(sample[boxKeys], {
        labels: valueAt('ClipBoxToImaged', sample, key),
        spatialSize,
      }),
    )
    const labels = labelKeys.map((key, i) => [key, clipped[i][1]] as const)
    return { ...sample, [boxKeys]: clipped[0][0], ...Object.fromEntries(labels) }
  },
})

const maskOptions = {
  ...boxKeyOptions,
  boxMaskKeys: keysKind.req('Keys of the masks, one for each key of boxes.'),
  labelKeys: keysKind.req('Keys of the labels, one for each key of boxes.'),
}
const minFgLabel = int.req('The smallest label of a box; in the mask it is 1.')

/** Draws each box into a channel of its own, background 0, on the lattice of its image. */
export const BoxToMaskd = wholeSample({
  name: 'BoxToMaskd',
  options: {
    ...maskOptions,
    boxRefImageKeys: refKeys,
    minFgLabel,
    ellipseMask: bool.opt('Draw ellipses that touch the sides of the boxes.', false),
  },
  apply(
    sample,
    { boxKeys, boxMaskKeys, labelKeys, boxRefImageKeys, minFgLabel: least, ellipseMask, allowMissingKeys },
  ) {
    checkAsMany('BoxToMaskd', boxKeys, { boxMaskKeys, labelKeys })
    const draw = BoxToMask({ bgLabel: least - 1, ellipseMask })
    return present('BoxToMaskd', sample, boxKeys, allowMissingKeys).reduce<Sample>((all, [key, i]) => {
      const ref = refKeyAt('BoxToMaskd', boxRefImageKeys, i, boxKeys.length)
      const labels = valueAt('BoxToMaskd', sample, labelKeys[i])
      const mask = draw(sample[key], { labels, spatialSize: sizeAt('BoxToMaskd', sample, ref) })
      const { affine } = gridOf(imageAt('BoxToMaskd', sample, ref))
      return { ...all, [boxMaskKeys[i]]: { ...plus(mask, 1 - least), affine } }
    }, sample)
  },
})

/** Finds the box and label of each channel of masks that BoxToMaskd drew. */
export const MaskToBoxd = wholeSample({
  name: 'MaskToBoxd',
  options: {
    ...maskOptions,
    minFgLabel,
    boxDtype: MaskToBox.schema.boxDtype,
    labelDtype: MaskToBox.schema.labelDtype,
  },
  apply(sample, { boxKeys, boxMaskKeys, labelKeys, minFgLabel: least, ...dtypes }) {
    checkAsMany('MaskToBoxd', boxKeys, { boxMaskKeys, labelKeys })
    const find = MaskToBox({ bgLabel: least - 1, boxDtype: dtypes.boxDtype, labelDtype: dtypes.labelDtype })
    return boxKeys.reduce<Sample>((all, key, i) => {
      const given = valueAt('MaskToBoxd', sample, boxMaskKeys[i])
      if (!isTensorLike(given))
        throw new DataError('MaskToBoxd', `"${boxMaskKeys[i]}" holds ${shown(given)} instead of a mask`)
      const mask = plus(given, least - 1)
      const [boxes, labels] = find(mask)
      return { ...all, [key]: boxes, [labelKeys[i]]: labels, [boxMaskKeys[i]]: mask }
    }, sample)
  },
})

/** The tensor with a number added, in its type. */
function plus<T extends Tensor>(given: T, shift: number): T {
  const sums = Float64Array.from(toFloats(given.dtype, given.data), (x) => x + shift)
  return { ...given, data: castArray(sums, 'float64', given.dtype) }
}
