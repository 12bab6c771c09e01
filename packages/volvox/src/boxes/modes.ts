import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { floats, type FloatTensor } from '../core/tensor.ts'

/** `[N, 4]` or `[N, 6]`, one box a row. Between modules low corners come first, then high ones (`xyxy`, `xyzxyz`). */
export type Boxes = FloatTensor

/** How the numbers of a box are ordered: to and from its low and high corner. */
interface Order {
  corners(box: ArrayLike<number>): readonly [low: readonly number[], high: readonly number[]]
  box(low: readonly number[], high: readonly number[]): readonly number[]
}

const half = (box: ArrayLike<number>) => box.length / 2
const perAxis = (box: ArrayLike<number>, pick: (axis: number, axes: number) => number) =>
  Array.from({ length: half(box) }, (_, axis) => pick(axis, half(box)))

/** All low ends, then all high ones. */
const cornerCorner: Order = {
  corners: (box) => [perAxis(box, (i) => box[i]), perAxis(box, (i, n) => box[i + n])],
  box: (low, high) => [...low, ...high],
}

/** Low and high end of each axis in turn. */
const axisByAxis: Order = {
  corners: (box) => [perAxis(box, (i) => box[2 * i]), perAxis(box, (i) => box[2 * i + 1])],
  box: (low, high) => low.flatMap((x, i) => [x, high[i]]),
}

/** In planes low ends, then high ones; then the two ends across the planes. */
const planar: Order = {
  corners: (box) =>
    half(box) === 2
      ? cornerCorner.corners(box)
      : [
          [box[0], box[1], box[4]],
          [box[2], box[3], box[5]],
        ],
  box: (low, high) => (low.length === 2 ? [...low, ...high] : [low[0], low[1], high[0], high[1], low[2], high[2]]),
}

/** Low ends, then sizes. */
const cornerSize: Order = {
  corners: (box) => [perAxis(box, (i) => box[i]), perAxis(box, (i, n) => box[i] + Math.max(0, box[i + n]))],
  box: (low, high) => [...low, ...high.map((x, i) => x - low[i])],
}

/** Centres, then sizes. */
const centerSize: Order = {
  corners: (box) => [
    perAxis(box, (i, n) => box[i] - Math.max(0, box[i + n] / 2)),
    perAxis(box, (i, n) => box[i] + Math.max(0, box[i + n] / 2)),
  ],
  box: (low, high) => [...low.map((x, i) => (x + high[i]) / 2), ...high.map((x, i) => x - low[i])],
}

const orders = {
  xyxy: cornerCorner,
  xyzxyz: cornerCorner,
  CornerCornerModeTypeA: cornerCorner,
  xxyy: axisByAxis,
  xxyyzz: axisByAxis,
  CornerCornerModeTypeB: axisByAxis,
  xyxyzz: planar,
  CornerCornerModeTypeC: planar,
  xywh: cornerSize,
  xyzwhd: cornerSize,
  CornerSizeMode: cornerSize,
  ccwh: centerSize,
  cccwhd: centerSize,
  CenterSizeMode: centerSize,
} as const satisfies Readonly<Record<string, Order>>

/** MONAI's names of modes, by letters or by class. */
export type BoxMode = keyof typeof orders

/** The names of all modes. */
export const boxModes = Object.keys(orders) as readonly BoxMode[]

/** Spatial axes of boxes, which must be `[N, 4]` or `[N, 6]`. */
export function boxAxes({ shape }: { readonly shape: readonly number[] }, where: string): number {
  if (shape.length !== 2 || (shape[1] !== 4 && shape[1] !== 6))
    throw new ShapeError(where, `boxes have shape ${shown(shape)}; give [N, 4] or [N, 6]`)
  return shape[1] / 2
}

/** The numbers of one box. */
export function boxAt({ shape, data }: Boxes, i: number): Float32Array {
  return data.subarray(i * shape[1], (i + 1) * shape[1])
}

/** Boxes in these rows. */
export function boxesAt(boxes: Boxes, rows: readonly number[]): Boxes {
  const result = floats([rows.length, boxes.shape[1]])
  rows.forEach((row, i) => result.data.set(boxAt(boxes, row), i * boxes.shape[1]))
  return result
}

/** Boxes in another order of numbers (MONAI convert_box_mode). */
export function convertBoxMode(boxes: Boxes, from: BoxMode = 'xyzxyz', to: BoxMode = 'xyzxyz'): Boxes {
  const where = 'convertBoxMode'
  const [source, target] = [from, to].map((mode) => {
    if (!Object.hasOwn(orders, mode))
      throw new OptionError(where, `${shown(mode)} is not a mode of boxes; use one of ${boxModes.join(', ')}`)
    return orders[mode]
  })
  boxAxes(boxes, where)
  const result = floats(boxes.shape, boxes.data)
  if (source !== target)
    for (let i = 0; i < boxes.shape[0]; i++)
      result.data.set(target.box(...source.corners(boxAt(boxes, i))), i * boxes.shape[1])
  return result
}

/** Boxes with low corners first, then high ones (MONAI convert_box_to_standard_mode). */
export function convertBoxToStandardMode(boxes: Boxes, mode: BoxMode = 'xyzxyz'): Boxes {
  return convertBoxMode(boxes, mode)
}
