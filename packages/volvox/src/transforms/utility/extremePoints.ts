import { toFloats } from '../../core/convert.ts'
import { DataError, ShapeError, shown } from '../../core/errors.ts'
import { isImage, spatialShape, withVoxels, type Image } from '../../core/image.ts'
import { instance, number, numberOrNumbers } from '../../core/options.ts'
import { sizeOf, stridesOf } from '../../core/tensor.ts'
import { gaussianFilter } from '../../kernels/index.ts'
import { settle, voxels, type Inputs } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random, type RandomSource } from '../random.ts'
import { cast } from '../shared.ts'
import { forAxes } from '../spatial/options.ts'
import { joined } from './items.ts'

const look = {
  sigma: numberOrNumbers
    .where((sigma) => [sigma].flat().every((s) => s > 0), 'a number above 0, or one for each axis')
    .opt('Standard deviation of the points, in voxels.', 3),
  rescaleMin: number.opt('Least value of the channel.', -1),
  rescaleMax: number.opt('Largest value of the channel.', 1),
}
const placesKind = instance<readonly (readonly number[])[]>('a list of voxel places', Array.isArray)

/** One channel more, with a Gaussian about each point. */
const pointsChannel = voxels({
  name: 'AddExtremePointsChannel',
  options: { points: placesKind.req('Voxel places.'), ...look },
  apply(img, { points, sigma, rescaleMin, rescaleMax }) {
    const shape = spatialShape(img)
    const steps = stridesOf(shape)
    const spots = new Float32Array(sizeOf(shape))
    for (const point of points) spots[point.reduce((at, x, axis) => at + x * steps[axis], 0)] = 1
    const smooth = gaussianFilter(spots, [1, ...shape], forAxes('AddExtremePointsChannel.sigma', sigma, shape.length))
    const [low, high] = smooth.reduce(([l, h], x) => [Math.min(l, x), Math.max(h, x)], [Infinity, -Infinity])
    const span = Math.fround(high - low)
    const data = smooth.map((x) => Math.fround((x - low) / span) * (rescaleMax - rescaleMin) + rescaleMin)
    const channel = cast(withVoxels(img, { dtype: 'float32', shape: [1, ...shape], data }), img.dtype)
    return joined('AddExtremePointsChannel', [img, channel], 0)
  },
})

/**
 * A channel that marks the outermost voxels of a label along each axis, blurred (MONAI `AddExtremePointsChannel`; Roth et
 * al., Going to Extremes, 2020). The call takes `{ label }`; which of several outermost voxels is marked is drawn.
 */
export const AddExtremePointsChannel = random(pointsChannel, {
  name: 'AddExtremePointsChannel',
  options: {
    background: number.opt('Value of the label that is no foreground.', 0),
    pert: number.opt('How far points are moved at most, in half voxels.', 0),
    ...look,
  },
  inputs: { label: 'required' },
  readsVoxels: true,
  draw(source, { background, pert, ...options }, { grid, inputs }) {
    const { label } = inputs
    if (!isImage(label))
      throw new DataError('AddExtremePointsChannel.label', `is ${shown(label)}; give an image of classes`)
    if (label.shape.join() !== [1, ...grid.shape].join())
      throw new ShapeError(
        'AddExtremePointsChannel.label',
        `has the shape [${label.shape.join(', ')}]; give one channel of [${grid.shape.join(', ')}]`,
      )
    return { points: extremePoints(settle(label), source, background, pert), ...options, ...given(inputs) }
  },
})

/** MONAI takes these with the call, too. */
function given({ sigma, rescaleMin, rescaleMax }: Inputs) {
  return {
    ...(sigma !== undefined && { sigma: look.sigma.kind.parse(sigma, 'AddExtremePointsChannel.sigma') }),
    ...(rescaleMin !== undefined && { rescaleMin: number.parse(rescaleMin, 'AddExtremePointsChannel.rescaleMin') }),
    ...(rescaleMax !== undefined && { rescaleMax: number.parse(rescaleMax, 'AddExtremePointsChannel.rescaleMax') }),
  }
}

/** One voxel of the least and one of the greatest place along each axis, in MONAI's order of draws. */
function extremePoints(label: Image, source: RandomSource, background: number, pert: number): number[][] {
  const shape = spatialShape(label)
  const steps = stridesOf(shape)
  const values = toFloats(label.dtype, label.data)
  const place = (i: number, axis: number) => Math.floor(i / steps[axis]) % shape[axis]
  const foreground: number[] = []
  for (let i = 0; i < values.length; i++) if (values[i] !== background) foreground.push(i)
  if (foreground.length === 0)
    throw new DataError('AddExtremePointsChannel.label', `holds nothing but ${background}; give one with foreground`)
  return shape.flatMap((_, axis) => {
    const places = foreground.map((i) => place(i, axis))
    const [first, last] = places.reduce(([l, h], x) => [Math.min(l, x), Math.max(h, x)], [Infinity, -Infinity])
    return [first, last].map((extreme) => {
      const candidates = foreground.filter((_, k) => places[k] === extreme)
      const chosen = candidates[source.randint(candidates.length)]
      return shape.map((n, j) => {
        const moved = Math.trunc(place(chosen, j) + 2 * pert * source.rand())
        return Math.min(Math.max(moved, 0), n - 1)
      })
    })
  })
}

export const AddExtremePointsChanneld = dictionary(AddExtremePointsChannel)
