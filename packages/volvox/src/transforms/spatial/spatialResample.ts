import { resized, type Affine } from '../../core/affine.ts'
import { OptionError, shown } from '../../core/errors.ts'
import { gridOf, isImage, type HistoryRecord } from '../../core/image.ts'
import type { AffinePlan, Grid } from '../../core/plan.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { resamplingPlan } from '../plan.ts'
import { coveringLattice } from './lattices.ts'
import { samplingOf, samplingOptions } from './options.ts'

/** Back to the lattice before: from the present one, which earlier inverses may have left a rounding error away. */
export function resampledBack({ sampling }: AffinePlan, { before }: HistoryRecord, now: Grid): AffinePlan {
  return resamplingPlan(now, before.affine, before.shape, sampling)
}

/** Resamples to the lattice that the call gives: `SpatialResample()(image, { dstAffine, spatialSize })`. */
export const SpatialResample = spatial({
  name: 'SpatialResample',
  options: samplingOptions('border', 'float64'),
  inputs: { dstAffine: 'optional', spatialSize: 'optional' },
  plan(grid, options, _img, { dstAffine, spatialSize }) {
    const affine = dstAffine === undefined || dstAffine === null ? grid.affine : matrixOf(dstAffine)
    const shape = shapeOf(grid, affine, spatialSize)
    return resamplingPlan(grid, affine, shape, samplingOf(options))
  },
  invertAffine: resampledBack,
})

function matrixOf(value: unknown): number[] {
  const numbers = (
    Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>) : [value]
  ).flat()
  const rows = Math.round(Math.sqrt(numbers.length))
  if (rows ** 2 !== numbers.length || rows < 2 || !numbers.every((x) => typeof x === 'number'))
    throw new OptionError('SpatialResample.dstAffine', `${shown(value)} is not a matrix; give 16 numbers, row by row`)
  return resized(numbers as number[], 3) // every element was just seen to be a number
}

function shapeOf(grid: Grid, affine: Affine, given: unknown): readonly number[] {
  const rank = grid.shape.length
  if (given === -1) return grid.shape
  if (given === undefined || given === null)
    return rank > 1
      ? coveringLattice(grid.shape, resized(grid.affine, rank), resized(affine, rank), false).shape
      : grid.shape
  if (!Array.isArray(given) || given.length !== rank || !given.every((n) => Number.isInteger(n)))
    throw new OptionError(
      'SpatialResample.spatialSize',
      `${shown(given)} is not a size; give ${rank} whole numbers, or -1 for the size of the image`,
    )
  return (given as number[]).map((n, axis) => (n >= 0 ? n : grid.shape[axis]))
}

/** Resamples to the lattice of another image, given with the call: `ResampleToMatch()(image, { imgDst })`. */
export const ResampleToMatch = spatial({
  name: 'ResampleToMatch',
  options: samplingOptions('border', 'float64'),
  inputs: { imgDst: 'required' },
  plan(grid, options, _img, { imgDst }) {
    if (!isImage(imgDst))
      throw new OptionError('ResampleToMatch.imgDst', `is ${shown(imgDst)}; give the image to match`)
    const target = gridOf(imgDst)
    return { ...resamplingPlan(grid, target.affine, target.shape, samplingOf(options)), affine: target.affine }
  },
  invertAffine: resampledBack,
})

export const SpatialResampled = dictionary(SpatialResample, { inputs: { dstAffine: 'dstKeys' } })
export const ResampleToMatchd = dictionary(ResampleToMatch, { inputs: { imgDst: 'keyDst' } })
