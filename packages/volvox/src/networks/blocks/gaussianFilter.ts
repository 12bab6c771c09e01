import { bool, count, numberOrNumbers, oneOf, positive } from '../../core/options.ts'
import { tensor } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { layer, type Weight } from '../layer.ts'
import { network, optionError } from '../network.ts'
import { alongAxis } from './filters.ts'

/** MONAI GaussianFilter: smoothing along each axis; the widths are weights, which may be learnt. */
export const GaussianFilter = network({
  name: 'GaussianFilter',
  options: {
    spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
    sigma: numberOrNumbers.req('Standard deviation in voxels, one or one per axis.'),
    truncated: positive.opt('At how many deviations the kernel ends.', 4),
    approx: oneOf('erf', 'sampled', 'scalespace').opt(
      'Integrals over voxels, values at their middles, or what diffusion on a lattice gives.',
      'erf',
    ),
    requiresGrad: bool.opt('Whether the widths are learnt, up to 1.5 times those that they begin with.', false),
  },
  check({ spatialDims, sigma }) {
    if (typeof sigma !== 'number' && sigma.length !== spatialDims)
      optionError('sigma', `has ${sigma.length} values; give one, or one for each of the ${spatialDims} axes`)
  },
  build({ spatialDims, sigma, truncated, approx, requiresGrad }) {
    const sigmas = typeof sigma === 'number' ? new Array<number>(spatialDims).fill(sigma) : sigma
    const weights = Object.fromEntries(
      sigmas.map((value, i): [string, Weight] => [
        `kernel_sigma_${i}`,
        { shape: [], init: { kind: 'constant', value }, role: requiresGrad ? 'scale' : 'fixed' },
      ]),
    )
    return layer({
      weights,
      // Last axis first would be MONAI's order; each axis is smoothed by itself, so any order will do.
      forward: (own, [x]) =>
        sigmas.reduce((y, value, axis) => {
          const sigma = own[`kernel_sigma_${axis}`]
          const tail = Math.floor(Math.max((requiresGrad ? room : 1) * value * truncated, 0.5) + 0.5)
          const kernel = kernels[approx](sigma, tail)
          return alongAxis(y, requiresGrad ? cut(kernel, sigma, truncated) : kernel, axis)
        }, x),
    })
  },
})

/** How many times the width that it begins with a learnt one may become: kernels of a graph have fixed lengths. */
const room = 1.5

/** A kernel without what lies beyond `truncated` widths. */
function cut(kernel: Value, sigma: Value, truncated: number): Value {
  const tail = m.floor(m.add(m.max(m.mul(sigma, truncated), 0.5), 0.5))
  const distances = m.abs(constant(places((kernel.shape[0] - 1) / 2)))
  return m.mul(kernel, m.lessEqual(distances, tail))
}

const kernels: Readonly<Record<'erf' | 'sampled' | 'scalespace', (sigma: Value, tail: number) => Value>> = {
  erf(sigma, tail) {
    const x = constant(places(tail))
    const t = m.div(Math.SQRT1_2, m.abs(sigma))
    const upTo = (shift: number) => m.erf(m.mul(t, m.add(x, shift)))
    return m.relu(m.mul(0.5, m.sub(upTo(0.5), upTo(-0.5))))
  },
  sampled(sigma, tail) {
    const x = constant(places(tail))
    const exponent = m.mul(m.div(-0.5, m.square(sigma)), m.square(x))
    return m.div(m.exp(exponent), m.mul(Math.sqrt(2 * Math.PI), sigma))
  },
  scalespace(sigma, tail) {
    return diffused(m.square(sigma), tail)
  },
}

/** e^{-t} I_n(t), the mean of e^{t (cos φ - 1)} cos nφ over a circle, by as many angles as make the sum exact to rounding. */
function diffused(t: Value, tail: number): Value {
  const angles = 64 + 4 * tail
  const cosines = (order: number) =>
    Float32Array.from({ length: angles }, (_, k) => Math.cos((2 * Math.PI * k * order) / angles))
  const first = cosines(1).map((c) => c - 1)
  const heights = m.exp(m.mul(t, constant(tensor('float32', [angles], first))))
  const table = Float32Array.from({ length: (2 * tail + 1) * angles }, (_, i) => {
    const order = Math.floor(i / angles) - tail
    return Math.cos((2 * Math.PI * (i % angles) * order) / angles) / angles
  })
  const sums = m.matmul(constant(tensor('float32', [2 * tail + 1, angles], table)), m.reshape(heights, [angles, 1]))
  return m.reshape(sums, [2 * tail + 1])
}

function places(tail: number) {
  return tensor(
    'float32',
    [2 * tail + 1],
    Float32Array.from({ length: 2 * tail + 1 }, (_, i) => i - tail),
  )
}
