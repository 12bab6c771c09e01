import { image, type Image } from '../core/image.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import { allocate } from '../core/dtype.ts'
import type { Volume } from './format.ts'
import { reorder } from './reorder.ts'

/**
 * The volume with its last axis, if that is no spatial one, as channels in front; else with one channel. What MONAI's
 * EnsureChannelFirst gives.
 */
export function imageOf(volume: Volume): Image {
  const { dtype, shape, data, affine, meta, spatialDims } = volume
  if (shape.length === spatialDims) return image(dtype, [1, ...shape], data, { affine, meta })
  const channels = shape[shape.length - 1]
  const rest = shape.slice(0, -1)
  const out = allocate(dtype, data.length)
  const strides = stridesOf(shape)
  reorder(dtype, data, { start: 0, shape: [channels, ...rest], strides: [1, ...strides.slice(0, -1)] }, out)
  return image(dtype, [channels, ...rest], out, { affine, meta })
}

/** The image with channels last, as files hold them; a single channel has no axis of its own. */
export function volumeOf(img: Image): Volume {
  const { dtype, data, affine, meta } = img
  const [channels, ...rest] = img.shape
  const spatialDims = Math.min(rest.length, 3)
  if (channels === 1) return { dtype, shape: rest, data, affine, meta, spatialDims }
  const out = allocate(dtype, data.length)
  const strides = stridesOf(img.shape)
  const shape = [...rest, channels]
  if (sizeOf(shape) > 0) reorder(dtype, data, { start: 0, shape, strides: [...strides.slice(1), strides[0]] }, out)
  return { dtype, shape, data: out, affine, meta, spatialDims }
}
