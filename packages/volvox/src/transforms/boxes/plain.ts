import { boxModes, clipBoxesToImage, convertBoxMode, spatialCropBoxes } from '../../boxes/index.ts'
import { castArray } from '../../core/convert.ts'
import { DataError, OptionError, ShapeError, shown } from '../../core/errors.ts'
import { bool, count, int, intOrInts, ints, numberOrNumbers, oneOf } from '../../core/options.ts'
import { tensor, type Tensor, isTensorLike } from '../../core/tensor.ts'
import { dtypeKind } from '../shared.ts'
import { aroundCentre, slicesKind } from '../croppad/crop.ts'
import { longestSize } from '../spatial/resize.ts'
import { axesOf, forAxes, sizesOr } from '../spatial/options.ts'
import { boxesIn, like, matrixIn, numbersIn, selectLabels, tensorMaker } from './define.ts'
import { boxesOfMask, drawBoxes } from './masks.ts'
import { affineBoxes, flipBoxes, planeOf, resizeBoxes, turnBoxes, zoomBoxes } from './operations.ts'

/** The option of a mode of boxes. */
export const boxMode = (what: string) =>
  oneOf(...boxModes).opt(`Order of the numbers of ${what}; xyzxyz when null.`, null)

/** The size of the image that boxes are in, from the inputs of a call. */
function sizeIn(where: string, value: unknown, axes: number): number[] {
  return forAxes(where, intOrInts.parse(value, where), axes)
}

/** Gives boxes without rows the shape [0, 2·axes] (MONAI `StandardizeEmptyBox`). */
export const StandardizeEmptyBox = tensorMaker({
  name: 'StandardizeEmptyBox',
  options: { spatialDims: count.req('Axes of the image.') },
  apply(value, { spatialDims }) {
    const boxes = numbersIn('StandardizeEmptyBox', value)
    if (boxes.shape[0] !== 0) return like(value, boxes)
    return like(value, { ...boxes, shape: [0, 2 * spatialDims] })
  },
})

/** Puts the numbers of boxes in another order (MONAI `ConvertBoxMode`). */
export const ConvertBoxMode = tensorMaker({
  name: 'ConvertBoxMode',
  options: { srcMode: boxMode('the given boxes'), dstMode: boxMode('the result') },
  apply(value, { srcMode, dstMode }) {
    const boxes = numbersIn('ConvertBoxMode', value)
    if (boxes.shape[0] === 0) return like(value, boxes)
    return like(value, convertBoxMode(boxesIn('ConvertBoxMode', value), srcMode ?? undefined, dstMode ?? undefined))
  },
})

/** Puts low corners first, then high ones (MONAI `ConvertBoxToStandardMode`). */
export const ConvertBoxToStandardMode = tensorMaker({
  name: 'ConvertBoxToStandardMode',
  options: { mode: boxMode('the given boxes') },
  apply: (value, { mode }) => ConvertBoxMode({ srcMode: mode })(value),
})

/** Moves boxes by a matrix: `AffineBox()(boxes, { affine })`; the boxes around the moved corners (MONAI `AffineBox`). */
export const AffineBox = tensorMaker({
  name: 'AffineBox',
  options: {},
  apply(value, _options, { affine }) {
    if (affine === undefined || affine === null) return value
    return like(value, affineBoxes(boxesIn('AffineBox', value), matrixIn('AffineBox.affine', affine)))
  },
})

/** Boxes of an image that is zoomed: `ZoomBox({ zoom })(boxes, { srcSpatialSize })` (MONAI `ZoomBox`). */
export const ZoomBox = tensorMaker({
  name: 'ZoomBox',
  options: {
    zoom: numberOrNumbers.req('Factor per axis, or one for all.'),
    keepSize: bool.opt('The image is cropped or padded to its old size, `srcSpatialSize`.', false),
  },
  apply(value, { zoom, keepSize }, { srcSpatialSize }) {
    const boxes = boxesIn('ZoomBox', value)
    const axes = boxes.shape[1] / 2
    const size = keepSize ? sizeIn('ZoomBox.srcSpatialSize', srcSpatialSize, axes) : null
    return like(value, zoomBoxes(boxes, forAxes('ZoomBox.zoom', zoom, axes), size))
  },
})

/** Boxes of an image that is resized: `ResizeBox({ spatialSize })(boxes, { srcSpatialSize })` (MONAI `ResizeBox`). */
export const ResizeBox = tensorMaker({
  name: 'ResizeBox',
  options: {
    spatialSize: intOrInts.req('Size of the resized image; axes with values below 1 keep theirs.'),
    sizeMode: oneOf('all', 'longest').opt('"longest": one number for the longest axis.', 'all'),
  },
  apply(value, { spatialSize, sizeMode }, { srcSpatialSize }) {
    const boxes = boxesIn('ResizeBox', value)
    const from = sizeIn('ResizeBox.srcSpatialSize', srcSpatialSize, boxes.shape[1] / 2)
    const to =
      sizeMode === 'all'
        ? sizesOr('ResizeBox.spatialSize', spatialSize, from)
        : longestSize('ResizeBox.spatialSize', spatialSize, from)
    return like(value, resizeBoxes(boxes, from, to))
  },
})

/** Boxes of a reversed image: `FlipBox({ spatialAxis })(boxes, { spatialSize })` (MONAI `FlipBox`). */
export const FlipBox = tensorMaker({
  name: 'FlipBox',
  options: { spatialAxis: intOrInts.opt('Axes to reverse; all of them when null.', null) },
  apply(value, { spatialAxis }, { spatialSize }) {
    const boxes = boxesIn('FlipBox', value)
    const axes = boxes.shape[1] / 2
    const size = sizeIn('FlipBox.spatialSize', spatialSize, axes)
    return like(value, flipBoxes(boxes, size, axesOf('FlipBox.spatialAxis', spatialAxis, axes)))
  },
})

/** Boxes of a turned image: `RotateBox90({ k })(boxes, { spatialSize })` (MONAI `RotateBox90`). */
export const RotateBox90 = tensorMaker({
  name: 'RotateBox90',
  options: {
    k: int.opt('How often to turn by 90 degrees.', 1),
    spatialAxes: ints.opt('The two axes of the plane to turn, from the first towards the second.', [0, 1]),
    lazy: bool.opt('Kept for configs of MONAI; boxes are moved at once.', false),
  },
  apply(value, { k, spatialAxes }, { spatialSize }) {
    const boxes = boxesIn('RotateBox90', value)
    const axes = boxes.shape[1] / 2
    const size = sizeIn('RotateBox90.spatialSize', spatialSize, axes)
    return like(value, turnBoxes(boxes, size, k, planeOf('RotateBox90.spatialAxes', spatialAxes, axes)))
  },
})

/**
 * The parts of boxes within an image, and the labels of those that are left: `ClipBoxToImage()(boxes, { labels, spatialSize })`
 * (MONAI `ClipBoxToImage`). Gives boxes and labels.
 */
export const ClipBoxToImage = tensorMaker({
  name: 'ClipBoxToImage',
  options: { removeEmpty: bool.opt('Leave out boxes of less than one voxel.', false) },
  apply(value, { removeEmpty }, { labels, spatialSize }): readonly [Tensor, unknown] {
    const boxes = boxesIn('ClipBoxToImage', value)
    const size = sizeIn('ClipBoxToImage.spatialSize', spatialSize, boxes.shape[1] / 2)
    const { boxes: kept, rows } = clipBoxesToImage(boxes, size, removeEmpty)
    return [like(value, kept), selectLabels('ClipBoxToImage.labels', labels, rows, boxes.shape[0])]
  },
})

/**
 * Boxes of a cropped image, and the labels of those that are left: `SpatialCropBox({ roiStart, roiEnd })(boxes, { labels })`
 * (MONAI `SpatialCropBox`). Gives boxes and labels.
 */
export const SpatialCropBox = tensorMaker({
  name: 'SpatialCropBox',
  options: {
    roiCenter: intOrInts.opt('Centre voxel; goes with `roiSize`.', null),
    roiSize: intOrInts.opt('Size of the crop.', null),
    roiStart: intOrInts.opt('First voxel; goes with `roiEnd`.', null),
    roiEnd: intOrInts.opt('One past the last voxel.', null),
    roiSlices: slicesKind.opt('A [start, stop] pair per axis.', null),
  },
  apply(value, { roiCenter, roiSize, roiStart, roiEnd, roiSlices }, { labels }): readonly [Tensor, unknown] {
    const boxes = boxesIn('SpatialCropBox', value)
    const listed = (given: number | readonly number[]) => (typeof given === 'number' ? [given] : given)
    const { start, end } = roiSlices
      ? { start: roiSlices.map(([first]) => first), end: roiSlices.map(([, last]) => last) }
      : roiCenter !== null && roiSize !== null
        ? aroundCentre(listed(roiCenter), listed(roiSize))
        : roiStart !== null && roiEnd !== null
          ? { start: listed(roiStart).map((x) => Math.max(x, 0)), end: listed(roiEnd) }
          : { start: [], end: [] }
    if (start.length === 0)
      throw new OptionError(
        'SpatialCropBox',
        'has no crop; give roiCenter and roiSize, roiStart and roiEnd, or roiSlices',
      )
    if ([...start, ...end].some((x) => x === null || x < 0))
      throw new OptionError('SpatialCropBox.roiSlices', `${shown(roiSlices)} counts from the end; give 0 or more`)
    if (start.length !== boxes.shape[1] / 2 || end.length !== start.length)
      throw new ShapeError('SpatialCropBox', `a crop of ${start.length} axes does not fit boxes ${shown(boxes.shape)}`)
    const { boxes: kept, rows } = spatialCropBoxes(boxes, start as number[], end as number[]) // none is null, see above
    return [like(value, kept), selectLabels('SpatialCropBox.labels', labels, rows, boxes.shape[0])]
  },
})

/**
 * Draws each box into a channel of its own: `BoxToMask()(boxes, { labels, spatialSize })`, int16 (MONAI `BoxToMask`).
 */
export const BoxToMask = tensorMaker({
  name: 'BoxToMask',
  options: {
    bgLabel: int.opt('Value outside of boxes, below all labels.', -1),
    ellipseMask: bool.opt('Draw ellipses that touch the sides of the boxes.', false),
  },
  apply(value, style, { labels, spatialSize }) {
    const boxes = boxesIn('BoxToMask', value)
    const size = sizeIn('BoxToMask.spatialSize', spatialSize, boxes.shape[1] / 2)
    return drawBoxes('BoxToMask', boxes, Array.from(numbersIn('BoxToMask.labels', labels).data), size, style)
  },
})

/** Finds the box and label of each channel of a mask, as BoxToMask draws them (MONAI `MaskToBox`). */
export const MaskToBox = tensorMaker({
  name: 'MaskToBox',
  options: {
    bgLabel: int.opt('Value outside of boxes.', -1),
    boxDtype: dtypeKind.opt('Element type of the boxes.', 'float32'),
    labelDtype: dtypeKind.opt('Element type of the labels.', 'int64'),
  },
  apply(mask, { bgLabel, boxDtype, labelDtype }): readonly [boxes: Tensor, labels: Tensor] {
    if (!isTensorLike(mask)) throw new DataError('MaskToBox', `was given ${shown(mask)}; give a mask [boxes, ...space]`)
    const [boxes, labels] = boxesOfMask('MaskToBox', mask, bgLabel)
    return [
      tensor(boxDtype, boxes.shape, castArray(boxes.data, 'float32', boxDtype)),
      tensor(labelDtype, [labels.length], castArray(Float64Array.from(labels), 'float64', labelDtype)),
    ]
  },
})
