import { resized, spacingMm } from '../../core/affine.ts'
import { OptionError, shown } from '../../core/errors.ts'
import { bool, ints, numberOrNumbers } from '../../core/options.ts'
import type { Grid } from '../../core/plan.ts'
import { sameShape } from '../../core/tensor.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { resamplingPlan, scalingMatrix } from '../plan.ts'
import { coveringLattice, withSpacing } from './lattices.ts'
import { forAxes, samplingOf, samplingOptions } from './options.ts'
import { resampledBack } from './spatialResample.ts'

type Sizes = number | readonly number[]

/** Resamples to voxels of a given size; by default the axes keep their directions. */
export const Spacing = spatial({
  name: 'Spacing',
  handsOver: true,
  options: {
    pixdim: numberOrNumbers.req(
      'Voxel size in mm per axis; the last counts for the remaining axes, values of 0 or less keep the size.',
    ),
    diagonal: bool.opt(
      'Make the affine diagonal: axes along the world axes, first voxel at the origin of the directions.',
      false,
    ),
    ...samplingOptions('border', 'float64'),
    scaleExtent: bool.opt('Cover the outer faces of the voxels instead of their centres.', false, { perKey: true }),
    recomputeAffine: bool.opt(
      'Give the result the affine of the scaling between the two shapes, as MONAI does.',
      false,
    ),
    minPixdim: numberOrNumbers.opt('Axes with voxels from this size to `maxPixdim` keep it.', null),
    maxPixdim: numberOrNumbers.opt('Axes with voxels from `minPixdim` to this size keep it.', null),
    outputSpatialShape: ints
      .where((sizes) => sizes.every((n) => n >= 1), 'a list of sizes of 1 or more')
      .opt('Shape of the result; follows from the voxel size when null.', null),
  },
  plan(
    grid,
    { pixdim, diagonal, scaleExtent, recomputeAffine, minPixdim, maxPixdim, outputSpatialShape, ...sampling },
  ) {
    const rank = grid.shape.length
    const affine = resized(grid.affine, rank)
    const sizes = keptWithin(grid, wanted(pixdim, rank), minPixdim, maxPixdim)
    const target = withSpacing(affine, sizes, diagonal)
    const { shape: covering, offset } = coveringLattice(grid.shape, affine, target, scaleExtent)
    const shape = outputSpatialShape ? forAxes('Spacing.outputSpatialShape', outputSpatialShape, rank) : covering
    offset.forEach((x, axis) => (target[axis * (rank + 1) + rank] = x))
    const plan = resamplingPlan(grid, target, shape, samplingOf(sampling))
    return recomputeAffine ? { ...plan, affine: resized(scalingMatrix(grid.shape, shape), 3) } : plan
  },
  invertAffine: resampledBack,
})

function wanted(pixdim: Sizes, rank: number): number[] {
  const sizes = typeof pixdim === 'number' ? [pixdim] : pixdim
  if (sizes.length === 0) throw new OptionError('Spacing.pixdim', 'is empty; give a voxel size in mm per axis')
  return Array.from({ length: rank }, (_, axis) => sizes[Math.min(axis, sizes.length - 1)])
}

/** Sizes to resample to: the present one where it already lies between the limits. */
function keptWithin(
  { shape, affine }: Grid,
  sizes: readonly number[],
  minimum: Sizes | null,
  maximum: Sizes | null,
): number[] {
  const current = spacingMm(resized(affine, shape.length))
  const limit = (given: Sizes | null, axis: number) =>
    given === null ? undefined : typeof given === 'number' ? [given][axis] : given[axis]
  return sizes.map((size, axis) => {
    const [low, high] = [limit(minimum, axis), limit(maximum, axis)]
    if (low !== undefined && high !== undefined && (high < low || low < 0))
      throw new OptionError(
        'Spacing.minPixdim',
        `${shown(low)} is below 0 or above maxPixdim ${shown(high)} at axis ${axis}; give a smaller one`,
      )
    const tolerance = 1e-3
    const from = Math.min(low ?? size, size) - tolerance
    const to = Math.max(high ?? size, size) + tolerance
    return current[axis] >= from && current[axis] <= to ? current[axis] : size
  })
}

/** Rounding may give images of one lattice shapes that differ by a voxel; those after the first then take its shape. */
export const Spacingd = dictionary(Spacing, {
  options: { ensureSameShape: bool.opt('Give images of one shape and voxel size the same output shape.', true) },
  adapt: ({ before, after }, own, { ensureSameShape }) =>
    ensureSameShape && sameShape(before.shape, own.shape) && sameSpacing(before, own)
      ? { outputSpatialShape: after.shape }
      : {},
})

function sameSpacing(a: Grid, b: Grid): boolean {
  const [first, second] = [a, b].map(({ shape, affine }) => spacingMm(affine, shape.length))
  return first.every((size, axis) => Math.abs(size - second[axis]) <= 1e-3 + 1e-5 * second[axis])
}
