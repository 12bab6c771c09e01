import { multiply, order, scaling, type Affine } from '../../core/affine.ts'
import { castArray, toFloats } from '../../core/convert.ts'
import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { bool, numberOrNumbers, parseOptions, type Given, type Schema, type Values } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { sizeOf, tensor, type Tensor } from '../../core/tensor.ts'
import { RandomSource, reseeding } from '../random.ts'
import { dtypeKind, pairKind } from '../shared.ts'
import { affineDraw, matrixKind } from './affine.ts'
import { affineMatrix, givenMatrix, type AffineParams } from './affineMatrix.ts'
import { controlOffsets, controlPoints } from './controlPoints.ts'
import { forAxes, ranges } from './options.ts'

/** What grids are made from: a size, or another grid. */
export interface GridInputs {
  readonly spatialSize?: readonly number[]
  /** [rank + 1, ...shape]: positions in voxels from the centre, and ones. */
  readonly grid?: Tensor
}

/** Makes grids of positions for `Resample`. */
export interface GridMaker<R> {
  (inputs: GridInputs): R
}

/** One with random numbers of its own. */
export interface RandomGridMaker<R> extends GridMaker<R> {
  readonly source: RandomSource
  setRandomState(seed: number): RandomGridMaker<R>
}

type GridFactory<S extends Schema, M> = Component & ((options?: Given<S>) => M)

const common = {
  dtype: dtypeKind.nullable().opt('float32 or float64; that of the given grid when null.', 'float32'),
  lazy: bool.opt('Give the matrix alone, and no grid.', false),
}

const affineOptions = {
  rotateParams: numberOrNumbers.opt('Angles in radians: one in 2-D, up to three in 3-D.', null),
  shearParams: numberOrNumbers.opt('Shearing factors: two in 2-D, six in 3-D.', null),
  translateParams: numberOrNumbers.opt('Shift in voxels per axis.', null),
  scaleParams: numberOrNumbers.opt('Scaling factor per axis.', null),
  ...common,
  alignCorners: bool.opt('The outermost centres of both lattices fall on each other.', false),
  affine: matrixKind.opt('A matrix instead of the parameters.', null),
}

/** A grid, null when lazy, and the matrix that moved it: [rank + 1, rank + 1]. */
export type MovedGrid = readonly [grid: Tensor | null, affine: Tensor]

/** Moves a grid, or a new one of a size, by an affine map: `AffineGrid({ rotateParams: 0.3 })({ spatialSize: [64, 64] })`. */
export const AffineGrid: GridFactory<typeof affineOptions, GridMaker<MovedGrid>> = Object.assign(
  (given?: Given<typeof affineOptions>): GridMaker<MovedGrid> => {
    const options = parseOptions('AffineGrid', affineOptions, given ?? {})
    return (inputs) => movedGrid('AffineGrid', options, inputs)
  },
  { componentName: 'AffineGrid', schema: affineOptions },
)

function movedGrid(
  where: string,
  { affine, dtype, alignCorners, lazy, ...params }: Values<typeof affineOptions>,
  { spatialSize, grid: start }: GridInputs,
): MovedGrid {
  const shape = start ? start.shape.slice(1) : spatialSize
  if (!shape) throw new OptionError(`${where}.spatialSize`, 'and grid are both missing; give one of them')
  const matrix = matrixFor(where, affine, params, shape.length)
  const type = dtype === 'float64' || (dtype === null && start?.dtype === 'float64') ? 'float64' : 'float32'
  const rows = order(matrix)
  const stored = (values: Affine) => tensor(type, [rows, rows], castArray(Float64Array.from(values), 'float64', type))
  if (lazy) return [null, stored(matrix)]
  const wider = shape.map((n) => Math.max(n, 2) / (Math.max(n, 2) - 1))
  const moving = alignCorners ? multiply(matrix, scaling(wider)) : matrix
  const points = start ? toFloats(start.dtype, start.data) : lattice(shape, shape.map(() => 1)) // prettier-ignore
  if (start && start.shape[0] !== rows)
    throw new ShapeError(`${where}.grid`, `has the shape ${shown(start.shape)}; give [${rows}, ...shape], ones last`)
  const voxels = sizeOf(shape)
  const out = new Float64Array(rows * voxels)
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < rows; k++)
      for (let i = 0; i < voxels; i++) out[row * voxels + i] += moving[row * rows + k] * points[k * voxels + i]
  return [tensor(type, [rows, ...shape], castArray(out, 'float64', type)), stored(matrix)]
}

function matrixFor(
  where: string,
  affine: Values<typeof affineOptions>['affine'],
  params: AffineParams,
  rank: number,
): Affine {
  const matrix = affine ? givenMatrix(affine, rank) : affineMatrix(rank, params)
  if (matrix) return matrix
  throw new OptionError(`${where}.affine`, `${shown(affine)} is not a matrix for ${rank} axes; give ${rank + 1} rows`)
}

/** Places of a lattice about its centre, `spacing` apart, and ones: [rank + 1, ...shape]. */
function lattice(shape: readonly number[], spacing: readonly number[]): Float64Array {
  const voxels = sizeOf(shape)
  const out = new Float64Array((shape.length + 1) * voxels).fill(1)
  shape.forEach((n, axis) => {
    const inner = sizeOf(shape.slice(axis + 1))
    for (let at = 0; at < voxels; at++)
      out[axis * voxels + at] = ((Math.floor(at / inner) % n) - (n - 1) / 2) * spacing[axis]
  })
  return out
}

function randomMaker<R>(make: (source: RandomSource, inputs: GridInputs) => R): RandomGridMaker<R> {
  const source = new RandomSource()
  const maker: RandomGridMaker<R> = Object.assign((inputs: GridInputs) => make(source, inputs), {
    source,
    setRandomState: reseeding(source, () => maker),
  })
  return maker
}

const randomOptions = {
  rotateRange: ranges.opt('Ranges of the angles in radians.', null),
  shearRange: ranges.opt('Ranges of the shearing factors.', null),
  translateRange: ranges.opt('Ranges of the shift in voxels.', null),
  scaleRange: ranges.opt('Ranges of the scaling factors, less 1.', null),
  ...common,
}

/** A RandAffineGrid: it gives the grid, null when lazy, and keeps the matrix. */
export interface RandomAffineGrid extends RandomGridMaker<Tensor | null> {
  /** The matrix of the last grid; null before. */
  getTransformationMatrix(): Tensor | null
}

/** Moves a grid by a drawn affine map, as AffineGrid does (MONAI `RandAffineGrid`). */
export const RandAffineGrid: GridFactory<typeof randomOptions, RandomAffineGrid> = Object.assign(
  (given?: Given<typeof randomOptions>): RandomAffineGrid => {
    const { dtype, lazy, ...limits } = parseOptions('RandAffineGrid', randomOptions, given ?? {})
    let last: Tensor | null = null
    const maker = randomMaker((source, inputs) => {
      const options = { ...affineDraw(source, limits), dtype, lazy, alignCorners: false, affine: null }
      const [grid, affine] = movedGrid('RandAffineGrid', options, inputs)
      last = affine
      return grid
    })
    return Object.assign(maker, { getTransformationMatrix: () => last })
  },
  { componentName: 'RandAffineGrid', schema: randomOptions },
)

const deformOptions = {
  spacing: numberOrNumbers.req('Distance of the control points, in voxels.'),
  magnitudeRange: pairKind.req('Range of the factor of the offsets, which are standard normal.'),
}

/** Control points that span an image, moved by drawn offsets: [rank + 1, ...points] in float64 (MONAI `RandDeformGrid`). */
export const RandDeformGrid: GridFactory<typeof deformOptions, RandomGridMaker<Tensor>> = Object.assign(
  (given?: Given<typeof deformOptions>): RandomGridMaker<Tensor> => {
    const { spacing, magnitudeRange } = parseOptions('RandDeformGrid', deformOptions, given ?? {})
    return randomMaker((source, { spatialSize }) => {
      if (!spatialSize) throw new OptionError('RandDeformGrid.spatialSize', 'is missing; give the size of the image')
      const distances = forAxes('RandDeformGrid.spacing', spacing, spatialSize.length).map((d) => (d > 0 ? d : 1))
      const points = controlPoints(spatialSize, distances)
      const places = lattice(points, distances)
      const { offsets, magnitude } = controlOffsets(source, magnitudeRange, points)
      offsets.forEach((offset, i) => (places[i] += Math.fround(offset * Math.fround(magnitude))))
      return tensor('float64', [points.length + 1, ...points], places)
    })
  },
  { componentName: 'RandDeformGrid', schema: deformOptions },
)
