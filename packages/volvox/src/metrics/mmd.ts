import { ShapeError, shown } from '../core/errors.ts'
import { instance } from '../core/options.ts'
import { floats, sameShape, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { batchMetric } from './batchMetric.ts'

/**
 * The maximum mean discrepancy of two sets of images, with a linear kernel: about 0 when they are of one distribution
 * (Gretton et al. 2012; MONAI MMDMetric). The order of the two does not matter.
 */
export const MMDMetric = batchMetric({
  name: 'MMDMetric',
  options: {
    yMapping: instance<(images: Tensor) => Tensor>('a function of tensors', (given) => typeof given === 'function').opt(
      'Applied to both sets first, e.g. to get features.',
      null,
    ),
  },
  value: (yPred, y, { yMapping }) => {
    if (!y) throw new ShapeError('MMDMetric', 'there is one set of images; give two')
    return computeMmd(y, yPred, yMapping)
  },
})

/** MONAI `compute_mmd`. */
export function computeMmd(
  y: Tensor,
  yPred: Tensor,
  yMapping: ((images: Tensor) => Tensor) | null = null,
): FloatTensor {
  for (const { shape } of [y, yPred])
    if (shape[0] < 2) throw new ShapeError('MMDMetric', `a set has shape ${shown(shape)}; give at least 2 images`)
  const [a, b] = [y, yPred].map(yMapping ?? ((images) => images))
  if (!sameShape(a.shape, b.shape))
    throw new ShapeError('MMDMetric', `the sets have shapes ${shown(a.shape)} and ${shown(b.shape)}; they must agree`)
  const [n] = a.shape
  // Σ over pairs of different images of x·x' is |Σx|² - Σ|x|², so that sums of images are enough.
  const [p, q] = [sumsOf(a), sumsOf(b)]
  const between = p.total.reduce((sum, x, i) => sum + x * q.total[i], 0)
  const within = (s: Sums) => (s.total.reduce((sum, x) => sum + x * x, 0) - s.squares) / (n * (n - 1))
  return floats([], [within(p) + within(q) - (2 * between) / (n * n)])
}

interface Sums {
  readonly total: Float64Array
  readonly squares: number
}

function sumsOf({ shape, data }: Tensor): Sums {
  const size = data.length / shape[0]
  const total = new Float64Array(size)
  let squares = 0
  for (let i = 0; i < data.length; i++) {
    const x = Number(data[i])
    total[i % size] += x
    squares += x * x
  }
  return { total, squares }
}
