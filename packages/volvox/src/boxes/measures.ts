import { DataError, ShapeError, shown } from '../core/errors.ts'
import { floats, sameShape, type FloatTensor } from '../core/tensor.ts'
import { boxAt, boxAxes, convertBoxMode, type Boxes } from './modes.ts'

// As torch computes in float32: thresholds are compared with these numbers.
const f = Math.fround
/** What float32 sees beside 1; it keeps empty boxes from dividing by 0. */
const tiny = 2 ** -23

/** A number for every pair of boxes `[N, M]`, of the first with the second ones. */
export type BoxOverlap = (first: Boxes, second: Boxes) => FloatTensor

/** Whether no box is inside out (MONAI is_valid_box_values). */
export function isValidBoxValues(boxes: Boxes): boolean {
  return firstInvalid(boxes, 'isValidBoxValues') < 0
}

/** Area or volume of each box `[N]` (MONAI box_area). */
export function boxArea(boxes: Boxes): FloatTensor {
  checkValid(boxes, 'boxArea')
  return floats(
    [boxes.shape[0]],
    rows(boxes).map((box) => extent(box, box)),
  )
}

/** Intersection over union of every pair `[N, M]` (MONAI box_iou). */
export const boxIou: BoxOverlap = (first, second) => ofPairs('boxIou', first, second, iou)

/** Generalised intersection over union of every pair `[N, M]` (Rezatofighi et al. 2019; MONAI box_giou). */
export const boxGiou: BoxOverlap = (first, second) => ofPairs('boxGiou', first, second, giou)

/** Generalised intersection over union of boxes in the same row `[N]` (MONAI box_pair_giou). */
export function boxPairGiou(first: Boxes, second: Boxes): FloatTensor {
  if (!sameShape(first.shape, second.shape))
    throw new ShapeError(
      'boxPairGiou',
      `boxes of ${shown(first.shape)} and ${shown(second.shape)} are no pairs; give as many`,
    )
  for (const boxes of [first, second]) checkValid(boxes, 'boxPairGiou')
  const partners = rows(second)
  return floats(
    [first.shape[0]],
    rows(first).map((box, i) => giou(box, partners[i])),
  )
}

/** Centres of boxes `[N, 2 or 3]` (MONAI box_centers). */
export function boxCenters(boxes: Boxes): FloatTensor {
  const axes = boxAxes(boxes, 'boxCenters')
  const centred = convertBoxMode(boxes, 'xyzxyz', 'cccwhd')
  return floats(
    [boxes.shape[0], axes],
    rows(centred).flatMap((box) => [...box.subarray(0, axes)]),
  )
}

/** Whether the centre in a row lies in the box of that row, farther than `eps` from its border (MONAI centers_in_boxes). */
export function centersInBoxes(centers: FloatTensor, boxes: Boxes, eps = 0.01): boolean[] {
  const axes = boxAxes(boxes, 'centersInBoxes')
  return rows(boxes).map((box, i) => {
    const center = centers.data.subarray(i * axes, (i + 1) * axes)
    return center.every((c, axis) => f(c - box[axis]) > eps && f(box[axis + axes] - c) > eps)
  })
}

/** Distance of the centres of every pair `[N, M]` (MONAI boxes_center_distance). */
export const boxesCenterDistance: BoxOverlap = (first, second) => {
  const axes = sameAxes('boxesCenterDistance', first, second)
  const [a, b] = [boxCenters(first).data, boxCenters(second).data]
  const result = floats([first.shape[0], second.shape[0]])
  for (let i = 0, at = 0; i < first.shape[0]; i++)
    for (let j = 0; j < second.shape[0]; j++) {
      let squares = 0
      for (let axis = 0; axis < axes; axis++) squares += f(a[i * axes + axis] - b[j * axes + axis]) ** 2
      result.data[at++] = Math.sqrt(f(squares))
    }
  return result
}

function ofPairs(
  where: string,
  first: Boxes,
  second: Boxes,
  measure: (a: Float32Array, b: Float32Array) => number,
): FloatTensor {
  sameAxes(where, first, second)
  for (const boxes of [first, second]) checkValid(boxes, where)
  const result = floats([first.shape[0], second.shape[0]])
  const others = rows(second)
  rows(first).forEach((a, i) => others.forEach((b, j) => (result.data[i * others.length + j] = measure(a, b))))
  return result
}

function iou(a: Float32Array, b: Float32Array): number {
  const both = extent(a, b)
  return f(both / f(union(a, b, both) + tiny))
}

function giou(a: Float32Array, b: Float32Array): number {
  const all = union(a, b, extent(a, b))
  const axes = a.length / 2
  const around = a.map((x, i) => (i < axes ? Math.min(x, b[i]) : Math.max(x, b[i])))
  const enclosure = extent(around, around)
  return f(iou(a, b) - f(f(enclosure - all) / f(enclosure + tiny)))
}

function union(a: Float32Array, b: Float32Array, both: number): number {
  return f(f(extent(a, a) + extent(b, b)) - both)
}

/** What two boxes share. */
function extent(a: Float32Array, b: Float32Array): number {
  const axes = a.length / 2
  let product = 1
  for (let axis = 0; axis < axes; axis++) {
    const side = Math.min(a[axis + axes], b[axis + axes]) - Math.max(a[axis], b[axis])
    product = f(product * Math.max(0, f(side)))
  }
  return product
}

function rows(boxes: Boxes): Float32Array[] {
  return Array.from({ length: boxes.shape[0] }, (_, i) => boxAt(boxes, i))
}

function sameAxes(where: string, first: Boxes, second: Boxes): number {
  const axes = boxAxes(first, where)
  if (boxAxes(second, where) !== axes)
    throw new ShapeError(
      where,
      `boxes ${shown(first.shape)} and ${shown(second.shape)} have different axes; give the same`,
    )
  return axes
}

function firstInvalid(boxes: Boxes, where: string): number {
  const axes = boxAxes(boxes, where)
  return rows(boxes).findIndex(
    (box) => !box.every(Number.isFinite) || box.subarray(0, axes).some((x, i) => box[i + axes] < x),
  )
}

/** Refuses a box that is inside out or not finite. */
export function checkValid(boxes: Boxes, where: string): void {
  const row = firstInvalid(boxes, where)
  if (row >= 0)
    throw new DataError(
      where,
      `box ${row}, ${shown(boxAt(boxes, row))}, has no size; give finite low corners, then high ones`,
    )
}
