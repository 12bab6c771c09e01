import { toFloats } from '../../core/convert.ts'
import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { isImage, spatialShape, withVoxels, type Image } from '../../core/image.ts'
import { Kind, instance, int, number, numberOrNumbers, oneOf, type Values } from '../../core/options.ts'
import { sizeOf, type Tensor } from '../../core/tensor.ts'
import { correlateBlock, filterAlong, gaussianFilter, medianFilter, savitzkyGolayKernel } from '../../kernels/index.ts'
import type { Stencil } from '../../kernels/filters.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { SobelGradients, sobelOptions } from '../post/sobelGradients.ts'
import { random } from '../random.ts'
import { cast, chance, floatCopy, torchPaddings, voxelsPerChannel } from '../shared.ts'
import { forAxes } from '../spatial/options.ts'

const names = ['mean', 'laplace', 'elliptical', 'sobel', 'sharpen', 'median', 'gauss', 'savitzky_golay'] as const
type Name = (typeof names)[number]
type Nested = readonly (number | Nested)[]
/** A name, a kernel as a tensor or nested lists, or a function of the image (a transform is one). */
type Filter = Name | Tensor | Nested | ((img: Image) => Image)

const filterKind: Kind<Filter> = instance(
  `one of ${names.map((name) => `"${name}"`).join(', ')}, a kernel of 1 to 3 axes, or a transform`,
  (value) =>
    (names as readonly unknown[]).includes(value) ||
    typeof value === 'function' ||
    Array.isArray(value) ||
    (typeof value === 'object' && value !== null && 'data' in value && 'shape' in value),
)
const sizeKind = int.where((n) => n >= 1 && n % 2 === 1, 'an odd whole number')

const filterDoc = 'Name of a filter, a kernel of odd sizes, or a transform.'
const sizeDoc = 'Voxels along each axis, for a filter by name.'
const details = {
  sigma: numberOrNumbers.opt('For "gauss": standard deviation in voxels, or one for each axis.', null),
  truncated: number.opt('For "gauss": where it is cut off, in deviations.', 4),
  order: int.opt('For "savitzky_golay": degree of the polynomials.', null),
  axis: int.opt('For "savitzky_golay": axis, of which the first spatial one is 2.', 2),
  mode: oneOf('zeros', 'reflect', 'replicate', 'circular').opt('For "savitzky_golay": what lies outside.', 'zeros'),
  spatialAxes: sobelOptions.spatialAxes,
  normalizeKernels: sobelOptions.normalizeKernels,
  normalizeGradients: sobelOptions.normalizeGradients,
  paddingMode: sobelOptions.paddingMode,
  dtype: sobelOptions.dtype,
}
const plainOptions = { filter: filterKind.req(filterDoc), filterSize: sizeKind.opt(sizeDoc, null), ...details }
/** MONAI's dictionary forms call them otherwise. */
const keyedOptions = { kernel: filterKind.req(filterDoc), kernelSize: sizeKind.opt(sizeDoc, null), ...details }
type Details = Values<typeof details>

function filtered(img: Image, filter: Filter, size: number | null, options: Details): Image {
  if (typeof filter === 'function') {
    const result: unknown = filter(img)
    if (isImage(result)) return result
    throw new OptionError('ImageFilter.filter', `gave ${shown(result)} instead of an image; return one`)
  }
  if (typeof filter !== 'string') return withStencil(img, stencilOf(filter))
  if (size === null) throw new OptionError('ImageFilter.filterSize', `is null; "${filter}" needs an odd size`)
  return named[filter](img, size, options)
}

const named: Readonly<Record<Name, (img: Image, size: number, options: Details) => Image>> = {
  mean: (img, size) =>
    withStencil(
      img,
      cube(img, size, () => 1),
    ),
  laplace: (img, size) =>
    withStencil(
      img,
      cube(img, size, (d, n) => (d === 0 ? n - 1 : -1)),
    ),
  elliptical: (img, size) => withStencil(img, ball(img, size)),
  sharpen(img, size) {
    const { shape, weights } = ball(img, size)
    const inside = weights.reduce((a, b) => a + b, 0)
    return withStencil(img, { shape, weights: weights.map((w, i) => (i === (weights.length - 1) / 2 ? inside : -w)) })
  },
  median(img, size) {
    const radii = spatialShape(img).map(() => (size - 1) / 2)
    return asBefore(img, medianFilter(floatCopy(img), img.shape, radii))
  },
  gauss(img, _size, { sigma, truncated }) {
    if (sigma === null) throw new OptionError('ImageFilter.sigma', 'is null; "gauss" needs a standard deviation')
    const sigmas = forAxes('ImageFilter.sigma', sigma, img.shape.length - 1)
    return asBefore(img, gaussianFilter(floatCopy(img), img.shape, sigmas, truncated))
  },
  sobel(img, kernelSize, { spatialAxes, normalizeKernels, normalizeGradients, paddingMode, dtype }) {
    const options = { kernelSize, spatialAxes, normalizeKernels, normalizeGradients, paddingMode, dtype }
    return SobelGradients(options)(img)
  },
  savitzky_golay(img, length, { order, axis, mode }) {
    if (order === null || order < 0 || order >= length)
      throw new OptionError(
        'ImageFilter.order',
        `is ${order}; "savitzky_golay" of size ${length} takes 0 to ${length - 1}`,
      )
    if (axis < 2 || axis > img.shape.length)
      throw new OptionError('ImageFilter.axis', `${axis} is no spatial axis; use 2 to ${img.shape.length}`)
    const kernel = savitzkyGolayKernel(length, order)
    const data = filterAlong(floatCopy(img), img.shape, axis - 1, kernel, torchPaddings[mode])
    return withVoxels(img, { dtype: img.dtype === 'float64' ? 'float64' : 'float32', data })
  },
}

function asBefore(img: Image, data: Float32Array): Image {
  return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
}

function eachChannelOf(img: Image, change: (values: Float32Array) => Float32Array): Image {
  const size = voxelsPerChannel(img)
  const data = floatCopy(img)
  for (let start = 0; start < data.length; start += size) data.set(change(data.subarray(start, start + size)), start)
  return asBefore(img, data)
}

function withStencil(img: Image, stencil: Stencil): Image {
  const shape = spatialShape(img)
  if (stencil.shape.length !== shape.length || stencil.shape.some((n) => n % 2 === 0))
    throw new ShapeError(
      'ImageFilter.filter',
      `has the shape [${stencil.shape.join(', ')}]; an image with ${shape.length} spatial axes takes ${shape.length} odd sizes`,
    )
  return eachChannelOf(img, (values) => correlateBlock(values, shape, stencil))
}

/** Weights by the squared distance from the middle of a cube of `n` voxels. */
function cube(img: Image, size: number, weightAt: (squared: number, n: number) => number) {
  const shape = spatialShape(img).map(() => size)
  const n = sizeOf(shape)
  const weights = Float64Array.from({ length: n }, (_, i) => {
    let rest = i
    const squared = shape.reduce((sum) => {
      const step = (rest % size) - (size - 1) / 2
      rest = Math.floor(rest / size)
      return sum + step * step
    }, 0)
    return weightAt(squared, n)
  })
  return sound({ shape, weights })
}

function sound<S extends Stencil>(stencil: S): S {
  const wrong = Array.from(stencil.weights).find((w) => !Number.isFinite(w))
  if (wrong === undefined) return stencil
  throw new OptionError('ImageFilter.filter', `holds ${wrong}; give finite numbers`)
}

function ball(img: Image, size: number) {
  const radius = (size - 1) / 2
  return cube(img, size, (squared) => (squared <= radius * radius ? 1 : 0))
}

function stencilOf(filter: Tensor | Nested): Stencil {
  if ('data' in filter) return sound({ shape: filter.shape, weights: toFloats(filter.dtype, filter.data) })
  const shape: number[] = []
  for (let inside: unknown = filter; Array.isArray(inside); inside = inside[0]) shape.push(inside.length)
  const weights = filter.flat(3) as readonly number[]
  if (weights.length !== sizeOf(shape) || weights.some((w) => typeof w !== 'number'))
    throw new OptionError(
      'ImageFilter.filter',
      `holds ${weights.length} values; [${shape.join(', ')}] takes that many numbers`,
    )
  return { shape, weights }
}

/** Filter each channel, by name, by a kernel (zeros outside) or by a transform (MONAI `ImageFilter`). */
export const ImageFilter = voxels({
  name: 'ImageFilter',
  options: plainOptions,
  apply: (img, { filter, filterSize, ...options }) => filtered(img, filter, filterSize, options),
})

const keyed = voxels({
  name: 'ImageFilter',
  options: keyedOptions,
  apply: (img, { kernel, kernelSize, ...options }) => filtered(img, kernel, kernelSize, options),
})

/** `ImageFilter`, sometimes (MONAI `RandImageFilter`). */
export const RandImageFilter = random(ImageFilter, {
  options: { ...plainOptions, prob: chance() },
  draw: (source, { prob, ...options }) => (source.rand() < prob ? options : null),
})

const randomKeyed = random(keyed, {
  options: { ...keyedOptions, prob: chance() },
  draw: (source, { prob, ...options }) => (source.rand() < prob ? options : null),
})

export const ImageFilterd = dictionary(keyed)
export const RandImageFilterd = dictionary(randomKeyed)
