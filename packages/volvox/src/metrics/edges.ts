import { sizeOf, stridesOf } from '../core/tensor.ts'
import { isEmpty, type Mask } from './masks.ts'

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
  if (isEmpty(prediction) && isEmpty(truth)) return { prediction, truth }
  const box = crop ? unionBox(prediction, truth) : null
  const cut = (mask: Mask) => edgeOf(box ? cropped(mask, box) : mask)
  return { prediction: cut(prediction), truth: cut(truth) }
}

export interface Box {
  readonly start: readonly number[]
  readonly shape: readonly number[]
}

/** The box around both masks with one voxel of margin, which may lie outside the image. */
export function unionBox({ shape, data }: Mask, other: Mask): Box {
  const strides = stridesOf(shape)
  const low = shape.map(() => Infinity)
  const high = shape.map(() => -Infinity)
  for (let i = 0; i < data.length; i++) {
    if (!data[i] && !other.data[i]) continue
    for (let axis = 0; axis < shape.length; axis++) {
      const at = Math.floor(i / strides[axis]) % shape[axis]
      if (at < low[axis]) low[axis] = at
      if (at > high[axis]) high[axis] = at
    }
  }
  return { start: low.map((x) => x - 1), shape: low.map((x, axis) => high[axis] - x + 3) }
}

/** The part of a mask inside a box; empty where the box leaves the image. */
export function cropped({ shape, data }: Mask, box: Box): Mask {
  const out = new Uint8Array(sizeOf(box.shape))
  const from = stridesOf(shape)
  const to = stridesOf(box.shape)
  const copy = (axis: number, source: number, target: number): void => {
    for (let i = 0; i < box.shape[axis]; i++) {
      const at = box.start[axis] + i
      if (at < 0 || at >= shape[axis]) continue
      if (axis === shape.length - 1) out[target + i] = data[source + at]
      else copy(axis + 1, source + at * from[axis], target + i * to[axis])
    }
  }
  copy(0, 0, 0)
  return { shape: box.shape, data: out }
}

function edgeOf({ shape, data }: Mask): Mask {
  const strides = stridesOf(shape)
  const out = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i++) {
    if (!data[i]) continue
    for (let axis = 0; axis < shape.length; axis++) {
      const stride = strides[axis]
      const at = Math.floor(i / stride) % shape[axis]
      if (at === 0 || at === shape[axis] - 1 || !data[i - stride] || !data[i + stride]) {
        out[i] = 1
        break
      }
    }
  }
  return { shape, data: out }
}
