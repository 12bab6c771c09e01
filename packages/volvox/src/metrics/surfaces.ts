import { distancesAt } from '../kernels/index.ts'
import { distancesTo, type DistanceMetric } from './distanceTransform.ts'
import { getMaskEdges } from './edges.ts'
import { isEmpty, type Mask } from './masks.ts'

/** Options of a distance between surfaces. */
export interface SurfaceOptions {
  readonly distanceMetric: DistanceMetric
  readonly spacing: readonly number[] | null
  /** Also from truth to prediction. */
  readonly symmetric: boolean
}

/**
 * Distances from each edge voxel of one mask, in row-major order, to the nearest one of another, rounded to float32
 * (MONAI `get_surface_distance`). All are infinite when one edge is empty; there are none when both are.
 */
export function getSurfaceDistance(
  from: Mask,
  to: Mask,
  distance: DistanceMetric = 'euclidean',
  spacing: readonly number[] | null = null,
): Float32Array {
  // MONAI counts the other surface's voxels when this one is empty.
  if (isEmpty(from) || isEmpty(to)) return new Float32Array(count(isEmpty(from) ? to : from)).fill(Infinity)
  if (distance === 'euclidean') return distancesAt(from.data, to.data, to.shape, spacing)
  const distances = distancesTo(to, distance)
  const out = new Float32Array(count(from))
  let n = 0
  for (let i = 0; i < distances.length; i++) if (from.data[i]) out[n++] = distances[i]
  return out
}

/** Surface distances from prediction to truth, and back when symmetric. */
export function surfaceDistances(prediction: Mask, truth: Mask, options: SurfaceOptions): Float32Array[] {
  const edges = getMaskEdges(prediction, truth)
  const there = getSurfaceDistance(edges.prediction, edges.truth, options.distanceMetric, options.spacing)
  return options.symmetric
    ? [there, getSurfaceDistance(edges.truth, edges.prediction, options.distanceMetric, options.spacing)]
    : [there]
}

function count({ data }: Mask): number {
  let n = 0
  for (let i = 0; i < data.length; i++) n += data[i]
  return n
}
