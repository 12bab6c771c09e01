import { cropped, edgesIn, unionBox, type Box } from '../kernels/index.ts'
import type { Mask } from './masks.ts'
import { surfaceOf, type Surface } from './surfaceArea.ts'

/** The edges of two masks on one lattice. */
export interface EdgePair {
  readonly prediction: Mask
  readonly truth: Mask
}

/**
 * The voxels of two masks that touch their outside along an axis (MONAI `get_mask_edges` without spacing). Both are
 * cropped to the box around their union, one voxel wider on each side, since nothing further out matters.
 */
export function getMaskEdges(prediction: Mask, truth: Mask, crop = true): EdgePair {
  const { shape } = prediction
  const tight = unionBox(prediction.data, truth.data, shape)
  if (!tight) return { prediction, truth }
  const box = crop ? widened(tight) : { start: shape.map(() => 0), shape }
  const cut = ({ data }: Mask): Mask => ({ shape: box.shape, data: edgesIn(data, shape, box) })
  return { prediction: cut(prediction), truth: cut(truth) }
}

/** One voxel more on each side, which may lie outside of the image. */
export function widened({ start, shape }: Box): Box {
  return { start: start.map((x) => x - 1), shape: shape.map((n) => n + 2) }
}

/**
 * The surfaces of two masks between their voxels, with areas (MONAI `get_mask_edges` with spacing), cropped alike; null when
 * both are empty.
 */
export function getMaskSurfaces(
  prediction: Mask,
  truth: Mask,
  spacing: readonly number[],
): { readonly prediction: Surface; readonly truth: Surface } | null {
  const { shape } = prediction
  const tight = unionBox(prediction.data, truth.data, shape)
  if (!tight) return null
  const box = widened(tight)
  const cut = ({ data }: Mask): Surface => surfaceOf(cropped(data, shape, box), box.shape, spacing)
  return { prediction: cut(prediction), truth: cut(truth) }
}
