import { castArray, toFloats } from '../../../core/convert.ts'
import { OptionError, ShapeError } from '../../../core/errors.ts'
import { withVoxels, type Image } from '../../../core/image.ts'
import { bool, count, int, nonNegative, number, text } from '../../../core/options.ts'
import { statistics } from '../../../kernels/index.ts'
import { sampleOptions, valueAt, settledAt, withEachImage } from '../../sample.ts'
import { cast, maskWhere } from '../../shared.ts'
import { numberAt, rowOf, rowsOf } from '../entries.ts'
import { partsOfLabels, withoutSmallHoles, withoutSmallParts } from '../regions.ts'
import { joined } from '../../utility/items.ts'
import { wholeSample } from '../../wholeSample.ts'

const bytes = (img: Image, values: ArrayLike<number>, shape = img.shape): Image =>
  withVoxels(img, { dtype: 'uint8', shape, data: Uint8Array.from(values) })

/** Numbers for the connected parts of labels (MONAI `FlattenLabeld`). */
export const FlattenLabeld = wholeSample({
  name: 'FlattenLabeld',
  options: { ...sampleOptions, connectivity: count.opt('How many axes neighbours may differ in.', 1) },
  apply(sample, { keys, allowMissingKeys, connectivity }) {
    return withEachImage('FlattenLabeld', sample, { keys, allowMissingKeys }, (img, key) => {
      if (connectivity > img.shape.length)
        throw new OptionError(
          'FlattenLabeld.connectivity',
          `${connectivity} is more than the ${img.shape.length} axes of "${key}"; use 1 to ${img.shape.length}`,
        )
      return bytes(img, partsOfLabels(toFloats(img.dtype, img.data), img.shape, connectivity).labels)
    })
  },
})

/** One nucleus of a label [1, H, W] as a mask, and the parts of all the others under `others` (MONAI `SplitLabeld`). */
export const SplitLabeld = wholeSample({
  name: 'SplitLabeld',
  options: {
    ...sampleOptions,
    others: text.opt('Key for the other nuclei.', 'others'),
    maskValue: text
      .nullable()
      .opt('Key of the value of the nucleus; the largest below `othersValue` when null.', 'mask_value'),
    minArea: number.opt('As in MONAI, which does not use it.', 5),
    othersValue: int.opt('Values from this are others, where there is no maskValue.', 0),
    toBinaryMask: bool.opt('Give 1 instead of the value.', true),
  },
  apply(sample, { keys, others, maskValue, othersValue, toBinaryMask }) {
    const name = 'SplitLabeld'
    if (keys.length !== 1) throw new OptionError(`${name}.keys`, `has ${keys.length} keys; give that of the label`)
    const [key] = keys
    const img = settledAt(name, sample, key)
    if (img.shape[0] !== 1)
      throw new ShapeError(name, `"${key}" has the shape [${img.shape.join(', ')}]; it must have one channel`)
    const values = Array.from(toFloats(img.dtype, img.data))
    const own = maskValue === null ? null : numberAt(name, sample, maskValue)
    const mask = values.map((x) => ((own === null ? x < othersValue : x === own) ? x : 0))
    const value = own ?? Math.trunc(mask.reduce((a, b) => Math.max(a, b), -Infinity))
    const rest = values.map((x) => (x !== value && x > 0 ? 1 : 0))
    const parts = partsOfLabels(rest, img.shape.slice(1), 1).labels
    return {
      ...sample,
      [key]: bytes(img, toBinaryMask ? mask.map((x) => (x > 0 ? 1 : x)) : mask),
      [others]: bytes(img, parts),
    }
  },
})

/** The label as further channels of images (MONAI `AddLabelAsGuidanced`). */
export const AddLabelAsGuidanced = wholeSample({
  name: 'AddLabelAsGuidanced',
  options: { ...sampleOptions, source: text.opt('Key of the label.', 'label') },
  apply(sample, { keys, allowMissingKeys, source }) {
    const name = 'AddLabelAsGuidanced'
    const label = settledAt(name, sample, source)
    const inside = maskWhere(toFloats(label.dtype, label.data), (x) => x > 0)
    return withEachImage(name, sample, { keys, allowMissingKeys }, (img, key) => {
      const shape = label.shape.length < img.shape.length ? [1, ...label.shape] : label.shape
      const axis = shape.length - 3
      if (axis < 0 || shape.length !== img.shape.length || shape.some((n, i) => i !== axis && n !== img.shape[i]))
        throw new ShapeError(
          name,
          `"${source}" is [${label.shape.join(', ')}], "${key}" [${img.shape.join(', ')}]; they must have the same spatial size`,
        )
      return joined(name, [img, cast(withVoxels(label, { dtype: 'uint8', shape, data: inside }), img.dtype)], axis)
    })
  },
})

/** The largest value of labels, as class numbers (MONAI `SetLabelClassd`). */
export const SetLabelClassd = wholeSample({
  name: 'SetLabelClassd',
  options: { ...sampleOptions, offset: int.opt('Added to the value.', -1) },
  apply(sample, { keys, allowMissingKeys, offset }) {
    const classOf = ({ data, dtype }: Image) => Math.trunc(statistics(data, dtype).max) + offset
    return withEachImage('SetLabelClassd', sample, { keys, allowMissingKeys }, classOf)
  },
})

/** Predictions for patches [patches, H, W], cleaned and put into one map of classes (MONAI `PostFilterLabeld`). */
export const PostFilterLabeld = wholeSample({
  name: 'PostFilterLabeld',
  options: {
    ...sampleOptions,
    nucPoints: text.opt('As in MONAI, which does not use it.', 'nuc_points'),
    boundingBoxes: text.opt(
      'Key of the boxes of the patches: first row and column, one past the last.',
      'bounding_boxes',
    ),
    imgHeight: text.opt('Key of the number of columns of the map.', 'img_height'),
    imgWidth: text.opt('Key of the number of rows of the map.', 'img_width'),
    thresh: number.opt('Voxels above this are inside; predictions are cut to whole numbers first, as in MONAI.', 0.33),
    minSize: nonNegative.opt('Least size of a part in voxels.', 10),
    minHole: nonNegative.opt('Least size of a hole in voxels.', 30),
    doReconstruction: bool.opt('As in MONAI, which does not use it.', false),
    predClasses: text.opt('Key of the classes of the patches; 1 where there are none.', 'pred_classes'),
  },
  apply(sample, { keys, allowMissingKeys, boundingBoxes, imgHeight, imgWidth, thresh, minSize, minHole, predClasses }) {
    const name = 'PostFilterLabeld'
    const boxes = rowsOf(name, boundingBoxes, valueAt(name, sample, boundingBoxes))
    const [rows, columns] = [imgWidth, imgHeight].map((key) => numberAt(name, sample, key))
    const given = sample[predClasses]
    const classes = given === undefined || given === null ? [] : rowOf(given)
    return withEachImage(name, sample, { keys, allowMissingKeys }, (img, key) => {
      const [count, height, width] = img.shape
      if (img.shape.length !== 3 || boxes.length < count)
        throw new ShapeError(
          name,
          `"${key}" has the shape [${img.shape.join(', ')}] for ${boxes.length} boxes; it must be [patches, height, width] with a box for each`,
        )
      const inside = maskWhere(castArray(img.data, img.dtype, 'uint8') as Uint8Array, (x) => x > thresh)
      const map = new Uint8Array(rows * columns)
      for (let i = 0; i < count; i++) {
        const patch = inside.subarray(i * height * width, (i + 1) * height * width)
        const clean = withoutSmallHoles(withoutSmallParts(patch, [height, width], minSize), [height, width], minHole)
        const [row, column, rowEnd, columnEnd] = boxes[i]
        if (
          rowEnd - row !== height ||
          columnEnd - column !== width ||
          row < 0 ||
          column < 0 ||
          rowEnd > rows ||
          columnEnd > columns
        )
          // prettier-ignore
          throw new ShapeError(
            name,
            `box ${i} is [${boxes[i].join(', ')}] for a patch of [${height}, ${width}] in a map of [${rows}, ${columns}]; they must fit`,
          )
        clean.forEach((x, at) => {
          if (x > 0) map[(row + Math.floor(at / width)) * columns + column + (at % width)] = classes[i] ?? 1
        })
      }
      return bytes(img, map, [rows, columns])
    })
  },
})
