import { ShapeError } from '../../core/errors.ts'
import { bool, intOrInts, number, numbers, oneOf } from '../../core/options.ts'
import type { Sampling } from '../../core/plan.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { centred } from '../plan.ts'
import { random, type RandomSource } from '../random.ts'
import { chance, rangeKind, symmetricRange } from '../shared.ts'
import { axisRotation, canvas, reversedAxes } from './axisRotation.ts'
import { sizesOr } from './options.ts'

const perKey = { perKey: true }

/** How DALI's warps find values: the border voxel, or a given value, lies outside. */
export const warpOptions = {
  mode: oneOf('bilinear', 'nearest').opt('Interpolation between voxels.', 'bilinear', perKey),
  fillValue: number.opt('The value outside of the image; its border is repeated when null.', null, perKey),
}

export function warpSampling({
  mode,
  fillValue,
}: {
  mode: 'bilinear' | 'nearest'
  fillValue: number | null
}): Sampling {
  const outside = fillValue === null ? { paddingMode: 'border' } : { paddingMode: 'zeros', value: fillValue }
  return { mode, dtype: 'float32', ...outside }
}

/** Refuses images that are not 3-D. */
export function checkVolume(where: string, shape: readonly number[]): void {
  if (shape.length !== 3)
    throw new ShapeError(where, `was given an image with ${shape.length} spatial axes; it takes 3`)
}

const canvasOptions = {
  keepSize: bool.opt('Keep the size of the image; else the result holds all of it.', false),
  size: intOrInts.opt('Size of the result; goes before `keepSize`.', null),
  ...warpOptions,
}

/** Turns a volume about an axis through its centre (DALI `Rotate`). */
export const Rotate3dAxis = spatial({
  name: 'Rotate3dAxis',
  handsOver: true,
  options: {
    angle: number.req('Degrees, by the right-hand rule.'),
    axis: numbers.req('The direction as (x, y, z), x along the last axis of the image; of any length.'),
    ...canvasOptions,
  },
  plan({ shape }, { angle, axis, keepSize, size, ...sampling }) {
    checkVolume('Rotate3dAxis', shape)
    const turn = (degrees: number) => reversedAxes(axisRotation('Rotate3dAxis', axis, degrees))
    const matrix = turn(-angle) // from the result to the image
    const all = keepSize ? shape : canvas(turn(angle), shape)
    const wanted = sizesOr('Rotate3dAxis.size', size, all)
    return { kind: 'affine', shape: wanted, matrix: centred(matrix, shape, wanted), sampling: warpSampling(sampling) }
  },
})

/** Turns a volume by a drawn angle about a given or a drawn axis, or not. */
export const RandRotate3dAxis = random(Rotate3dAxis, {
  options: {
    prob: chance(),
    angleRange: rangeKind.opt('Range of the angle in degrees; r stands for (-r, r).', 15),
    axis: numbers.opt('The direction as in Rotate3dAxis; any direction, all alike, when null.', null),
    ...canvasOptions,
    keepSize: bool.opt('Keep the size of the image; else the result holds all of it.', true),
    lazy: Rotate3dAxis.schema.lazy,
  },
  draw: (source, { prob, angleRange, axis, ...rest }) =>
    source.rand() < prob
      ? { ...rest, angle: source.uniform(...symmetricRange(angleRange)), axis: axis ?? anyDirection(source) }
      : null,
})

/** A direction, all alike: three normal numbers have no preferred one. */
export function anyDirection(source: RandomSource): number[] {
  return Array.from(source.normal(0, 1, 3))
}

export const Rotate3dAxisd = dictionary(Rotate3dAxis)
export const RandRotate3dAxisd = dictionary(RandRotate3dAxis)
