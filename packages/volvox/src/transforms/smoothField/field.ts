import { unclearedFloats } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { bool, instance, int, ints, oneOf, text } from '../../core/options.ts'
import type { ScaleMode } from '../../core/plan.ts'
import { sizeOf } from '../../core/tensor.ts'
import { extent, interpolate } from '../../kernels/index.ts'
import { linearInSteps } from '../intensity/linear.ts'
import { axisMode } from '../sampling.ts'
import type { RandomSource } from '../random.ts'

/** Values on a coarse lattice, which are to be made smooth: [channels, ...shape]. */
export interface CoarseField {
  readonly channels: number
  readonly shape: readonly number[]
  readonly values: Float32Array
}

export const fieldKind = instance<CoarseField>(
  'a coarse field',
  (value) => typeof value === 'object' && value !== null && 'values' in value,
)

export const fieldMode = oneOf('nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', 'bicubic', 'area')

/** How a coarse field becomes one value for each voxel. */
export const smoothOptions = {
  spatialSize: ints
    .where((sizes) => sizes.every((n) => n >= 1), 'a list of sizes of 1 or more')
    .nullable()
    .req('Size of the image; null where the coarse field has it already.'),
  alignCorners: bool.opt('Whether the corner voxels of both lattices lie on each other.', null),
}

/** How a coarse field is drawn. */
export const drawOptions = {
  randSize: ints
    .where((sizes) => sizes.every((n) => n >= 1), 'a list of whole numbers of 1 or more')
    .req('Size of the lattice of random values.'),
  pad: int.where((n) => n >= 0, 'a whole number of 0 or more').opt('Rows of fixed values around it.', 0),
  device: text.opt('Kept for configs of MONAI; no effect.', null),
}

/** `(low, high)` of a range; one number g stands for (low, g). */
export function orderedRange(
  where: string,
  range: number | readonly [number, number],
  low: number,
): readonly [number, number] {
  const [from, to] = typeof range === 'number' ? [low, range] : [Math.min(...range), Math.max(...range)]
  if (from < to) return [from, to]
  throw new OptionError(where, `(${from}, ${to}) has no room for random values; give a larger range`)
}

/** Uniform values in a range, with `padValue` around them. */
export function drawnField(
  source: RandomSource,
  { randSize, pad }: { readonly randSize: readonly number[]; readonly pad: number },
  [low, high]: readonly [number, number],
  padValue: number,
  channels: number,
): CoarseField {
  const inner = Float32Array.from(source.uniform(low, high, channels * sizeOf(randSize)))
  if (pad === 0) return { channels, shape: randSize, values: inner }
  const shape = randSize.map((n) => n + 2 * pad)
  const values = new Float32Array(channels * sizeOf(shape)).fill(padValue)
  for (let i = 0; i < inner.length; i++) {
    let [rest, at, stride] = [i, 0, 1]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += ((rest % randSize[axis]) + pad) * stride
      rest = Math.floor(rest / randSize[axis])
      stride *= shape[axis]
    }
    values[rest * stride + at] = inner[i]
  }
  return { channels, shape, values }
}

/** The field at each voxel; its range is that of the coarse one again (MONAI `SmoothField`). */
export function smoothField(
  { channels, shape, values }: CoarseField,
  size: readonly number[] | null,
  mode: ScaleMode,
  alignCorners: boolean | null,
): { readonly shape: readonly number[]; readonly values: Float32Array } {
  if (size === null) return { shape, values }
  const fine = interpolate(values, channels, shape, size, axisMode(mode), alignCorners ?? false)
  const [now, before] = [extent(fine), extent(values)]
  // In MONAI's steps: the largest value is to become the largest one again, to the last bit.
  const [width, scale] = [now.max - now.min, before.max - before.min]
  const scaled = unclearedFloats(fine.length)
  linearInSteps(fine, { base: now.min, width, scale, shift: before.min }, scaled)
  return { shape: size, values: scaled }
}
