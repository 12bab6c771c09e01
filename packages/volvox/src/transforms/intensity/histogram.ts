import { toFloats } from '../../core/convert.ts'
import { isFloating } from '../../core/dtype.ts'
import { OptionError, ShapeError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, count, Kind, number, numbers } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import { extent, histogram } from '../../kernels/index.ts'
import { z } from 'zod'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random, type RandomSource } from '../random.ts'
import { cast, chance, floatCopy, outputType, voxelsPerChannel, distinctValues } from '../shared.ts'
import { imageKind, maskOf } from './threshold.ts'

/**
 * Replaces each value x by y of the line through points of rising x, level before the first and after the last. Points are
 * looked for where they would be if they were equidistant, as they mostly are.
 */
function interpolate(data: Float32Array, xs: Float64Array, ys: Float64Array): void {
  const last = xs.length - 1
  const [first, end] = [xs[0], xs[last]]
  const perPoint = last / (end - first)
  for (let i = 0; i < data.length; i++) {
    const x = data[i]
    if (x <= first) data[i] = ys[0]
    else if (x >= end) data[i] = ys[last]
    else {
      let low = Math.min(Math.trunc((x - first) * perPoint) || 0, last - 1)
      while (low > 0 && xs[low] > x) low--
      while (low < last - 1 && xs[low + 1] <= x) low++
      data[i] =
        ys[low] + ((x - xs[low]) / (xs[low + 1] - xs[low])) * (ys[low + 1] - ys[low]) || (Number.isNaN(x) ? NaN : 0)
    }
  }
}

/** Bend the scale of values along a line through points, which are shares of the range at equal distances. */
const BendIntensity = voxels({
  name: 'BendIntensity',
  options: { points: numbers.req('What equidistant values become, the smallest being 0 and the largest 1.') },
  apply(img, { points }) {
    const data = floatCopy(img)
    const { min, max } = extent(data)
    if (min === max) return img
    checkSound('RandHistogramShift', img, min, max)
    const range = max - min
    const from = Float64Array.from(points, (_, i) => min + (range * i) / (points.length - 1))
    const to = Float64Array.from(points, (y) => min + range * y)
    interpolate(data, from, to)
    return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
  },
})

const points = count.where((n) => n >= 3, 'a whole number of 3 or more')
const pointsKind = new Kind<number | readonly [number, number]>('a whole number of 3 or more, or a pair of them', () =>
  z.union([points.type, z.tuple([points.type, points.type]).readonly()]),
)

/** Bend the scale of values at random; order and range of the values stay (MONAI `RandHistogramShift`). */
export const RandHistogramShift = random(BendIntensity, {
  name: 'RandHistogramShift',
  gated: true,
  options: {
    numControlPoints: pointsKind.opt('Number of points of the line, or a range of it.', 10),
    prob: chance(),
  },
  draw(rng, { numControlPoints, prob }) {
    if (rng.rand() >= prob) return null
    const range = [numControlPoints].flat()
    const total = rng.randint(Math.min(...range), Math.max(...range) + 1)
    const heights = Array.from({ length: total }, (_, i) => i / (total - 1))
    for (let i = 1; i < total - 1; i++) heights[i] = rng.uniform(heights[i - 1], heights[i + 1])
    return { points: heights }
  },
})

/** Map values so that each is about as frequent as any other (MONAI `HistogramNormalize`). */
export const HistogramNormalize = voxels({
  name: 'HistogramNormalize',
  options: {
    numBins: count.opt('Bins of the histogram; whole numbers have one for each value.', 256),
    min: number.opt('Smallest value of the result.', 0),
    max: number.opt('Largest value of the result.', 255),
    mask: imageKind.opt('Which voxels the histogram is of; may be given with the image instead.', null),
    dtype: outputType(),
  },
  inputs: { mask: 'optional' },
  apply(img, { numBins, min, max, mask, dtype }, inputs) {
    const data = floatCopy(img)
    const { counts, centres } = histogram(masked(img, data, maskOf(inputs.mask, mask)), numBins, !isFloating(img.dtype))
    checkSound('HistogramNormalize', img, centres[0], centres[centres.length - 1])
    let sum = 0
    const sums = counts.map((n) => (sum += n))
    const [least, most] = [sums[0], sums[sums.length - 1]]
    const heights = sums.map((n) => (least === most ? n * min : ((n - least) / (most - least)) * (max - min) + min))
    interpolate(data, centres, heights)
    return cast(withVoxels(img, { dtype: 'float32', data }), dtype ?? img.dtype)
  },
})

const remapOptions = {
  kernelSize: count.opt('Width of the window that smooths the random map, in distinct values.', 30),
  slope: number.opt('Slope of the line that is added to it.', 0.7),
}

const mapsKind = new Kind('a list of numbers for each channel, or one list', () => z.array(numbers.type).readonly())

/** Replace each value by that of a map, of the whole image or of each channel, which has one for each distinct value. */
const MapIntensity = voxels({
  name: 'MapIntensity',
  options: { maps: mapsKind.req('What the distinct values become, in rising order.') },
  apply(img, { maps }) {
    const size = img.data.length / maps.length
    const data = floatCopy(img)
    maps.forEach((map, c) => {
      const part = data.subarray(c * size, (c + 1) * size)
      const places = new Map(distinctValues(part).map((value, i) => [value, i]))
      if (places.size !== map.length)
        throw new ShapeError(
          'MapIntensity',
          `a map of ${map.length} values does not fit ${places.size} distinct values; all keys must have the same`,
        )
      for (let i = 0; i < part.length; i++) part[i] = map[places.get(part[i]) ?? 0]
    })
    return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
  },
})

/** Map the distinct values to a smooth random curve (MONAI `IntensityRemap`). */
export const IntensityRemap = random(MapIntensity, {
  name: 'IntensityRemap',
  options: remapOptions,
  draw: (rng, { kernelSize, slope }, { image }) => ({
    maps: [soundMap('IntensityRemap', image, randomMap(rng, floatCopy(image), kernelSize, slope))],
  }),
})

/** IntensityRemap at random, with a slope of random sign, for each channel by itself (MONAI `RandIntensityRemap`). */
export const RandIntensityRemap = random(MapIntensity, {
  name: 'RandIntensityRemap',
  options: {
    prob: chance(),
    ...remapOptions,
    channelWise: bool.opt('Draw for each channel by itself.', true),
  },
  draw(rng, { prob, kernelSize, slope, channelWise }, { image }) {
    if (rng.rand() >= prob) return null
    const data = floatCopy(image)
    const [parts, size] = channelWise ? [image.shape[0], voxelsPerChannel(image)] : [1, data.length]
    return {
      maps: Array.from({ length: parts }, (_, c) => {
        const signed = rng.choice(2) === 0 ? -slope : slope
        // MONAI's inner transform draws from a generator that no seed reaches.
        const map = randomMap(rng.twin('remap'), data.subarray(c * size, (c + 1) * size), kernelSize, signed)
        return soundMap('RandIntensityRemap', image, map)
      }),
    }
  },
})

export const RandHistogramShiftd = dictionary(RandHistogramShift)
export const HistogramNormalized = dictionary(HistogramNormalize)

function masked(img: Image, data: Float32Array, mask: Image | null): Float32Array {
  if (!mask) return data
  if (!sameShape(mask.shape, img.shape))
    throw new ShapeError(
      'HistogramNormalize.mask',
      `a mask of shape [${mask.shape.join(', ')}] does not fit an image of shape [${img.shape.join(', ')}]; give the same shape`,
    )
  const chosen = toFloats(mask.dtype, mask.data)
  const kept = data.filter((_, i) => chosen[i] !== 0)
  if (kept.length === 0)
    throw new OptionError('HistogramNormalize.mask', 'selects no voxel; give a mask that is not 0 everywhere')
  return kept
}

function soundMap(name: string, img: Image, map: number[]): number[] {
  checkSound(name, img, ...map.slice(0, 1))
  return map
}

/** Means of `width` values of the image drawn at random, with a line added, scaled to the values' range. */
function randomMap(rng: RandomSource, data: Float32Array, width: number, slope: number): number[] {
  const values = distinctValues(data)
  const total = values.length
  const drawn = rng.choice(total, total - 1 + width).map((i) => values[i])
  let sum = drawn.slice(0, width).reduce((a, b) => a + b, 0)
  const curve = values.map((_, i) => {
    if (i > 0) sum += drawn[i + width - 1] - drawn[i - 1]
    return sum / width + (slope * i) / total
  })
  const [low, high] = [curve.reduce((a, b) => Math.min(a, b)), curve.reduce((a, b) => Math.max(a, b))]
  return curve.map((y) => ((y - low) / (high - low)) * values[total - 1] + values[0])
}
