import { OptionError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { Kind, nonNegative, number, oneOf, type Values } from '../../core/options.ts'
import { gaussianApproximations, gaussianFilter } from '../../kernels/index.ts'
import { z } from 'zod'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { resultArray } from '../handover.ts'
import { random, type RandomSource } from '../random.ts'
import { chance, floatsOf } from '../shared.ts'

const deviations = new Kind('a number of 0 or more, or a list of them', () =>
  z.union([z.number().min(0), z.array(z.number().min(0)).readonly()]),
)
const approx = oneOf(...gaussianApproximations).opt(
  'Integrals over voxels, values at their middles, or what diffusion on a lattice gives.',
  'erf',
)

/** Smooth with a Gaussian; gives float32 (MONAI `GaussianSmooth`). */
export const GaussianSmooth = voxels({
  name: 'GaussianSmooth',
  handsOver: true,
  options: { sigma: deviations.opt('Standard deviation in voxels, one or one for each axis.', 1), approx },
  apply: (img, { sigma, approx }) => {
    const data = smoothed(img, floatsOf(img), sigma, approx, 'GaussianSmooth.sigma', resultArray(img))
    return withVoxels(img, { dtype: 'float32', data })
  },
})

/** Sharpen by what a second smoothing takes away from the first; gives float32 (MONAI `GaussianSharpen`). */
export const GaussianSharpen = voxels({
  name: 'GaussianSharpen',
  options: {
    sigma1: deviations.opt('Standard deviation of the first smoothing in voxels, one or one for each axis.', 3),
    sigma2: deviations.opt('Standard deviation of the second smoothing.', 1),
    alpha: number.opt('How many times the difference is added.', 30),
    approx,
  },
  apply(img, { sigma1, sigma2, alpha, approx }) {
    const blurred = smoothed(img, floatsOf(img), sigma1, approx, 'GaussianSharpen.sigma1')
    const twice = smoothed(img, blurred, sigma2, approx, 'GaussianSharpen.sigma2')
    const data = new Float32Array(blurred.length)
    for (let i = 0; i < data.length; i++) data[i] = blurred[i] + alpha * (blurred[i] - twice[i])
    return withVoxels(img, { dtype: 'float32', data })
  },
})

const interval = new Kind<readonly [number, number]>('two numbers of 0 or more, low and high', () =>
  z.tuple([z.number().min(0), z.number().min(0)]).readonly(),
)
const usual = [0.25, 1.5] as const
const first = [0.5, 1] as const
const second = new Kind<number | readonly [number, number]>('a number of 0 or more or a pair of them', () =>
  z.union([nonNegative.type, interval.type]),
)

/** GaussianSmooth with random standard deviations (MONAI `RandGaussianSmooth`). */
export const RandGaussianSmooth = random(GaussianSmooth, {
  gated: true,
  options: {
    sigmaX: interval.opt('Range of the standard deviation along the first axis, in voxels.', usual),
    sigmaY: interval.opt('Range along the second axis.', usual),
    sigmaZ: interval.opt('Range along the third axis.', usual),
    prob: chance(),
    approx,
  },
  draw(rng, { sigmaX, sigmaY, sigmaZ, prob, approx }, { grid }) {
    if (rng.rand() >= prob) return null
    const sigmas = [sigmaX, sigmaY, sigmaZ].map((range) => rng.uniform(...range))
    return { sigma: sigmas.slice(0, grid.shape.length), approx }
  },
})

const sharpenOptions = {
  sigma1X: interval.opt('Range of the first deviation along the first axis, in voxels.', first, { alias: 'sigma1_x' }),
  sigma1Y: interval.opt('Range along the second axis.', first, { alias: 'sigma1_y' }),
  sigma1Z: interval.opt('Range along the third axis.', first, { alias: 'sigma1_z' }),
  sigma2X: second.opt('Range of the second deviation; one number s means from s to the first one.', 0.5, {
    alias: 'sigma2_x',
  }),
  sigma2Y: second.opt('Range along the second axis.', 0.5, { alias: 'sigma2_y' }),
  sigma2Z: second.opt('Range along the third axis.', 0.5, { alias: 'sigma2_z' }),
  alpha: interval.opt('Range of how many times the difference is added.', [10, 30] as const),
  approx,
  prob: chance(),
}

/** GaussianSharpen with random standard deviations and strength (MONAI `RandGaussianSharpen`). */
export const RandGaussianSharpen = random(GaussianSharpen, {
  gated: true,
  options: sharpenOptions,
  draw(rng, { prob, ...options }, { grid }) {
    return rng.rand() < prob ? sharpening(rng, options, grid.shape.length) : null
  },
})

export const GaussianSmoothd = dictionary(GaussianSmooth)
export const GaussianSharpend = dictionary(GaussianSharpen)
export const RandGaussianSmoothd = dictionary(RandGaussianSmooth)
export const RandGaussianSharpend = dictionary(RandGaussianSharpen)

function sharpening(rng: RandomSource, options: Omit<Values<typeof sharpenOptions>, 'prob'>, axes: number) {
  const { sigma1X, sigma1Y, sigma1Z, sigma2X, sigma2Y, sigma2Z, alpha, approx } = options
  const sigma1 = [sigma1X, sigma1Y, sigma1Z].map((range) => rng.uniform(...range))
  const sigma2 = [sigma2X, sigma2Y, sigma2Z].map((range, axis) => {
    const [low, high] = typeof range === 'number' ? [range, sigma1[axis]] : range
    return rng.uniform(low, high)
  })
  const strength = rng.uniform(...alpha)
  return { sigma1: sigma1.slice(0, axes), sigma2: sigma2.slice(0, axes), alpha: strength, approx }
}

/** Smoothed values; as in MONAI, deviations are float32 numbers. */
function smoothed(
  { shape }: Image,
  data: Float32Array,
  sigma: number | readonly number[],
  approximation: (typeof gaussianApproximations)[number],
  where: string,
  out?: Float32Array,
): Float32Array {
  const axes = shape.length - 1
  const sigmas = typeof sigma === 'number' ? new Array<number>(axes).fill(sigma) : sigma
  if (sigmas.length !== axes)
    throw new OptionError(where, `has ${sigmas.length} values for ${axes} spatial axes; give one, or one for each axis`)
  return gaussianFilter(data, shape, sigmas.map(Math.fround), 4, approximation, out)
}
