import { boxAt, type Boxes } from '../../boxes/index.ts'
import { toFloats } from '../../core/convert.ts'
import { DataError, OptionError, ShapeError, shown } from '../../core/errors.ts'
import { image, type Image } from '../../core/image.ts'
import { floats, sizeOf, stridesOf, type FloatTensor, type Tensor } from '../../core/tensor.ts'
import { interpolate } from '../../kernels/index.ts'

/** How boxes are drawn into a mask. */
export interface MaskStyle {
  /** Value outside of boxes, below all labels. */
  readonly bgLabel: number
  /** Ellipses that touch the sides of the boxes instead of whole boxes. */
  readonly ellipseMask: boolean
}

/** A channel for each box that holds its label within: int16, [boxes, ...size] (MONAI `convert_box_to_mask`). */
export function drawBoxes(
  where: string,
  boxes: Boxes,
  labels: readonly number[],
  size: readonly number[],
  { bgLabel, ellipseMask }: MaskStyle,
): Image {
  const count = boxes.shape[0]
  if (labels.length !== count)
    throw new ShapeError(where, `${labels.length} labels do not fit ${count} boxes; give one for each`)
  const least = labels.reduce((a, b) => Math.min(a, b), Infinity)
  if (bgLabel >= least)
    throw new OptionError(`${where}.bgLabel`, `${bgLabel} is not below the label ${least}; use a smaller one`)
  const channel = sizeOf(size)
  const data = new Int16Array(Math.max(count, 1) * channel).fill(bgLabel)
  labels.forEach((label, row) => {
    fillBox(where, data.subarray(row * channel, (row + 1) * channel), size, boxAt(boxes, row), label, ellipseMask)
  })
  return image('int16', [Math.max(count, 1), ...size], data)
}

/** Sets the voxels of an image of that size that are in a box, or in the ellipse within it. */
export function fillBox(
  where: string,
  voxels: Int16Array,
  size: readonly number[],
  box: ArrayLike<number>,
  value: number,
  asEllipse = false,
): void {
  const axes = size.length
  const ends = Array.from(box, Math.trunc)
  const [low, high] = [ends.slice(0, axes), ends.slice(axes)]
  if (low.some((x, i) => x < 0 || x > high[i]) || high.some((x, i) => x > size[i]))
    throw new DataError(
      where,
      `the box ${shown(ends)} leaves an image of [${size.join(', ')}]; use ClipBoxToImage first`,
    )
  const extent = high.map((x, i) => x - low[i])
  const inside = asEllipse ? ellipse(extent) : null
  const steps = stridesOf(size)
  for (let i = 0; i < sizeOf(extent); i++) if (!inside || inside[i]) voxels[placeOf(i, extent, low, steps)] = value
}

/** Where the i-th voxel of a box of that extent lies in an image. */
function placeOf(i: number, extent: readonly number[], low: readonly number[], steps: readonly number[]): number {
  let [rest, place] = [i, 0]
  for (let axis = extent.length - 1; axis >= 0; axis--) {
    place += ((rest % extent[axis]) + low[axis]) * steps[axis]
    rest = Math.floor(rest / extent[axis])
  }
  return place
}

/** 1 inside: a ball of the longest side, squeezed to the extent by nearest voxels. */
function ellipse(extent: readonly number[]): Float32Array {
  const longest = Math.max(...extent)
  const cube = extent.map(() => longest)
  const centre = (longest - 1) / 2
  const ball = Float32Array.from({ length: sizeOf(cube) }, (_, i) => {
    const squares = cube.map((_n, axis) => ((Math.floor(i / longest ** axis) % longest) - centre) ** 2)
    return squares.reduce((a, b) => a + b, 0) <= (longest / 2) ** 2 ? 1 : 0
  })
  return sizeOf(extent) === 0 ? ball : interpolate(ball, 1, cube, extent, 'nearest', false)
}

/** For each channel that is not all background the box around the rest, and its label (MONAI `convert_mask_to_box`). */
export function boxesOfMask(where: string, mask: Tensor, bgLabel: number): readonly [FloatTensor, number[]] {
  const [channels, ...size] = mask.shape
  if (size.length !== 2 && size.length !== 3)
    throw new ShapeError(where, `the mask has the shape ${shown(mask.shape)}; give [boxes, ...2 or 3 axes]`)
  const values = toFloats(mask.dtype, mask.data)
  const steps = stridesOf(size)
  const rows: number[][] = []
  const labels: number[] = []
  for (let c = 0; c < channels; c++) {
    const channel = values.subarray(c * sizeOf(size), (c + 1) * sizeOf(size))
    const first = channel.findIndex((x) => x !== bgLabel)
    if (first < 0) continue
    const low = size.map(() => Infinity)
    const high = size.map(() => 0)
    for (let i = first; i < channel.length; i++)
      if (channel[i] !== bgLabel)
        size.forEach((n, axis) => {
          const at = Math.floor(i / steps[axis]) % n
          low[axis] = Math.min(low[axis], at)
          high[axis] = Math.max(high[axis], at + 1)
        })
    rows.push([...low, ...high])
    labels.push(channel[first])
  }
  return [floats([rows.length, 2 * size.length], rows.flat()), labels]
}
