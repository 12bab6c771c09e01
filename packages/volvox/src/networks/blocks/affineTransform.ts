import { ShapeError, shown } from '../../core/errors.ts'
import { bool, intOrInts } from '../../core/options.ts'
import { sizeOf, tensor } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { layer } from '../layer.ts'
import { perAxis } from '../named.ts'
import { network, optionError } from '../network.ts'
import { sampled, sampleMode, samplePadding } from './warp.ts'

/**
 * MONAI AffineTransform: images under affine maps from voxels of the result to voxels of the image. Inputs: images, and
 * matrices `[N, d, d + 1]`, `[N, d + 1, d + 1]` or one of these for all.
 */
export const AffineTransform = network({
  name: 'AffineTransform',
  inputs: () => [
    { name: 'src', about: 'the images' },
    { name: 'theta', about: 'the matrices' },
  ],
  options: {
    spatialSize: intOrInts.opt('Spatial sizes of the result; those of the image when null.', null),
    normalized: bool.opt('Whether matrices are for coordinates from -1 to 1 rather than for voxels.', false),
    mode: sampleMode.opt('How values between voxels are found.', 'bilinear'),
    paddingMode: samplePadding.opt('What lies outside of the image.', 'zeros'),
    alignCorners: bool.opt('Whether -1 and 1 are the centres of the corner voxels (else their outer corners).', true),
    reverseIndexing: bool.opt('Whether matrices have the axes in the order of the image, first axis first.', true),
    zeroCentered: bool.opt('Whether voxels are counted from the middle of the image; false when null.', null),
  },
  check({ normalized, zeroCentered }) {
    if (normalized && zeroCentered !== null)
      optionError('zeroCentered', `is ${zeroCentered}, which normalized coordinates do not have; leave it out`)
  },
  build: (o) =>
    layer({
      forward(_, [image, theta]) {
        const spatial = image.shape.slice(2)
        const axes = spatial.length
        if (axes !== 2 && axes !== 3)
          throw new ShapeError('AffineTransform', `the image has shape ${shown(image.shape)}; give 2 or 3 spatial axes`)
        const sizes = o.spatialSize === null ? spatial : perAxis(o.spatialSize, axes, 'spatialSize')
        const given = square(theta, image.shape[0], axes)
        const matrix = o.normalized ? given : normalised(given, spatial, sizes, o.zeroCentered ?? false)
        const lines = placesFor(sizes, o.alignCorners, o.reverseIndexing)
        const rows = m.narrow(matrix, 1, 0, axes)
        const ordered = o.reverseIndexing ? m.concat(m.split(rows, 1, sizes.map(() => 1)).reverse(), 1) : rows // prettier-ignore
        const moved = m.matmul(constant(lines), m.transpose(ordered, [0, 2, 1])) // [N, points, axes]
        const places = m.broadcastTo(moved, [image.shape[0], sizeOf(sizes), axes])
        const grid = m.reshape(places, [image.shape[0], ...sizes, axes])
        return sampled(image, grid, o.mode, o.paddingMode, o.alignCorners)
      },
    }),
})

/** One matrix `[axes + 1, axes + 1]` for each sample or for all. */
function square(theta: Value, samples: number, axes: number): Value {
  const [rows, columns] = theta.shape.slice(-2)
  const batch = theta.shape.length === 3 ? theta.shape[0] : 1
  const rank = theta.shape.length
  if ((rank !== 2 && rank !== 3) || columns !== axes + 1 || (rows !== axes && rows !== axes + 1))
    throw new ShapeError(
      'AffineTransform',
      `matrices have shape ${shown(theta.shape)}; give ${shown([axes, axes + 1])} or ${shown([axes + 1, axes + 1])}, one or [N, ...]`,
    )
  if (batch !== 1 && batch !== samples)
    throw new ShapeError('AffineTransform', `${batch} matrices do not fit ${samples} images; give one, or one for each`)
  const stacked = m.reshape(theta, [batch, rows, columns])
  if (rows === axes + 1) return stacked
  const below = Float32Array.from({ length: columns }, (_, i) => (i === axes ? 1 : 0))
  const last = m.broadcastTo(constant(tensor('float32', [1, 1, columns], below)), [batch, 1, columns])
  return m.concat([stacked, last], 1)
}

/** The matrix for coordinates from -1 to 1, which are the outer corners of the images. */
function normalised(matrix: Value, from: readonly number[], to: readonly number[], zeroCentered: boolean): Value {
  const scales = (sizes: readonly number[]) => sizes.map((n) => 2 / (zeroCentered ? n - 1 : n))
  const shifts = (sizes: readonly number[]) => sizes.map((n) => (zeroCentered ? 0 : 1 / n - 1))
  const [a, b] = [scales(from), shifts(from)]
  const [c, d] = [scales(to), shifts(to)]
  const into = diagonal(a, b)
  const outOf = diagonal(
    c.map((x) => 1 / x),
    d.map((x, i) => -x / c[i]),
  )
  return m.matmul(m.matmul(into, matrix), outOf)
}

function diagonal(scales: readonly number[], shifts: readonly number[]): Value {
  const n = scales.length + 1
  const data = new Float32Array(n * n)
  scales.forEach((scale, i) => {
    data[i * n + i] = scale
    data[i * n + n - 1] = shifts[i]
  })
  data[n * n - 1] = 1
  return constant(tensor('float32', [n, n], data))
}

/** For each voxel of the result its coordinates from -1 to 1, first or last axis first, and a 1. */
function placesFor(sizes: readonly number[], alignCorners: boolean, firstAxisFirst: boolean) {
  const axes = sizes.length
  const points = sizeOf(sizes)
  const data = new Float32Array(points * (axes + 1)).fill(1)
  sizes.forEach((n, axis) => {
    const step = sizeOf(sizes.slice(axis + 1))
    const column = firstAxisFirst ? axis : axes - 1 - axis
    const reach = alignCorners ? 1 : (n - 1) / n
    for (let point = 0; point < points; point++) {
      const i = Math.floor(point / step) % n
      data[point * (axes + 1) + column] = n === 1 ? 0 : ((2 * i) / (n - 1) - 1) * reach
    }
  })
  return tensor('float32', [points, axes + 1], data)
}
