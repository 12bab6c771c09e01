import { identity, invert, multiply, order, resized, type Affine } from '../../core/affine.ts'
import { OptionError, shown } from '../../core/errors.ts'
import { gridOf, isImage } from '../../core/image.ts'
import type { AffinePlan, Grid, Sampling } from '../../core/plan.ts'
import { sameShape } from '../../core/tensor.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { coveringLattice } from './lattices.ts'
import { samplingOf, samplingOptions } from './options.ts'

/** Matrices this close count as equal (MONAI `AFFINE_TOL`). */
const affineTolerance = 1e-3

/** Resamples from one lattice to another in the same world; nothing moves when they agree but for rounding. */
export function resamplingPlan(grid: Grid, affine: Affine, shape: readonly number[], sampling: Sampling): AffinePlan {
  const rank = shape.length
  const [from, to] = [resized(grid.affine, rank), resized(affine, rank)]
  const matrix = multiply(invert(from, 'affine'), to)
  const same = sameShape(shape, grid.shape) && (near(from, to) || near(matrix, identity(order(matrix))))
  return { kind: 'affine', shape, matrix: same ? identity(order(matrix)) : matrix, sampling }
}

function near(a: Affine, b: Affine): boolean {
  return a.every((x, i) => Math.abs(x - b[i]) <= affineTolerance + 1e-5 * Math.abs(b[i]))
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
})

export const SpatialResampled = dictionary(SpatialResample, { inputs: { dstAffine: 'dstKeys' } })
export const ResampleToMatchd = dictionary(ResampleToMatch, { inputs: { imgDst: 'keyDst' } })
