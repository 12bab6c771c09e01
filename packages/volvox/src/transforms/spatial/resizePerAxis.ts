import { OptionError, shown } from '../../core/errors.ts'
import { bool, numberOrNumbers, oneOf } from '../../core/options.ts'
import type { Plan, ScalePlan } from '../../core/plan.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { reversal, scalingMatrix } from '../plan.ts'
import { random } from '../random.ts'
import { chance, pairKind } from '../shared.ts'
import { forAxes } from './options.ts'

const shared = {
  mode: oneOf('nearest', 'linear', 'cubic').opt('Interpolation between voxels.', 'linear', { perKey: true }),
  antialias: bool.opt('Along axes that shrink, take the mean of all voxels that an output voxel covers.', true),
}

/**
 * Scales the image by factors or to sizes, each axis by itself, and smooths only those that shrink (DALI `Resize`). Sizes
 * are whole: factors are adjusted to them.
 */
export const ResizePerAxis = spatial({
  name: 'ResizePerAxis',
  options: {
    size: numberOrNumbers.opt('Voxels per axis, or one for all; 0: by `resizeMode`; below 0: reversed.', null),
    scale: numberOrNumbers.opt('Factor per axis, or one for all, instead of sizes; below 0: reversed.', null),
    resizeMode: oneOf('default', 'stretch', 'not_larger', 'not_smaller').opt(
      'Factors of axes without size: the geometric mean of the others, or 1 ("stretch"). "not_larger", "not_smaller": one factor for all, the smallest or the largest.',
      'default',
    ),
    maxSize: numberOrNumbers.opt('The largest size per axis.', null),
    ...shared,
  },
  plan({ shape }, { size, scale, resizeMode, maxSize, mode, antialias }): Plan {
    if ((size === null) === (scale === null))
      throw new OptionError('ResizePerAxis.size', 'and scale exclude each other; give one of them')
    const given =
      size === null
        ? forAxes('ResizePerAxis.scale', scale ?? 1, shape.length)
        : forAxes('ResizePerAxis.size', size, shape.length).map((n, axis) => n / shape[axis])
    const limits =
      maxSize === null ? shape.map(() => Infinity) : forAxes('ResizePerAxis.maxSize', maxSize, shape.length)
    const wanted = factorsFor(given, resizeMode, shape, limits).map((f, axis) =>
      Math.max(1, Math.round(f * shape[axis])),
    )
    const reversed = given.flatMap((f, axis) => (f < 0 ? [axis] : []))
    const plan: ScalePlan = {
      kind: 'scale',
      shape: wanted,
      matrix: scalingMatrix(shape, wanted),
      mode: modes[mode][antialias ? 1 : 0],
      alignCorners: false,
      antiAliasingSigma: null,
    }
    return reversed.length > 0 ? { kind: 'chain', plans: [reversal(shape, reversed), plan] } : plan
  },
})

const modes = {
  nearest: ['nearest-exact', 'nearest-exact'],
  linear: ['linear', 'triangular'],
  cubic: ['cubic', 'wide-cubic'],
} as const

/** Positive factors of all axes, from those of some (0: not given). */
function factorsFor(
  given: readonly number[],
  resizeMode: string,
  shape: readonly number[],
  limits: readonly number[],
): number[] {
  const known = given.map(Math.abs).filter((f) => f > 0)
  if (known.length === 0 || given.some((f) => !Number.isFinite(f)))
    throw new OptionError('ResizePerAxis.size', `${shown(given)} gives no axis a size; give one of them more than 0`)
  const most = shape.map((n, axis) => limits[axis] / n)
  if (resizeMode === 'not_larger' || resizeMode === 'not_smaller') {
    const chosen = resizeMode === 'not_larger' ? Math.min(...known) : Math.max(...known)
    return shape.map(() => Math.min(chosen, ...most))
  }
  const rest = resizeMode === 'stretch' ? 1 : known.reduce((a, b) => a * b, 1) ** (1 / known.length)
  return given.map((f, axis) => Math.min(Math.abs(f) || rest, most[axis]))
}

/** Scales each axis by a drawn factor, or not. */
export const RandResizePerAxis = random(ResizePerAxis, {
  options: {
    prob: chance(),
    scaleRange: pairKind.opt('Range of the factors.', [0.8, 1.25]),
    ...shared,
    lazy: ResizePerAxis.schema.lazy,
  },
  draw: (source, { prob, scaleRange, ...rest }, { grid }) =>
    source.rand() < prob ? { ...rest, scale: Array.from(source.uniform(...scaleRange, grid.shape.length)) } : null,
})

export const ResizePerAxisd = dictionary(ResizePerAxis)
export const RandResizePerAxisd = dictionary(RandResizePerAxis)
