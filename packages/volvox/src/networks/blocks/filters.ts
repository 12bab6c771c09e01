// Convolutions with given kernels (MONAI monai.networks.layers). Sizes stay, with 0 around the image unless said.
import { ShapeError, shown } from '../../core/errors.ts'
import { count, instance, int, oneOf, type Kind } from '../../core/options.ts'
import { sizeOf, tensor, type Tensor } from '../../core/tensor.ts'
import { savitzkyGolayKernel } from '../../kernels/index.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as g from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { pure } from '../layer.ts'
import { network, optionError } from '../network.ts'

const tensorOption: Kind<Tensor> = instance(
  'a tensor',
  (value) => typeof value === 'object' && value !== null && 'shape' in value && 'data' in value,
)

/** Each channel of each sample with its kernel: `[...k]`, `[C, ...k]` or `[N, C, ...k]` (MONAI apply_filter). */
export function applyFilter(x: Value, kernel: Tensor): Value {
  const [samples, channels, ...spatial] = x.shape
  const axes = spatial.length
  const before = kernel.shape.length - axes
  const window = kernel.shape.slice(before)
  const own = kernel.shape.slice(0, before)
  const wanted = [samples, channels].slice(2 - before)
  if (before < 0 || before > 2 || own.some((n, i) => n !== 1 && n !== wanted[i]))
    throw new ShapeError(
      'applyFilter',
      `a kernel of shape ${shown(kernel.shape)} does not fit the input ${shown(x.shape)}; give ${axes} sizes, after channels and samples if these differ`,
    )
  const kernels = constant(tensor('float32', kernel.shape, Float32Array.from(kernel.data as ArrayLike<number>, Number)))
  const all = m.broadcastTo(m.reshape(kernels, [...new Array(2 - before).fill(1), ...kernel.shape]), [samples, channels, ...window]) // prettier-ignore
  const ends = window.map((n) => Math.ceil((n - 1) / 2)) // an even kernel reaches further at the end
  const image = m.reshape(x, [1, samples * channels, ...spatial])
  const y = g.conv(image, m.reshape(all, [samples * channels, 1, ...window]), null, {
    pads: [...window.map((n) => Math.floor((n - 1) / 2)), ...ends],
    groups: samples * channels,
  })
  return m.reshape(y, x.shape)
}

/** How an image goes on beyond its border. */
type Surroundings = 'zeros' | 'reflect' | 'replicate' | 'circular'

/** A kernel of values `[k]` along one spatial axis, for each channel alike. */
export function alongAxis(x: Value, kernel: Value, axis: number, around: Surroundings = 'zeros'): Value {
  const [samples, channels, ...spatial] = x.shape
  const [length] = kernel.shape
  const reach = Math.floor((length - 1) / 2)
  const pads = x.shape.map((_, i) => (i === axis + 2 ? reach : 0))
  const padded = m.pad(x, [...pads, ...pads], around === 'zeros' ? 0 : around)
  const window = spatial.map((_, i) => (i === axis ? length : 1))
  const single = m.reshape(padded, [samples * channels, 1, ...padded.shape.slice(2)])
  const y = g.conv(single, m.reshape(kernel, [1, 1, ...window]))
  return m.reshape(y, [samples, channels, ...y.shape.slice(2)])
}

/** MONAI ApplyFilter: a kernel of any values. */
export const ApplyFilter = network({
  name: 'ApplyFilter',
  options: { filter: tensorOption.req('The kernel: `[...k]`, `[C, ...k]` or `[N, C, ...k]`.') },
  build: ({ filter }) => pure((x) => applyFilter(x, filter)),
})

const cube = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  size: count.req('Edge of the kernel.'),
}

/** MONAI MeanFilter: the sum under a cube. */
export const MeanFilter = network({
  name: 'MeanFilter',
  options: cube,
  build: ({ spatialDims, size }) => filtering(spatialDims, size, () => 1),
})

/** MONAI LaplaceFilter: outlines, by -1 everywhere but in the middle. */
export const LaplaceFilter = network({
  name: 'LaplaceFilter',
  options: cube,
  build: ({ spatialDims, size }) =>
    filtering(spatialDims, size, (place) => (isMiddle(place, size) ? size ** spatialDims - 1 : -1)),
})

/** MONAI EllipticalFilter: the sum under a ball. */
export const EllipticalFilter = network({
  name: 'EllipticalFilter',
  options: cube,
  build: ({ spatialDims, size }) => filtering(spatialDims, size, (place) => Number(isInBall(place, size))),
})

/** MONAI SharpenFilter: -1 in a ball, and its volume in the middle. */
export const SharpenFilter = network({
  name: 'SharpenFilter',
  options: cube,
  build({ spatialDims, size }) {
    const volume = cubeOf(spatialDims, size, (place) => Number(isInBall(place, size))).data.reduce((a, b) => a + b, 0)
    return filtering(spatialDims, size, (place) => (isMiddle(place, size) ? volume : -Number(isInBall(place, size))))
  },
})

/** MONAI SavitzkyGolayFilter: polynomials that fit the neighbours along one axis best, at their middle. */
export const SavitzkyGolayFilter = network({
  name: 'SavitzkyGolayFilter',
  options: {
    windowLength: count.where((n) => n % 2 === 1, 'an odd whole number').req('Neighbours that are fitted.'),
    order: int.where((n) => n >= 0, 'a whole number of 0 or more').req('Degree of the polynomials.'),
    axis: int.where((n) => n >= 2, 'a whole number of 2 or more').opt('The axis; 2 is the first spatial one.', 2),
    mode: oneOf('zeros', 'reflect', 'replicate', 'circular').opt('What lies around the image.', 'zeros'),
  },
  check({ order, windowLength }) {
    if (order >= windowLength) optionError('order', `${order} is not less than windowLength, ${windowLength}`)
  },
  build({ windowLength, order, axis, mode }) {
    const kernel = constant(
      tensor('float32', [windowLength], Float32Array.from(savitzkyGolayKernel(windowLength, order))),
    )
    return pure((x) => {
      if (axis >= x.shape.length)
        throw new ShapeError('axis', `${axis} does not exist in an input of shape ${shown(x.shape)}`)
      return alongAxis(x, kernel, axis - 2, mode)
    })
  },
})

function filtering(axes: number, size: number, valueAt: (place: readonly number[]) => number) {
  const kernel = cubeOf(axes, size, valueAt)
  return pure((x) => applyFilter(x, kernel))
}

function cubeOf(axes: number, size: number, valueAt: (place: readonly number[]) => number): Tensor<Float32Array> {
  const shape = new Array<number>(axes).fill(size)
  const placeOf = (i: number) => shape.map((_, axis) => Math.floor(i / size ** (axes - 1 - axis)) % size)
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => valueAt(placeOf(i))),
  )
}

function isMiddle(place: readonly number[], size: number): boolean {
  return place.every((i) => i === Math.floor(size / 2))
}

function isInBall(place: readonly number[], size: number): boolean {
  const radius = Math.floor(size / 2)
  return place.reduce((sum, i) => sum + (i - radius) ** 2, 0) <= radius ** 2
}
