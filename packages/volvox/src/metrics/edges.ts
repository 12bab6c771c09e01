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
  const box = surroundings(prediction, truth, crop)
  if (!box) return { prediction, truth }
  const cut = ({ data }: Mask): Mask => ({ shape: box.shape, data: edgesIn(data, shape, box) })
  return { prediction: cut(prediction), truth: cut(truth) }
}

/** The box around both masks and one voxel more, or the whole image; null when both are empty. */
function surroundings(prediction: Mask, truth: Mask, crop: boolean): Box | null {
  const { shape } = prediction
  const tight = unionBox(prediction.data, truth.data, shape)
  return tight && (crop ? widened(tight) : { start: shape.map(() => 0), shape })
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
  crop = true,
): { readonly prediction: Surface; readonly truth: Surface } | null {
  const { shape } = prediction
  const box = surroundings(prediction, truth, crop)
  if (!box) return null
  const cut = ({ data }: Mask): Surface => surfaceOf(cropped(data, shape, box), box.shape, spacing)
  return { prediction: cut(prediction), truth: cut(truth) }
}
