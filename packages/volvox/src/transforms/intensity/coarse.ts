import { copied } from '../../core/dtype.ts'
import { OptionError, ShapeError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, count, instance, intOrInts, type Values } from '../../core/options.ts'
import { sizeOf, stridesOf } from '../../core/tensor.ts'
import { castVoxels, extent as valueRange, uniformFloats } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random, type RandomSource } from '../random.ts'
import { chance, floatsOf, rangeKind } from '../shared.ts'
import { sizesOr } from '../spatial/options.ts'

/** A box of voxels, in all channels. */
interface Hole {
  readonly start: readonly number[]
  readonly size: readonly number[]
}

const holesKind = instance<readonly Hole[]>('a list of boxes', Array.isArray)
const valuesKind = instance<number | Float32Array | Float64Array>(
  'a number or a value for each voxel to be filled',
  (value) => typeof value === 'number' || value instanceof Float32Array || value instanceof Float64Array,
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
    const total = holes.reduce((sum, { size }) => sum + sizeOf([img.shape[0], ...size]), 0)
    const expected = dropoutHoles ? total : img.data.length
    if (typeof values !== 'number' && values.length !== expected) throw misfit('FillHoles', values.length, expected)
    const given = typeof values === 'number' ? Float64Array.of(values) : values
    const source = castVoxels(given, given instanceof Float32Array ? 'float32' : 'float64', img.dtype)
    const fill = typeof values === 'number' ? source[0] : null
    const data = !dropoutHoles && fill === null ? source.slice() : copied(img.dtype, img.data)
    if (!dropoutHoles && fill !== null) data.fill(fill as never)
    let next = 0
    for (const hole of holes)
      eachRow(img, hole, (at, length) => {
        if (!dropoutHoles) data.set(img.data.subarray(at, at + length) as never, at)
        else if (fill !== null) data.fill(fill as never, at, at + length)
        else data.set(source.subarray(next, (next += length)) as never, at)
      })
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
    const data = copied(img.dtype, img.data)
    const channels = img.shape[0]
    holes.forEach((hole, h) => {
      const before = data.slice(0, sizeOf([channels, ...hole.size]))
      const after = before.slice()
      const size = before.length / channels
      let next = 0
      eachRow(img, hole, (at, length) => {
        before.set(data.subarray(at, at + length) as never, next)
        next += length
      })
      for (let c = 0; c < channels; c++) {
        const order = orders[h * channels + c]
        if (order?.length !== size) throw misfit('ShuffleHoles', order?.length ?? 0, size)
        for (let to = 0; to < size; to++) after[c * size + to] = before[c * size + order[to]]
      }
      next = 0
      eachRow(img, hole, (at, length) => data.set(after.subarray(next, (next += length)) as never, at))
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

/** Fill random boxes, or what is outside of them (MONAI `RandCoarseDropout`). */
export const RandCoarseDropout = random(FillHoles, {
  name: 'RandCoarseDropout',
  gated: true,
  options: {
    ...holeOptions,
    dropoutHoles: bool.opt('Fill the boxes; else what is outside of them.', true),
    fillValue: rangeKind.opt('A value, or a range of random ones; the range of the image when null.', null),
  },
  draw(rng, options, { grid: { shape } }) {
    const holes = drawnHoles('RandCoarseDropout', rng, options, shape)
    return holes && { holes, dropoutHoles: options.dropoutHoles }
  },
  drawEach(rng, drawn, { fillValue }, { image }) {
    if (typeof fillValue === 'number') return { ...drawn, values: fillValue }
    const [low, high] = fillValue ?? extent(image)
    const sizes = drawn.holes.map(({ size }) => sizeOf([image.shape[0], ...size]))
    const total = drawn.dropoutHoles === false ? image.data.length : sizes.reduce((a, b) => a + b, 0)
    const draw = image.dtype === 'float32' ? uniformFloats : uniformDoubles
    return { ...drawn, values: draw(rng, low, high, total) }
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
        const order = new Array<number>(sizeOf(size))
        for (let i = 0; i < order.length; i++) order[i] = i
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

/** Visits the rows of a box, channel by channel. */
function eachRow(img: Image, { start, size }: Hole, visit: (at: number, length: number) => void): void {
  const strides = stridesOf(img.shape)
  const walk = (axis: number, at: number): void => {
    if (axis === size.length) return visit(at, size[axis - 1])
    const stride = strides[axis]
    for (let i = 0; i < size[axis - 1]; i++) walk(axis + 1, at + i * stride)
  }
  const first = start.reduce((sum, index, axis) => sum + index * strides[axis + 1], 0)
  for (let c = 0; c < img.shape[0]; c++) walk(1, c * strides[0] + first)
}

function extent(img: Image): readonly [number, number] {
  const { min, max } = valueRange(floatsOf(img))
  return [min, max]
}

const uniformDoubles = (rng: RandomSource, low: number, high: number, total: number) => rng.uniform(low, high, total)

function misfit(where: string, got: number, wanted: number): ShapeError {
  return new ShapeError(where, `${got} values do not fit ${wanted} voxels; all keys must have the shape of the first`)
}
