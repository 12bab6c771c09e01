import { multiply } from '../core/affine.ts'
import { allocate } from '../core/dtype.ts'
import { orientationAffine, orientationFrom, orientationOf, orientationTransform } from '../core/orientation.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import type { Volume } from './format.ts'
import { reorder } from './reorder.ts'

/** A volume whose axis i is axis `axes[i]` of the given one, backwards where `flips[i]`. Affine and meta stay as they are. */
export function movedVoxels(volume: Volume, axes: readonly number[], flips: readonly boolean[] = []): Volume {
  const { dtype, data } = volume
  const steps = stridesOf(volume.shape)
  const shape = axes.map((axis) => volume.shape[axis])
  const strides = axes.map((axis, i) => (flips[i] ? -steps[axis] : steps[axis]))
  const start = axes.reduce((sum, axis, i) => sum + (flips[i] ? steps[axis] * (shape[i] - 1) : 0), 0)
  const out = allocate(dtype, data.length)
  if (sizeOf(shape) > 0) reorder(dtype, data, { start, shape, strides }, out)
  return { ...volume, shape, data: out }
}

/**
 * The volume with its axes of space turned to run as nearly as they can to the right, to the front and up (NiBabel's
 * `as_closest_canonical`). One of fewer than three such axes is left as it is.
 */
export function closestCanonical(volume: Volume): Volume {
  if (volume.spatialDims !== 3) return volume
  const move = orientationTransform(orientationOf(volume.affine, 3), orientationFrom('RAS'))
  const axes = [0, 1, 2].map((place) => move.findIndex(([to]) => to === place))
  const moved = movedVoxels(
    volume,
    [...axes, ...volume.shape.map((_, axis) => axis).slice(3)],
    axes.map((axis) => move[axis][1] < 0),
  )
  const affine = multiply(volume.affine, orientationAffine(move, volume.shape.slice(0, 3)))
  return { ...moved, affine, meta: { ...volume.meta, affine, spatial_shape: moved.shape.slice(0, 3) } }
}
