import { asFloats } from '../core/convert.ts'
import { ShapeError, shown } from '../core/errors.ts'
import { numbers } from '../core/options.ts'
import { floats, sameShape, sizeOf, type FloatTensor, type Tensor } from '../core/tensor.ts'
import {
  applyBands,
  bandsFrom,
  similarityConstants,
  similarityOptions,
  similarityWindow,
  type Similarity,
} from '../kernels/index.ts'
import { metric } from './metric.ts'

/** Structural similarity of each item of a batch, `[batch, 1]` (Wang et al. 2004; MONAI SSIMMetric). */
export const SSIMMetric = metric({
  name: 'SSIMMetric',
  options: similarityOptions,
  score(yPred, y, { winSize, ...o }) {
    const window = windowFor('SSIMMetric', 'winSize', winSize, yPred, y, o)
    const { ssim } = computeSsimAndCs(asFloats(yPred), asFloats(y), window, o)
    return floats([yPred.shape[0], 1], itemMeans(ssim))
  },
})

const { winSize, ...shared } = similarityOptions

/** Structural similarity at several scales of each item of a batch (Wang et al. 2003; MONAI MultiScaleSSIMMetric). */
export const MultiScaleSSIMMetric = metric({
  name: 'MultiScaleSSIMMetric',
  options: {
    ...shared,
    kernelSize: winSize,
    weights: numbers.opt(
      'The power of each scale, finest first; each is half the one before.',
      [0.0448, 0.2856, 0.3001, 0.2363, 0.1333],
    ),
  },
  score(yPred, y, { kernelSize, weights, ...o }) {
    const window = windowFor('MultiScaleSSIMMetric', 'kernelSize', kernelSize, yPred, y, o)
    const share = Math.max(1, weights.length - 1) ** 2
    window.forEach(({ length }, axis) => {
      const n = yPred.shape[axis + 2]
      if (Math.floor(n / share) <= length - 1)
        throw new ShapeError(
          'MultiScaleSSIMMetric',
          `spatial axis ${axis} has ${n} voxels; ${weights.length} weights and a kernel of ${length} need more than ${(length - 1) * share}`,
        )
    })
    let [p, t] = [asFloats(yPred), asFloats(y)]
    const product = new Float64Array(p.shape[0]).fill(1)
    weights.forEach((weight, scale) => {
      const { ssim, cs } = computeSsimAndCs(p, t, window, o)
      const means = itemMeans(scale === weights.length - 1 ? ssim : cs)
      means.forEach((mean, item) => (product[item] *= Math.max(0, mean) ** weight))
      ;[p, t] = [halved(p), halved(t)]
    })
    return floats([product.length, 1], product)
  },
})

/** Structural similarity and its contrast part at every place of the window that lies in the image, `[batch, channel, ...]`. */
export function computeSsimAndCs(
  yPred: FloatTensor,
  y: FloatTensor,
  window: readonly (readonly number[])[],
  options: Similarity,
): { readonly ssim: FloatTensor; readonly cs: FloatTensor } {
  const [c1, c2] = similarityConstants(options)
  const [p, t] = [yPred.data, y.data]
  const mean = (values: Float32Array) => filtered({ ...yPred, data: values }, window)
  const product = (a: Float32Array, b: Float32Array) => mean(a.map((x, i) => x * b[i])).data
  const { shape, data: meanP } = mean(p)
  const { data: meanT } = mean(t)
  const [pp, tt, pt] = [product(p, p), product(t, t), product(p, t)]
  const [ssim, cs] = [new Float32Array(meanP.length), new Float32Array(meanP.length)]
  for (let i = 0; i < ssim.length; i++) {
    const [a, b] = [meanP[i], meanT[i]]
    const covariance = pt[i] - a * b
    const variances = pp[i] - a * a + (tt[i] - b * b)
    cs[i] = (2 * covariance + c2) / (variances + c2)
    ssim[i] = ((2 * a * b + c1) / (a * a + b * b + c1)) * cs[i]
  }
  return { ssim: floats(shape, ssim), cs: floats(shape, cs) }
}

/** Every channel under the window, wherever that lies in the image as a whole. */
function filtered({ shape, data }: FloatTensor, window: readonly (readonly number[])[]): FloatTensor {
  return window.reduce<FloatTensor>(
    (from, kernel, i) => {
      const axis = i + 2
      const size = from.shape[axis] - kernel.length + 1
      const bands = bandsFrom(from.shape[axis], size, (o) => kernel.map((weight, k) => [o + k, weight] as const))
      return floats(from.shape.with(axis, size), applyBands(from.data, from.shape, axis, bands))
    },
    floats(shape, data),
  )
}

/** Means of blocks of two voxels along each axis; an odd one at the end is dropped. */
function halved({ shape, data }: FloatTensor): FloatTensor {
  return shape.slice(2).reduce<FloatTensor>(
    (from, n, i) => {
      const size = Math.floor(n / 2)
      const bands = bandsFrom(n, size, (o) => [
        [2 * o, 0.5],
        [2 * o + 1, 0.5],
      ])
      return floats(from.shape.with(i + 2, size), applyBands(from.data, from.shape, i + 2, bands))
    },
    floats(shape, data),
  )
}

function windowFor(
  where: string,
  option: string,
  size: number | readonly number[],
  yPred: Tensor,
  y: Tensor,
  o: Similarity,
): number[][] {
  if (!sameShape(yPred.shape, y.shape) || yPred.shape.length !== o.spatialDims + 2)
    throw new ShapeError(
      where,
      `prediction ${shown(yPred.shape)} and truth ${shown(y.shape)} must agree and be [batch, channel, ...] with ${o.spatialDims} spatial axes`,
    )
  const window = similarityWindow(where, option, size, o)
  if (window.some(({ length }, axis) => length > yPred.shape[axis + 2]))
    throw new ShapeError(
      where,
      `images ${shown(yPred.shape)} are smaller than the window of ${window.map(({ length }) => length).join(' x ')}; lower ${option}`,
    )
  return window
}

function itemMeans({ shape, data }: FloatTensor): number[] {
  const size = sizeOf(shape.slice(1))
  return Array.from(
    { length: shape[0] },
    (_, item) => data.subarray(item * size, (item + 1) * size).reduce((sum, x) => sum + x, 0) / size,
  )
}
