import { roundEven } from '../../core/convert.ts'
import { OptionError, shown } from '../../core/errors.ts'
import { bool, intOrInts, numberOrNumbers, oneOf } from '../../core/options.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { scalingMatrix } from '../plan.ts'
import { dtypeKind } from '../shared.ts'
import { forAxes, scaleMode, sizesOr } from './options.ts'

const perKey = { perKey: true }

/** Scales the whole image to a size in voxels (torch `interpolate`). */
export const Resize = spatial({
  name: 'Resize',
  handsOver: true,
  options: {
    spatialSize: intOrInts.req('Size of the result; axes with values below 1 keep theirs.'),
    sizeMode: oneOf('all', 'longest').opt(
      '"longest": `spatialSize` is one number for the longest axis, the others keep the proportions.',
      'all',
    ),
    mode: scaleMode.opt('Interpolation between voxels.', 'area', perKey),
    alignCorners: bool.opt(
      'For linear and cubic modes: the outermost centres of both lattices fall on each other.',
      null,
      perKey,
    ),
    antiAliasing: bool.opt('Smooth axes that shrink before they are sampled.', false, perKey),
    antiAliasingSigma: numberOrNumbers.opt('Standard deviation in voxels; (factor - 1) / 2 when null.', null, perKey),
    dtype: dtypeKind.nullable().opt('Type to compute in, float32 when null; results are float32.', 'float32', perKey),
  },
  plan({ shape }, { spatialSize, sizeMode, mode, alignCorners, antiAliasing, antiAliasingSigma }) {
    const size =
      sizeMode === 'all'
        ? sizesOr('Resize.spatialSize', spatialSize, shape)
        : longestSize('Resize.spatialSize', spatialSize, shape)
    return {
      kind: 'scale',
      shape: size,
      matrix: scalingMatrix(shape, size),
      mode,
      alignCorners: alignCorners ?? false,
      antiAliasingSigma: antiAliasing ? sigmas(shape, size, antiAliasingSigma) : null,
    }
  },
})

/** Sizes in proportion, the longest as given. */
export function longestSize(where: string, longest: number | readonly number[], shape: readonly number[]): number[] {
  if (typeof longest !== 'number')
    throw new OptionError(where, `${shown(longest)} does not go with sizeMode "longest"; give one number`)
  const scale = longest / Math.max(...shape)
  return shape.map((n) => roundEven(n * scale))
}

function sigmas(shape: readonly number[], size: readonly number[], given: number | readonly number[] | null): number[] {
  const factors = shape.map((n, axis) => n / size[axis])
  if (given === null) return factors.map((factor) => Math.max(0, (factor - 1) / 2))
  return forAxes('Resize.antiAliasingSigma', given, shape.length).map((sigma, axis) => (factors[axis] > 1 ? sigma : 0))
}

export const Resized = dictionary(Resize)
