import { edgesIn, unionBox, type Box } from '../kernels/index.ts'
import type { Mask } from './masks.ts'

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
