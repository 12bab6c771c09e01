import { z } from 'zod'
import { identity, multiply, order, scaling, solve, type Affine as Matrix } from '../../core/affine.ts'
import { OptionError, shown } from '../../core/errors.ts'
import { Kind, bool, intOrInts, numberOrNumbers, type Values } from '../../core/options.ts'
import { gridAfter, type AffinePlan, type Grid, type Sampling } from '../../core/plan.ts'
import { sameShape } from '../../core/tensor.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { centred, uncentred } from '../plan.ts'
import { random, type DrawContext, type RandomSource } from '../random.ts'
import { chance } from '../shared.ts'
import { affineMatrix, givenMatrix } from './affineMatrix.ts'
import { asFloats, ranges, samplingOf, samplingOptions, sizesOr, type Ranges } from './options.ts'

/** A matrix as configs have it. */
export const matrixKind: Kind<readonly (number | readonly number[])[]> = new Kind<
  readonly (number | readonly number[])[]
>('a matrix as a list of rows or of numbers', () =>
  z.array(z.union([z.number(), z.array(z.number()).readonly()])).readonly(),
)

const { mode, paddingMode, alignCorners, dtype } = samplingOptions('reflection', 'float32')

/** Rotates, shears, shifts and scales about the centre of the image. */
export const Affine = spatial({
  name: 'Affine',
  handsOver: true,
  options: {
    rotateParams: numberOrNumbers.opt('Angles in radians: one in 2-D, up to three in 3-D.', null),
    shearParams: numberOrNumbers.opt('Shearing factors: two in 2-D, six in 3-D.', null),
    translateParams: numberOrNumbers.opt('Shift in voxels per axis.', null),
    scaleParams: numberOrNumbers.opt('Scaling factor per axis; above 1 shows more of the surroundings.', null),
    affine: matrixKind.opt('A matrix for centred voxel coordinates instead of the parameters.', null),
    spatialSize: intOrInts.opt(
      'Size of the result; the size of the image when null, and where a value is below 1.',
      null,
    ),
    mode,
    paddingMode,
    normalized: bool.opt('The matrix leads to positions from -1 to 1 across the image, not to voxels.', false),
    dtype,
    alignCorners: { ...alignCorners, perKey: false },
    imageOnly: bool.opt(
      'MONAI may return the matrix as well; here it is in the history, and the image comes alone.',
      true,
    ),
  },
  plan(
    grid,
    {
      rotateParams,
      shearParams,
      translateParams,
      scaleParams,
      affine,
      spatialSize,
      normalized,
      imageOnly: _,
      ...sampling
    },
  ) {
    const { shape } = grid
    const rank = shape.length
    const size = sizesOr('Affine.spatialSize', spatialSize, shape)
    const matrix = affine
      ? givenMatrix(affine, rank)
      : affineMatrix(rank, { rotateParams, shearParams, translateParams, scaleParams })
    if (!matrix)
      throw new OptionError(
        'Affine.affine',
        `${shown(affine)} is not a matrix for ${rank} axes; give ${rank + 1} rows of ${rank + 1} numbers`,
      )
    return planFor({ matrix, grid, size, normalized, sampling: samplingOf(sampling) })
  },
  invertAffine(plan, { before, options, extra }, now) {
    // MONAI records the matrix in the type it resamples in, unless it leaves that to a lazy pipeline; NumPy inverts in
    // float64 and gives that type back.
    const normalized = options?.normalized === true
    const moving = uncentred(plan.matrix, before.shape, plan.shape)
    const matrix = normalized ? multiply(scaling(before.shape.map((n) => 2 / n)), moving) : moving
    const back =
      plan.sampling.dtype === 'float32' && !extra?.lazy
        ? solve(matrix.map(Math.fround), identity(order(matrix)), 'inverse').map(Math.fround)
        : solve(matrix, identity(order(matrix)), 'inverse')
    return planFor({ matrix: back, grid: now, size: before.shape, normalized, sampling: plan.sampling })
  },
})

/** Voxels by a matrix for centred ones. A normalised one leads to half images; the lattice follows as if to voxels, as in MONAI. */
function planFor(given: {
  readonly matrix: Matrix
  readonly grid: Grid
  readonly size: readonly number[]
  readonly normalized: boolean
  readonly sampling: Sampling
}): AffinePlan {
  const { matrix, grid, size, normalized, sampling } = given
  const { shape } = grid
  const plan = { kind: 'affine', shape: size, matrix: centred(matrix, shape, size), sampling } as const
  if (!normalized) return plan
  const halves = multiply(scaling(shape.map((n) => n / 2)), matrix)
  return { ...plan, matrix: centred(halves, shape, size), affine: gridAfter(grid, plan).affine }
}

const randomOptions = {
  prob: chance(),
  rotateRange: ranges.opt('Ranges of the angles in radians.', null),
  shearRange: ranges.opt('Ranges of the shearing factors.', null),
  translateRange: ranges.opt('Ranges of the shift in voxels.', null),
  scaleRange: ranges.opt('Ranges of the scaling factors, less 1.', null),
  spatialSize: Affine.schema.spatialSize,
  mode,
  paddingMode,
  cacheGrid: bool.opt('MONAI may keep its grid of positions; there is none here, results do not depend on it.', false),
  lazy: Affine.schema.lazy,
}
type RandomOptions = Values<typeof randomOptions>

/** Rotates, shears, shifts and scales by drawn amounts, or not. */
export const RandAffine = random(Affine, {
  options: randomOptions,
  draw: (source, options, context) =>
    source.rand() < options.prob ? secondOf(source.twin('grid'), options) : untouched(options, context),
  drawSample(source, options, context, images) {
    // The RandAffine inside MONAI's dictionary form draws "whether", always true, and parameters for each image as well.
    const inner = source.twin('affine')
    const grid = inner.twin('grid')
    const passes = source.rand() < options.prob
    inner.rand()
    const result = passes ? secondOf(grid, options) : untouched(options, context)
    if (!passes) params(grid, options)
    if (result === null) return null
    for (let image = 0; image < images; image++) {
      inner.rand()
      params(grid, options)
    }
    return result
  },
  otherwise: asFloats('RandAffine'),
})

/** When nothing is drawn, only a change of size is left to do. */
function untouched(options: RandomOptions, { grid }: DrawContext) {
  const size = sizesOr('RandAffine.spatialSize', options.spatialSize, grid.shape)
  return sameShape(size, grid.shape) ? null : fixed(options)
}

function fixed({ spatialSize, mode: how, paddingMode: outside, lazy }: RandomOptions) {
  return { spatialSize, mode: how, paddingMode: outside, lazy }
}

/** MONAI draws the parameters twice and takes the second. */
function secondOf(source: RandomSource, options: RandomOptions) {
  params(source, options)
  return params(source, options)
}

function params(source: RandomSource, options: RandomOptions) {
  return { ...affineDraw(source, options), ...fixed(options) }
}

/** Ranges of the parameters of an affine map (MONAI `RandAffineGrid`). */
export interface AffineRanges {
  readonly rotateRange: Ranges | null
  readonly shearRange: Ranges | null
  readonly translateRange: Ranges | null
  readonly scaleRange: Ranges | null
}

/** Parameters from such ranges, in MONAI's order of draws. */
export function affineDraw(
  source: RandomSource,
  { rotateRange, shearRange, translateRange, scaleRange }: AffineRanges,
) {
  return {
    rotateParams: drawn(source, rotateRange),
    shearParams: drawn(source, shearRange),
    translateParams: drawn(source, translateRange),
    scaleParams: drawn(source, scaleRange)?.map((x) => x + 1) ?? null,
  }
}

function drawn(source: RandomSource, range: Ranges | null): number[] | null {
  if (range === null) return null
  const list = typeof range === 'number' ? [range] : range
  return list.map((r) => (typeof r === 'number' ? source.uniform(-r, r) : source.uniform(r[0], r[1])))
}

export const Affined = dictionary(Affine)
export const RandAffined = dictionary(RandAffine)
