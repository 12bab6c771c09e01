import type { TypedArray } from './dtype.ts'

/** Three planes through a volume whose axes are right, anterior, superior; looked at from the feet or the front, and head up. */
export const planes = [
  { name: 'Axial', across: 0, up: 1, through: 2 },
  { name: 'Coronal', across: 0, up: 2, through: 1 },
  { name: 'Sagittal', across: 1, up: 2, through: 0 },
] as const

export type VolumePlane = (typeof planes)[number]

/** One slice of a volume as a picture. */
export interface Slice {
  readonly width: number
  readonly height: number
  /** Index in the volume of the pixel (column, row), from the top left. */
  at(column: number, row: number): number
}

/**
 * The slice `index` of a plane through voxels of `shape`. Left of the picture is the patient's right, as radiologists look at it; the
 * front in sagittal slices.
 */
export function sliceOf(shape: readonly number[], { across, up, through }: VolumePlane, index: number): Slice {
  const steps = [shape[1] * shape[2], shape[2], 1]
  return {
    width: shape[across],
    height: shape[up],
    at: (column, row) =>
      index * steps[through] + (shape[across] - 1 - column) * steps[across] + (shape[up] - 1 - row) * steps[up],
  }
}

/** Values shown as black and as white: the 1st and the 99.5th hundredth of the finite ones. */
export function grayWindow(values: TypedArray | ArrayLike<number>): readonly [black: number, white: number] {
  const sorted = Float64Array.from(values as ArrayLike<number>, Number)
    .filter(Number.isFinite)
    .sort()
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  const [low, high] = [at(0.01), at(0.995)]
  return high > low ? [low, high] : [low, low + 1]
}

/** From black to white, 0 to 255. */
export function grayLevel(value: number, [black, white]: readonly [number, number]): number {
  return Math.min(255, Math.max(0, (255 * (value - black)) / (white - black)))
}
