import { castArray } from '../../core/convert.ts'
import { OptionError, ShapeError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, count, instance, intOrInts, Kind, type Values } from '../../core/options.ts'
import { stridesOf } from '../../core/tensor.ts'
import { extent as valueRange } from '../../kernels/index.ts'
import { z } from 'zod'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random, type RandomSource } from '../random.ts'
import { chance, floatsOf, voxelsPerChannel } from '../shared.ts'
import { sizesOr } from '../spatial/options.ts'

/** A box of voxels, in all channels. */
interface Hole {
  readonly start: readonly number[]
  readonly size: readonly number[]
}

const holesKind = instance<readonly Hole[]>('a list of boxes', Array.isArray)
const valuesKind = instance<number | Float64Array>(
  'a number or a value for each voxel to be filled',
  (value) => typeof value === 'number' || value instanceof Float64Array,
)

/** Fill boxes with values, or everything outside of them. */
const FillHoles = voxels({
  name: 'FillHoles',
  options: {
    holes: holesKind.req('Boxes, one after the other.'),
    values: valuesKind.opt('What they are filled with.', 0),
    dropoutHoles: bool.opt('Fill the boxes; else what is outside of them.', true),
  },
  apply(img, { holes, values, dropoutHoles }) {
    const places = holes.map((hole) => placesIn(img, hole))
    const filled = typeof values === 'number' ? null : values
    const type = img.dtype
    if (!dropoutHoles) {
      const source = filled ?? new Float64Array(img.data.length).fill(values as number) // the other kind of it
      if (source.length !== img.data.length) throw misfit('FillHoles', source.length, img.data.length)
      const data = castArray(source, 'float64', type).slice()
      for (const hole of places) for (const i of hole) data[i] = img.data[i]
      return withVoxels(img, { data })
    }
    const total = places.reduce((sum, { length }) => sum + length, 0)
    if (filled && filled.length !== total) throw misfit('FillHoles', filled.length, total)
    const source = castArray(filled ?? new Float64Array(total).fill(values as number), 'float64', type)
    const data = img.data.slice()
    let next = 0
    for (const hole of places) for (const i of hole) data[i] = source[next++]
    return withVoxels(img, { data })
  },
})

const ordersKind = instance<readonly (readonly number[])[]>('a list of orders', Array.isArray)

/** Put the values of each box in another order, in each channel by itself. */
const ShuffleHoles = voxels({
  name: 'ShuffleHoles',
  options: {
    holes: holesKind.req('Boxes, one after the other.'),
    orders: ordersKind.opt('For each channel of each box, which of its values comes first, second, ...', []),
  },
  apply(img, { holes, orders }) {
    const data = img.data.slice()
    const channels = img.shape[0]
    holes.forEach((hole, h) => {
      const places = placesIn(img, hole)
      const size = places.length / channels
      for (let c = 0; c < channels; c++) {
        const own = places.subarray(c * size, (c + 1) * size)
        const before = Array.from(own, (at) => data[at])
        const order = orders[h * channels + c]
        if (order?.length !== size) throw misfit('ShuffleHoles', order?.length ?? 0, size)
        order.forEach((from, to) => (data[own[to]] = before[from]))
      }
    })
    return withVoxels(img, { data })
  },
})

const holeOptions = {
  holes: count.req('Number of boxes, or the least number with maxHoles.'),
  spatialSize: intOrInts.req('Size of the boxes, or the least size with maxSpatialSize; below 1 means the whole axis.'),
  maxHoles: count.opt('The largest number of boxes.', null),
  maxSpatialSize: intOrInts.opt('The largest size of a box.', null),
  prob: chance(),
}

const fillKind = new Kind<number | readonly [number, number]>(
  'a number or a pair of numbers',
  z.union([z.number(), z.tuple([z.number(), z.number()]).readonly()]),
)

/** Fill random boxes, or what is outside of them (MONAI `RandCoarseDropout`). */
export const RandCoarseDropout = random(FillHoles, {
  name: 'RandCoarseDropout',
  gated: true,
  options: {
    ...holeOptions,
    dropoutHoles: bool.opt('Fill the boxes; else what is outside of them.', true),
    fillValue: fillKind.opt('A value, or a range of random ones; the range of the image when null.', null),
  },
  draw(rng, options, { grid: { shape } }) {
    const holes = drawnHoles('RandCoarseDropout', rng, options, shape)
    return holes && { holes, dropoutHoles: options.dropoutHoles }
  },
  drawEach(rng, drawn, { fillValue }, { image }) {
    if (typeof fillValue === 'number') return { ...drawn, values: fillValue }
    const [low, high] = fillValue ?? extent(image)
    if (drawn.dropoutHoles === false) return { ...drawn, values: rng.uniform(low, high, image.data.length) }
    const sizes = drawn.holes.map(({ size }) => size.reduce((a, b) => a * b, image.shape[0]))
    return { ...drawn, values: rng.uniform(low, high, sizes.reduce((a, b) => a + b, 0)) } // prettier-ignore
  },
})

/** Shuffle the voxels of random boxes (MONAI `RandCoarseShuffle`). */
export const RandCoarseShuffle = random(ShuffleHoles, {
  name: 'RandCoarseShuffle',
  gated: true,
  options: holeOptions,
  draw(rng, options, { grid: { shape } }) {
    const holes = drawnHoles('RandCoarseShuffle', rng, options, shape)
    return holes && { holes }
  },
  drawEach(rng, { holes }, _, { image }) {
    const orders = holes.flatMap(({ size }) =>
      Array.from({ length: image.shape[0] }, () => {
        const order = Array.from({ length: size.reduce((a, b) => a * b, 1) }, (_, i) => i)
        rng.shuffle(order)
        return order
      }),
    )
    return { holes, orders }
  },
})

export const RandCoarseDropoutd = dictionary(RandCoarseDropout)
export const RandCoarseShuffled = dictionary(RandCoarseShuffle)

/** Number, sizes and places of boxes; a drawn size is the least one of the next box, as in MONAI. Null for "not this time". */
function drawnHoles(
  where: string,
  rng: RandomSource,
  { holes, spatialSize, maxHoles, maxSpatialSize, prob }: Values<typeof holeOptions>,
  shape: readonly number[],
): readonly Hole[] | null {
  if (maxHoles !== null && maxHoles < holes)
    throw new OptionError(`${where}.maxHoles`, `${maxHoles} is below holes, ${holes}; exchange them`)
  if (rng.rand() >= prob) return null
  const largest = maxSpatialSize === null ? null : sizesOr(`${where}.maxSpatialSize`, maxSpatialSize, shape)
  let size = sizesOr(`${where}.spatialSize`, spatialSize, shape)
  const tooLarge = size.findIndex((n, axis) => largest !== null && n > largest[axis])
  if (largest && tooLarge >= 0)
    throw new OptionError(
      `${where}.maxSpatialSize`,
      `${largest[tooLarge]} on axis ${tooLarge} is below spatialSize, ${size[tooLarge]}; exchange them`,
    )
  const total = maxHoles === null ? holes : rng.randint(holes, maxHoles + 1)
  return Array.from({ length: total }, () => {
    if (largest) size = size.map((n, axis) => rng.randint(n, largest[axis] + 1))
    const fitting = size.map((n, axis) => Math.min(n, shape[axis]))
    const start = fitting.map((n, axis) => (shape[axis] > n ? rng.randint(0, shape[axis] - n + 1) : 0))
    return { start, size: fitting }
  })
}

/** Indices of the voxels of a box, channel by channel. */
function placesIn(img: Image, { start, size }: Hole): Int32Array {
  const strides = stridesOf(img.shape).slice(1)
  const perChannel = voxelsPerChannel(img)
  const inside = size.reduce((a, b) => a * b, 1)
  const places = new Int32Array(img.shape[0] * inside)
  for (let i = 0; i < inside; i++) {
    let at = 0
    for (let axis = size.length - 1, rest = i; axis >= 0; axis--) {
      at += (start[axis] + (rest % size[axis])) * strides[axis]
      rest = Math.floor(rest / size[axis])
    }
    for (let c = 0; c < img.shape[0]; c++) places[c * inside + i] = c * perChannel + at
  }
  return places
}

function extent(img: Image): readonly [number, number] {
  const { min, max } = valueRange(floatsOf(img))
  return [min, max]
}

function misfit(where: string, got: number, wanted: number): ShapeError {
  return new ShapeError(where, `${got} values do not fit ${wanted} voxels; all keys must have the shape of the first`)
}
