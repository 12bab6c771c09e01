import { roundEven } from '../../core/convert.ts'
import type { Sampling } from '../../core/plan.ts'

/** How a grid of positions is to be read. */
export interface GridReading {
  /** Voxels counted from the centre of the image; else torch's units, -1 to 1 (voxels for splines). */
  readonly centred: boolean
  readonly alignCorners: boolean
  /** What finds values there: splines have positions of their own, nearest voxels at halves are the even ones. */
  readonly mode: Sampling['mode']
  /** The grid is in float32, and positions of splines are then too. */
  readonly single: boolean
}

/**
 * How positions of a grid become voxels along an axis of n. With the roundings of torch's `grid_sample` and of MONAI, since
 * the last bit decides ties between voxels, and what is outside.
 */
export function placing(n: number, { centred, alignCorners, mode, single }: GridReading): (x: number) => number {
  const wide = Math.max(2, n)
  if (typeof mode === 'number') {
    const narrower = alignCorners ? (wide - 1) / wide : 1
    const rounded = single ? Math.fround : (x: number) => x
    if (centred) return (x) => rounded(rounded(narrower * x) + (wide - 1) / 2)
    return alignCorners ? (x) => rounded(narrower * (x + 0.5)) : (x) => x
  }
  const place = alignCorners ? (x: number) => ((x + 1) / 2) * (n - 1) : (x: number) => ((x + 1) * n - 1) / 2
  const at = centred ? (x: number) => place(x * (2 / wide)) : place
  return mode === 'nearest' ? (x) => roundEven(at(x)) : at
}
