import { z } from 'zod'
import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { bool, Kind, oneOf } from '../core/options.ts'
import { distanceMetrics, type DistanceMetric } from './distanceTransform.ts'
import { getMaskSurfaces } from './edges.ts'
import { scoreMasks, spacingOf, type Mask } from './masks.ts'
import { metric } from './metric.ts'
import { getSurfaceDistance, surfaceDistances } from './surfaces.ts'

const thresholds: Kind<readonly number[]> = new Kind(
  'a list of distances of 0 or more, one for each class that is scored',
  () => z.array(z.number().nonnegative()).min(1).readonly(),
)

/**
 * The share of both surfaces that is within a distance of the other one, by class (Nikolov et al. 2021; MONAI
 * SurfaceDiceMetric). 0 when one mask is empty, NaN when both are. 2-D or 3-D.
 */
export const SurfaceDiceMetric = metric({
  name: 'SurfaceDiceMetric',
  options: {
    classThresholds: thresholds.req('The distance that is tolerated, for each class that is scored.'),
    includeBackground: bool.opt('Whether the first channel gets a score.', false),
    distanceMetric: oneOf(...distanceMetrics).opt(
      'How distances are measured; only euclidean heeds the spacing.',
      'euclidean',
    ),
    useSubvoxels: bool.opt('Measure the area of surfaces between voxels instead of counting voxels.', false),
  },
  score(yPred, y, { classThresholds, includeBackground, distanceMetric, useSubvoxels }, facts) {
    const rank = y.shape.length - 2
    if (rank !== 2 && rank !== 3)
      throw new ShapeError(
        'SurfaceDiceMetric',
        `truth ${shown(y.shape)} does not fit; give one-hot [batch, channel, ...] with 2 or 3 spatial axes`,
      )
    const classes = includeBackground || y.shape[1] === 1 ? y.shape[1] : y.shape[1] - 1
    if (classThresholds.length !== classes)
      throw new OptionError(
        'SurfaceDiceMetric.classThresholds',
        `has ${classThresholds.length} values; ${classes} classes are scored`,
      )
    return scoreMasks('SurfaceDiceMetric', yPred, y, includeBackground, (prediction, truth, item, index) => {
      const spacing = spacingOf('SurfaceDiceMetric', facts, item, rank)
      const score = useSubvoxels ? areaScore : voxelScore
      return score(prediction, truth, classThresholds[index], distanceMetric, spacing)
    })
  },
})

/** How much of the surfaces of two masks is at most so far from the other. */
type Score = (
  prediction: Mask,
  truth: Mask,
  most: number,
  distanceMetric: DistanceMetric,
  spacing: readonly number[] | null,
) => number

const voxelScore: Score = (prediction, truth, most, distanceMetric, spacing) => {
  const sides = surfaceDistances(prediction, truth, { distanceMetric, spacing, symmetric: true })
  return share(
    sides.map((distances) => ({ distances, sizes: null })),
    most,
  )
}

const areaScore: Score = (prediction, truth, most, distanceMetric, spacing) => {
  const surfaces = getMaskSurfaces(prediction, truth, spacing ?? truth.shape.map(() => 1))
  if (!surfaces) return NaN
  const { prediction: p, truth: t } = surfaces
  const side = (from: typeof p, to: typeof p) => {
    const sizes = from.areas.filter((_, i) => from.edges[i])
    const mask = ({ shape, edges }: typeof p): Mask => ({ shape, data: edges })
    return {
      sizes,
      distances:
        sizes.length > 0 ? getSurfaceDistance(mask(from), mask(to), distanceMetric, spacing) : new Float32Array(0),
    }
  }
  return share([side(p, t), side(t, p)], most)
}

/** How much of all surfaces is near enough; each element counts by its size, or all alike. */
function share(
  sides: readonly { readonly distances: Float32Array; readonly sizes: Float64Array | null }[],
  most: number,
): number {
  let [near, all] = [0, 0]
  for (const { distances, sizes } of sides)
    distances.forEach((distance, i) => {
      const size = sizes ? sizes[i] : 1
      all += size
      if (distance <= most) near += size
    })
  return all === 0 ? NaN : near / all
}
