import { ShapeError } from '../../core/errors.ts'
import { sizesOr } from '../spatial/options.ts'

/** The centre nearest to `voxel` whose box lies within the image (MONAI `correct_crop_centers`). */
export function within(
  name: string,
  voxel: readonly number[],
  spatialSize: number | readonly number[],
  shape: readonly number[],
  allowSmaller: boolean,
): number[] {
  const wanted = sizesOr(`${name}.spatialSize`, spatialSize, shape)
  if (!allowSmaller && wanted.some((n, axis) => n > shape[axis]))
    throw new ShapeError(
      name,
      `a box of [${wanted.join(', ')}] does not fit [${shape.join(', ')}]; set allowSmaller, or pad first`,
    )
  return voxel.map((v, axis) => {
    const size = Math.min(wanted[axis], shape[axis])
    const first = Math.floor(size / 2)
    const end = Math.max(Math.floor(shape[axis] + 1 - size / 2), first + 1)
    return Math.min(Math.max(v, first), end - 1)
  })
}
