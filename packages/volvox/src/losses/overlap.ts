import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

/** Soft true positives, false positives and false negatives, summed over some axes. */
export interface Overlap {
  readonly tp: Value
  readonly fp: Value
  readonly fn: Value
}

/** Counts from the sizes of prediction and target: fp = Σp - tp, fn = Σy - tp. With `squared`, sizes are sums of squares. */
export function sizeOverlap(
  p: Value,
  y: Value,
  axes: readonly number[],
  { squared = false, softLabel = false } = {},
): Overlap {
  const size = (x: Value) => m.sum(squared ? m.square(x) : softLabel ? m.abs(x) : x, axes)
  const [sizeP, sizeY] = [size(p), size(y)]
  // Soft labels (Wang et al. 2023): |p ∩ y| = (|p| + |y| - |p - y|) / 2, which for squares is Σpy again.
  const tp = softLabel && !squared ? m.div(m.sub(m.add(sizeP, sizeY), size(m.sub(p, y))), 2) : m.sum(m.mul(p, y), axes)
  return { tp, fp: m.sub(sizeP, tp), fn: m.sub(sizeY, tp) }
}

/** Counts voxel by voxel: fp = Σp(1 - y), fn = Σ(1 - p)y. */
export function voxelOverlap(p: Value, y: Value, axes: readonly number[]): Overlap {
  return {
    tp: m.sum(m.mul(p, y), axes),
    fp: m.sum(m.mul(p, m.sub(1, y)), axes),
    fn: m.sum(m.mul(m.sub(1, p), y), axes),
  }
}
