// What moves of an image do to boxes in it, low corners first, in voxels (MONAI `apps.detection.transforms.box_ops`).
import { boxAt, type Boxes } from '../../boxes/index.ts'
import { applyAffine, resized, scaling, type Affine } from '../../core/affine.ts'
import { roundEven } from '../../core/convert.ts'
import { OptionError, shown } from '../../core/errors.ts'
import { floats } from '../../core/tensor.ts'

type Corner = readonly number[]

/** Boxes whose corners are computed one by one. */
function mapped(boxes: Boxes, change: (low: Corner, high: Corner) => readonly [low: Corner, high: Corner]): Boxes {
  const axes = boxes.shape[1] / 2
  const out = floats(boxes.shape)
  for (let row = 0; row < boxes.shape[0]; row++) {
    const box = Array.from(boxAt(boxes, row))
    out.data.set(change(box.slice(0, axes), box.slice(axes)).flat(), 2 * axes * row)
  }
  return out
}

/** Boxes around the moved corners. */
export function affineBoxes(boxes: Boxes, affine: Affine): Boxes {
  const matrix = resized(affine, boxes.shape[1] / 2)
  return mapped(boxes, (low, high) => {
    const [a, b] = [applyAffine(matrix, low), applyAffine(matrix, high)]
    return [a.map((x, i) => Math.min(x, b[i])), a.map((x, i) => Math.max(x, b[i]))]
  })
}

/** Boxes of an image that is reversed along `axes`. */
export function flipBoxes(boxes: Boxes, size: readonly number[], axes: readonly number[]): Boxes {
  const along = (here: Corner, other: Corner) => here.map((x, i) => (axes.includes(i) ? size[i] - other[i] : x))
  return mapped(boxes, (low, high) => [along(low, high), along(high, low)])
}

/** Boxes of an image two of whose axes change places. */
function swapBoxes(boxes: Boxes, a: number, b: number): Boxes {
  const swapped = (corner: Corner) => corner.map((x, i) => (i === a ? corner[b] : i === b ? corner[a] : x))
  return mapped(boxes, (low, high) => [swapped(low), swapped(high)])
}

/** Boxes of an image whose plane of two axes is turned by `k` times 90 degrees, from the first towards the second. */
export function turnBoxes(
  boxes: Boxes,
  size: readonly number[],
  k: number,
  [first, second]: readonly [number, number],
): Boxes {
  switch (((k % 4) + 4) % 4) {
    case 1:
      return swapBoxes(flipBoxes(boxes, size, [second]), first, second)
    case 2:
      return flipBoxes(boxes, size, [first, second])
    case 3:
      return flipBoxes(swapBoxes(boxes, first, second), turnedSize(size, 1, [first, second]), [second])
    default:
      return boxes
  }
}

/** The size of an image after such turns. */
export function turnedSize(size: readonly number[], k: number, [a, b]: readonly [number, number]): number[] {
  return size.map((n, i) => (k % 2 === 0 ? n : i === a ? size[b] : i === b ? size[a] : n))
}

/** Boxes of an image that is scaled from one size to another. */
export function resizeBoxes(boxes: Boxes, from: readonly number[], to: readonly number[]): Boxes {
  return affineBoxes(boxes, scaling(to.map((n, axis) => n / from[axis])))
}

/** The factors that lead to whole voxels. */
export function wholeZoom(zoom: readonly number[], size: readonly number[]): number[] {
  return size.map((n, axis) => roundEven(zoom[axis] * n) / n)
}

/** Boxes of an image that is scaled by factors; with `size`, one that is cropped or padded to its old size then. */
export function zoomBoxes(boxes: Boxes, zoom: readonly number[], size: readonly number[] | null): Boxes {
  if (size === null) return affineBoxes(boxes, scaling(zoom))
  const whole = size.map((n, axis) => roundEven(zoom[axis] * n))
  const scaled = resizeBoxes(boxes, size, whole)
  // Padding shifts by half of what is missing, cropping back by half of what is too much.
  const shifts = size.map((n, axis) => Math.sign(n - whole[axis]) * Math.floor(Math.abs(n - whole[axis]) / 2))
  const shifted = (corner: Corner) => corner.map((x, axis) => Math.fround(x) + shifts[axis])
  return mapped(scaled, (low, high) => [shifted(low), shifted(high)])
}

/** The plane of two different axes, counted from the front. */
export function planeOf(where: string, axes: readonly number[], rank: number): readonly [number, number] {
  const [first, second] = axes.map((axis) => (axis < 0 ? axis + rank : axis))
  const there = [first, second].every((axis) => axis >= 0 && axis < rank)
  if (axes.length === 2 && there && first !== second) return [first, second]
  throw new OptionError(where, `${shown(axes)} is not a plane of ${rank} axes; give two different ones`)
}
