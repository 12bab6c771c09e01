import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

/** Soft sizes of intersection, prediction and target, summed over some axes. */
export interface Overlap {
  readonly both: Value
  readonly sizeP: Value
  readonly sizeY: Value
}

/** Σpy, Σp and Σy; with `squared`, sizes are sums of squares. */
export function overlapOf(
  p: Value,
  y: Value,
  axes: readonly number[],
  { squared = false, softLabel = false }: { readonly squared?: boolean; readonly softLabel?: boolean } = {},
): Overlap {
  const size = (x: Value) => m.sum(squared ? m.square(x) : softLabel ? m.abs(x) : x, axes)
  const [sizeP, sizeY] = [size(p), size(y)]
  // Soft labels (Wang et al. 2023): |p ∩ y| = (|p| + |y| - |p - y|) / 2, which for squares is Σpy again.
  const soft = softLabel && !squared
  const both = soft ? m.div(m.sub(m.add(sizeP, sizeY), size(m.sub(p, y))), 2) : m.sum(m.mul(p, y), axes)
  return { both, sizeP, sizeY }
}
