import { squaredDistances, stepsTo } from '../kernels/index.ts'
import type { Mask } from './masks.ts'

/** How far apart two voxels are. */
export type DistanceMetric = (typeof distanceMetrics)[number]

export const distanceMetrics = ['euclidean', 'chessboard', 'taxicab'] as const

/** Distance of each voxel to the nearest voxel of `object`; infinite when it is empty. `spacing` counts for euclidean only. */
export function distancesTo(
  object: Mask,
  distance: DistanceMetric = 'euclidean',
  spacing: readonly number[] | null = null,
): Float64Array {
  if (distance !== 'euclidean') return stepsTo(object.data, object.shape, distance)
  return Float64Array.from(squaredDistances(object.data, object.shape, spacing), Math.sqrt)
}
