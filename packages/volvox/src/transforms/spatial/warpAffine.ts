import { z } from 'zod'
import { identity, invert, multiply, scaling, translation, type Affine } from '../../core/affine.ts'
import { OptionError, shown } from '../../core/errors.ts'
import { Kind, bool, intOrInts, numbers } from '../../core/options.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random } from '../random.ts'
import { chance, rangeKind, symmetricRange } from '../shared.ts'
import { axisRotation, reversedAxes } from './axisRotation.ts'
import { sizesOr } from './options.ts'
import { anyDirection, checkVolume, warpOptions, warpSampling } from './rotate3dAxis.ts'

const matrices = new Kind<readonly number[] | readonly (readonly number[])[]>(
  'a matrix of 12 or 16 numbers, row by row, or a list of such matrices',
  () => z.union([z.array(z.number()).readonly(), z.array(z.array(z.number()).readonly()).readonly()]),
)

/**
 * Warps a volume by a matrix, or by several in one resampling (DALI `WarpAffine`). Matrices are for (x, y, z), x along the
 * last axis, in voxels from the corner of the first voxel: the centre of voxel i is at i + 0.5.
 */
export const WarpAffine = spatial({
  name: 'WarpAffine',
  handsOver: true,
  options: {
    matrix: matrices.req('Three rows of four numbers; of several, the first moves the image first.'),
    inverseMap: bool.opt('Matrices lead from the result to the image; else from the image to the result.', true),
    size: intOrInts.opt('Size of the result; that of the image when null.', null),
    ...warpOptions,
  },
  plan({ shape }, { matrix, inverseMap, size, ...sampling }) {
    checkVolume('WarpAffine', shape)
    const steps = (matrix.some((x) => typeof x !== 'number') ? matrix : [matrix]) as readonly (readonly number[])[]
    const toImage = steps.map(squared).map((step) => (inverseMap ? step : invert(step, 'WarpAffine.matrix')))
    const corners = toImage.reduce(multiply, identity())
    const centres = multiply(multiply(translation([-0.5, -0.5, -0.5]), corners), translation([0.5, 0.5, 0.5]))
    return {
      kind: 'affine',
      shape: sizesOr('WarpAffine.size', size, shape),
      matrix: reversedAxes(centres),
      sampling: warpSampling(sampling),
    }
  },
})

function squared(rows: readonly number[]): Affine {
  if (rows.length === 12) return [...rows, 0, 0, 0, 1]
  if (rows.length === 16) return rows
  throw new OptionError('WarpAffine.matrix', `${shown(rows)} has ${rows.length} numbers; give 12 or 16, row by row`)
}

/** Turns, scales and shifts a volume about its centre by drawn amounts in one resampling, or not. */
export const RandWarpAffine = random(WarpAffine, {
  options: {
    prob: chance(),
    angleRange: rangeKind.opt('Range of an angle in degrees; r stands for (-r, r).', 0),
    axis: numbers.opt('The direction to turn about as (x, y, z); any direction, all alike, when null.', null),
    scaleRange: rangeKind.opt('Range of a factor per axis; r stands for (1 - r, 1 + r).', 0),
    translateRange: rangeKind.opt('Range of a shift per axis in voxels; r stands for (-r, r).', 0),
    ...warpOptions,
    lazy: WarpAffine.schema.lazy,
  },
  draw(source, { prob, angleRange, axis, scaleRange, translateRange, ...rest }, { grid }) {
    checkVolume('RandWarpAffine', grid.shape)
    if (source.rand() >= prob) return null
    const angle = source.uniform(...symmetricRange(angleRange))
    const turn = axisRotation('RandWarpAffine', axis ?? anyDirection(source), angle)
    const [least, most] = typeof scaleRange === 'number' ? [1 - scaleRange, 1 + scaleRange] : scaleRange
    const factors = Array.from(source.uniform(least, most, 3))
    const shifts = Array.from(source.uniform(...symmetricRange(translateRange), 3))
    const centre = grid.shape.toReversed().map((n) => n / 2)
    const moved = translation(centre.map((c, i) => c + shifts[i]))
    const forward = [moved, turn, scaling(factors), translation(centre.map((c) => -c))].reduce(multiply)
    return { ...rest, matrix: forward, inverseMap: false }
  },
})

export const WarpAffined = dictionary(WarpAffine)
export const RandWarpAffined = dictionary(RandWarpAffine)
