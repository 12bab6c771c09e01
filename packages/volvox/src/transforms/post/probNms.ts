import { z } from 'zod'
import { castArray, toFloats } from '../../core/convert.ts'
import { DataError, OptionError, ShapeError } from '../../core/errors.ts'
import { Kind, count, nonNegative, numberOrNumbers } from '../../core/options.ts'
import type { Image } from '../../core/image.ts'
import { placeOf, stridesOf } from '../../core/tensor.ts'
import { gaussianFilter } from '../../kernels/index.ts'
import { reading } from '../reading.ts'
import { sampleOnly, withEachImage } from '../sample.ts'
import { forAxes } from '../spatial/options.ts'

const boxKind = new Kind<number | readonly number[]>('a whole number of 1 or more, or one for each axis', () =>
  z.union([z.int().min(1), z.array(z.int().min(1)).readonly()]),
)
const options = {
  spatialDims: count.opt('Axes of the map.', 2),
  sigma: numberOrNumbers.opt(
    'Smooth the map first, by this standard deviation in voxels, along the axes after the second as MONAI does.',
    0,
  ),
  probThreshold: nonNegative.opt('Peaks are above this.', 0.5),
  boxSize: boxKind.opt('What is not looked at any more around a peak, in voxels.', 48),
}

/**
 * Peaks of a probability map [...spatial], highest first, none within a box about a higher one: `[probability, ...voxel]`
 * each (MONAI `ProbNMS`).
 */
export const ProbNMS = reading({
  name: 'ProbNMS',
  options,
  read(map, { spatialDims, sigma, probThreshold, boxSize }): number[][] {
    const { shape } = map
    if (shape.length !== spatialDims)
      throw new ShapeError(
        'ProbNMS.spatialDims',
        `is ${spatialDims}, the map has the shape [${shape.join(', ')}]; give it without a channel axis`,
      )
    if (Array.isArray(boxSize) && boxSize.length !== spatialDims)
      throw new OptionError(
        'ProbNMS.boxSize',
        `has ${boxSize.length} values for ${spatialDims} axes; give one for each`,
      )
    const sizes = forAxes('ProbNMS.boxSize', boxSize, spatialDims)
    const values = smoothed(map, forAxes('ProbNMS.sigma', sigma, spatialDims))
    return peaks(values, shape, sizes, probThreshold)
  },
})

/**
 * MONAI hands the map to its filter without sample and channel axes, so that what is smoothed are the axes after the
 * second: none of a map of two axes, the last of three.
 */
function smoothed({ dtype, data, shape }: Image, sigmas: readonly number[]): ArrayLike<number> {
  const along = sigmas.slice(0, Math.max(0, shape.length - 2))
  if (along.every((sigma) => sigma === 0)) return toFloats(dtype, data)
  const [first, second, ...rest] = shape
  const values = castArray(data, dtype, 'float32') as Float32Array // as asked for
  return gaussianFilter(values, [first * second, ...rest], along)
}

/** Visits candidates from the highest; of equal ones the first in scan order comes first. */
function peaks(
  values: ArrayLike<number>,
  shape: readonly number[],
  sizes: readonly number[],
  threshold: number,
): number[][] {
  const candidates: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (values[i] > threshold) candidates.push(i)
    else if (Number.isNaN(values[i]))
      throw new DataError('ProbNMS', `the map holds NaN at voxel ${i}; give finite numbers`)
  }
  candidates.sort((a, b) => values[b] - values[a] || a - b)
  const strides = stridesOf(shape)
  const taken = new Uint8Array(values.length)
  const found: number[][] = []
  for (const i of candidates) {
    if (taken[i] === 1) continue
    const place = placeOf(i, shape)
    found.push([values[i], ...place])
    const from = place.map((x, axis) => Math.max(x - Math.floor(sizes[axis] / 2), 0))
    const to = place.map((x, axis) => Math.min(x + sizes[axis] - Math.floor(sizes[axis] / 2), shape[axis]))
    markBox(taken, strides, from, to, 0, 0)
  }
  return found
}

function markBox(
  taken: Uint8Array,
  strides: readonly number[],
  from: readonly number[],
  to: readonly number[],
  axis: number,
  start: number,
): void {
  if (axis === strides.length - 1) taken.fill(1, start + from[axis], start + to[axis])
  else
    for (let x = from[axis]; x < to[axis]; x++) markBox(taken, strides, from, to, axis + 1, start + x * strides[axis])
}

/** As `ProbNMS`; the peaks take the place of the map (MONAI `ProbNMSd`). */
export const ProbNMSd = sampleOnly({
  name: 'ProbNMSd',
  options,
  apply(sample, { keys, allowMissingKeys, ...given }) {
    return withEachImage('ProbNMSd', sample, { keys, allowMissingKeys }, (map) => ProbNMS.read(map, given, {}))
  },
})
