import { OptionError, shown } from '../../core/errors.ts'
import type { Image } from '../../core/image.ts'
import { bool, count, intOrInts, numberOrNumbers, type Values } from '../../core/options.ts'
import { dictionary } from '../dictionary.ts'
import { RandomSource, random } from '../random.ts'
import { sizesOr } from '../spatial/options.ts'
import { SpatialCrop, middle, scaledSize } from './crop.ts'

const shared = {
  randomCenter: bool.opt('Draw the place of the box; else it is in the middle.', true),
  randomSize: bool.opt('Draw the size of the box between the two sizes.', false),
  lazy: SpatialCrop.schema.lazy,
}

const sizeOptions = {
  roiSize: intOrInts.req('Size of the box, or the smallest size; values below 1 leave an axis alone.'),
  maxRoiSize: intOrInts.opt('The largest size; that of the image when null.', null),
}

interface Wish {
  readonly smallest: readonly number[]
  readonly largest: readonly number[]
  readonly randomCenter: boolean
  readonly randomSize: boolean
  readonly lazy: boolean
}

/** One box: first its size, then its place, axis by axis. */
function drawnBox(source: RandomSource, where: string, shape: readonly number[], wish: Wish) {
  const { smallest, largest, randomSize, randomCenter, lazy } = wish
  if (randomSize && smallest.some((n, axis) => n > largest[axis]))
    throw new OptionError(
      where,
      `the smallest box ${shown(smallest)} is larger than the largest, ${shown(largest)}; exchange them`,
    )
  const size = randomSize ? smallest.map((n, axis) => source.randint(n, largest[axis] + 1)) : smallest
  if (!randomCenter) {
    const { start, end } = middle(shape, size)
    return { roiStart: start, roiEnd: end, lazy }
  }
  const fitting = size.map((n, axis) => Math.min(n, shape[axis]))
  const start = fitting.map((n, axis) => (shape[axis] > n ? source.randint(0, shape[axis] - n + 1) : 0))
  return { roiStart: start, roiEnd: start.map((s, axis) => s + fitting[axis]), lazy }
}

/** Cuts out a box at a drawn place, of a given or drawn size. */
export const RandSpatialCrop = random(SpatialCrop, {
  name: 'RandSpatialCrop',
  options: { ...sizeOptions, ...shared },
  draw: (source, options, { grid: { shape } }) =>
    drawnBox(source, 'RandSpatialCrop', shape, wishOf('RandSpatialCrop', shape, options)),
})

function wishOf(
  where: string,
  shape: readonly number[],
  { roiSize, maxRoiSize, ...rest }: Values<typeof sizeOptions & typeof shared>,
): Wish {
  return {
    smallest: sizesOr(`${where}.roiSize`, roiSize, shape),
    largest: sizesOr(`${where}.maxRoiSize`, maxRoiSize, shape),
    ...rest,
  }
}

/** The same with sizes in proportion to the image. */
export const RandScaleCrop = random(SpatialCrop, {
  name: 'RandScaleCrop',
  options: {
    roiScale: numberOrNumbers.req('Part of each axis, or the smallest part.'),
    maxRoiScale: numberOrNumbers.opt('The largest part; 1 when null.', null),
    ...shared,
  },
  draw(source, { roiScale, maxRoiScale, ...rest }, { grid: { shape } }) {
    const smallest = scaledSize('RandScaleCrop.roiScale', shape, roiScale)
    const largest = maxRoiScale === null ? shape : scaledSize('RandScaleCrop.maxRoiScale', shape, maxRoiScale)
    return drawnBox(source, 'RandScaleCrop', shape, { smallest, largest, ...rest })
  },
})

const samplesOptions = { ...sizeOptions, numSamples: count.req('How many boxes to cut out.'), ...shared }

/** Cuts out several boxes; gives a list. */
export const RandSpatialCropSamples = random<typeof samplesOptions, typeof SpatialCrop.schema, readonly Image[]>(
  SpatialCrop,
  {
    name: 'RandSpatialCropSamples',
    options: samplesOptions,
    draw: (source, options, { grid }) => drawnBoxes(source.twin('cropper'), options, grid.shape),
    drawSample(source, options, { grid }) {
      // MONAI's dictionary form draws a seed for the boxes of each sample.
      const seed = source.randint(0, 2 ** 32, null, 'uint32')
      return drawnBoxes(new RandomSource(seed), options, grid.shape)
    },
    after: (img, _options, index) => ({ ...img, meta: { ...img.meta, patch_index: index } }),
  },
)

function drawnBoxes(
  source: RandomSource,
  { numSamples, ...options }: Values<typeof samplesOptions>,
  shape: readonly number[],
) {
  const wish = wishOf('RandSpatialCropSamples', shape, options)
  return Array.from({ length: numSamples }, () => drawnBox(source, 'RandSpatialCropSamples', shape, wish))
}

export const RandSpatialCropd = dictionary(RandSpatialCrop)
export const RandScaleCropd = dictionary(RandScaleCrop)
export const RandSpatialCropSamplesd = dictionary(RandSpatialCropSamples)
