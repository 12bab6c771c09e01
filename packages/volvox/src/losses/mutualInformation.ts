import { OptionError } from '../core/errors.ts'
import { count, number, oneOf } from '../core/options.ts'
import { floats } from '../core/tensor.ts'
import { constant, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { alike } from './check.ts'
import { loss } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

/** Bins at either end that only the spline reaches. */
const splinePadding = 2

/**
 * The negative mutual information of the values of prediction and target `[N, ...]`, from a joint histogram with soft bins
 * (Parzen windows; MONAI GlobalMutualInformationLoss). Values count from 0 to 1 with gaussian bins, from the least to the
 * largest of the batch with b-splines (Mattes et al. 2003).
 */
export const GlobalMutualInformationLoss = loss({
  name: 'GlobalMutualInformationLoss',
  options: {
    kernelType: oneOf('gaussian', 'b-spline').opt('Shape of a bin.', 'gaussian'),
    numBins: count.opt('Number of bins.', 23),
    sigmaRatio: number.opt('Standard deviation of a gaussian bin, in bins.', 0.5),
    reduction,
    smoothNr: number.opt('Added to joint probabilities.', 1e-7),
    smoothDr: number.opt('Added to products of probabilities, and to what the logarithm is taken of.', 1e-7),
  },
  check({ kernelType, numBins }) {
    if (kernelType === 'b-spline' && numBins <= 2 * splinePadding)
      throw new OptionError(
        'GlobalMutualInformationLoss.numBins',
        `${numBins} leaves no bin between the ${splinePadding} of padding at either end; give ${2 * splinePadding + 1} or more`,
      )
  },
  forward(input, target, { kernelType, numBins, sigmaRatio, reduction, smoothNr, smoothDr }) {
    alike('GlobalMutualInformationLoss', input, target)
    const y = m.cast(target, input.dtype)
    const gaussian = (x: Value) => gaussianBins(x, numBins, sigmaRatio)
    const [p, q] =
      kernelType === 'gaussian'
        ? [gaussian(input), gaussian(y)]
        : [splineBins(input, numBins, 3), splineBins(y, numBins, 0)]
    const samples = p.shape[1]
    const joint = m.div(m.matmul(p, q, { transposeA: true }), samples)
    const [pOnly, qOnly] = [p, q].map((weights) => m.mean(weights, [1], true))
    const apart = m.matmul(pOnly, qOnly, { transposeA: true })
    const ratio = m.add(m.div(m.add(joint, smoothNr), m.add(apart, smoothDr)), smoothDr)
    return m.neg(reducedParts(m.sum(m.mul(joint, m.log(ratio)), [1, 2]), reduction))
  },
})

/** The share `[N, voxels, bins]` of each voxel in each of the bins around 0 to 1. */
function gaussianBins(x: Value, bins: number, sigmaRatio: number): Value {
  const sigma = sigmaRatio / (bins - 1)
  const centres = Float32Array.from({ length: bins }, (_, i) => i / (bins - 1))
  const gap = m.sub(samplesOf(m.clip(x, 0, 1)), row(centres, x))
  return shares(m.exp(m.mul(-1 / (2 * sigma * sigma), m.square(gap))))
}

/** The share of each voxel in bins whose two outermost on either side are only reached by the spline. */
function splineBins(x: Value, bins: number, order: 0 | 3): Value {
  const least = m.reduceMin(x)
  const width = m.div(m.sub(m.reduceMax(x), least), bins - 2 * splinePadding)
  const place = m.sub(m.div(x, width), m.sub(m.div(least, width), splinePadding))
  const kept = samplesOf(m.clip(place, splinePadding, bins - splinePadding - 1))
  const gap = m.abs(
    m.sub(
      row(
        Float32Array.from({ length: bins }, (_, i) => i),
        x,
      ),
      kept,
    ),
  )
  return shares(order === 0 ? boxSpline(gap) : cubicSpline(gap))
}

/** 1 within half a bin, shared where two bins meet. */
function boxSpline(gap: Value): Value {
  return m.cast(m.add(m.less(gap, 0.5), m.mul(0.5, m.equal(gap, 0.5))), gap.dtype)
}

/** (4 - 6d² + 3d³) / 6 up to 1, (2 - d)³ / 6 up to 2. */
function cubicSpline(gap: Value): Value {
  const near = m.add(m.sub(4, m.mul(6, m.square(gap))), m.mul(3, cube(gap)))
  const far = m.where(m.less(gap, 2), cube(m.sub(2, gap)), 0)
  return m.div(m.where(m.less(gap, 1), near, far), 6)
}

function cube(x: Value): Value {
  return m.mul(m.square(x), x)
}

function samplesOf(x: Value): Value {
  return m.reshape(x, [x.shape[0], -1, 1])
}

function row(values: Float32Array, { dtype }: Value): Value {
  return m.cast(constant(floats([1, 1, values.length], values)), dtype)
}

function shares(weights: Value): Value {
  return m.div(weights, m.sum(weights, [2], true))
}
