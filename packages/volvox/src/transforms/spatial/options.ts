import { z } from 'zod'
import { OptionError, shown } from '../../core/errors.ts'
import { gridOf, type Image } from '../../core/image.ts'
import { Kind, bool, text, type Values } from '../../core/options.ts'
import type { Sampling } from '../../core/plan.ts'
import { axisIndex } from '../../core/tensor.ts'
import { recorded } from '../define.ts'
import type { RandomSource } from '../random.ts'
import { cast, dtypeKind } from '../shared.ts'

/** Interpolation between voxels: torch's names (every kind of linear is one), or the order of a spline. */
export const samplingMode: Kind<Sampling['mode']> = new Kind(
  '"bilinear", "nearest", "bicubic" or the order of a spline from 0 to 5',
  () =>
    z.union([
      z.enum(['bilinear', 'nearest', 'bicubic']),
      z.enum(['linear', 'trilinear']).transform(() => 'bilinear' as const),
      z.int().min(0).max(5),
    ]) as unknown as z.ZodType<Sampling['mode']>,
)

const scaleModes = ['nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', 'bicubic', 'area'] as const

type TorchScaleMode = (typeof scaleModes)[number]

/** torch's `interpolate` modes. */
export const scaleMode: Kind<TorchScaleMode> = new Kind(
  `one of ${scaleModes.map((mode) => `"${mode}"`).join(', ')}`,
  () => z.enum(scaleModes),
)

const perKey = { perKey: true }

/** The options that say how values are found between and beyond voxels, with the defaults of one transform. */
export function samplingOptions(paddingMode: string, dtype: 'float32' | 'float64') {
  return {
    mode: samplingMode.opt('Interpolation between voxels.', 'bilinear', perKey),
    paddingMode: text.opt(
      'What lies outside of the image: "zeros", "border" or "reflection"; scipy names for splines.',
      paddingMode,
      perKey,
    ),
    alignCorners: bool.opt(
      'Treat voxels as points: the outermost centres of both lattices fall on each other.',
      false,
      perKey,
    ),
    dtype: dtypeKind.nullable().opt('Type to compute in, float32 when null; results are float32.', dtype, perKey),
  }
}

/** The sampling that such options ask for. */
export function samplingOf(options: Values<ReturnType<typeof samplingOptions>>): Sampling {
  const { mode, paddingMode, alignCorners, dtype } = options
  return { mode, paddingMode, alignCorners, dtype: dtype === 'float64' ? 'float64' : 'float32' }
}

/** One value for each spatial axis; a single number counts for all. */
export function forAxes(where: string, given: number | readonly number[], rank: number): number[] {
  if (typeof given === 'number') return new Array<number>(rank).fill(given)
  if (given.length === 1 && rank > 1) return new Array<number>(rank).fill(given[0])
  if (given.length !== rank)
    throw new OptionError(
      where,
      `${shown(given)} has ${given.length} values for ${rank} spatial axes; give ${rank}, or one number`,
    )
  return [...given]
}

/** Sizes with those of `shape` where none above 0 is given (MONAI `fall_back_tuple`). */
export function sizesOr(where: string, given: number | readonly number[] | null, shape: readonly number[]): number[] {
  if (given === null) return [...shape]
  return forAxes(where, given, shape.length).map((n, axis) => (n > 0 ? n : shape[axis]))
}

/** Axes counted from the front; null means all. */
export function axesOf(where: string, given: number | readonly number[] | null, rank: number): number[] {
  if (given === null) return Array.from({ length: rank }, (_, axis) => axis)
  return (typeof given === 'number' ? [given] : given).map((axis) => axisIndex(axis, rank, where))
}

/** What MONAI's random resampling does when it draws to do nothing: the voxels become float32. */
export function asFloats(name: string): (img: Image) => Image {
  return (img) => recorded(cast(img, 'float32'), { name, options: null, before: gridOf(img) })
}

/** A range for each parameter: one number r stands for (-r, r). */
export type Ranges = number | readonly (number | readonly [number, number])[]

/** MONAI's ranges of random affine parameters. */
export const ranges: Kind<Ranges> = new Kind(
  'a number r for (-r, r), or a list of numbers and (low, high) pairs, one per parameter',
  () =>
    z.union([
      z.number(),
      z.array(z.union([z.number(), z.tuple([z.number(), z.number()]).readonly()])).readonly(),
    ]) as unknown as z.ZodType<Ranges>,
)

/**
 * How MONAI's dictionary forms draw that wrap a plain form of probability 1 with a generator of its own: that one draws
 * its "whether" and its parameters even when they are not used.
 */
export function wrapped<T>(source: RandomSource, prob: number, drawn: (inner: RandomSource) => T): T | null {
  const passes = source.rand() < prob
  const inner = source.twin('inner')
  inner.rand()
  const result = drawn(inner)
  return passes ? result : null
}
