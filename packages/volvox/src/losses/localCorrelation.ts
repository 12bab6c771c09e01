import { OptionError } from '../core/errors.ts'
import { int, number, oneOf } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { alike, spatialAxes } from './check.ts'
import { bell, filter, reachOf } from './filter.ts'
import { loss } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

/**
 * The negative squared correlation of prediction and target in a window around each voxel (VoxelMorph; MONAI
 * LocalNormalizedCrossCorrelationLoss).
 */
export const LocalNormalizedCrossCorrelationLoss = loss({
  name: 'LocalNormalizedCrossCorrelationLoss',
  options: {
    spatialDims: int.where((n) => n >= 1 && n <= 3, '1, 2 or 3').opt('Number of spatial axes.', 3),
    kernelSize: int
      .where((n) => n > 0 && n % 2 === 1, 'an odd whole number above 0')
      .opt('Side of the window in voxels.', 3),
    kernelType: oneOf('rectangular', 'triangular', 'gaussian').opt('How voxels of the window count.', 'rectangular'),
    reduction,
    smoothNr: number.opt('Added to the numerator.', 0),
    smoothDr: number.opt('Variances are at least this, so that a constant window does not divide by 0.', 1e-5),
  },
  check({ kernelType, kernelSize }) {
    if (kernelType === 'gaussian' && kernelSize < 3)
      throw new OptionError(
        'LocalNormalizedCrossCorrelationLoss.kernelSize',
        `${kernelSize} is too small for a gaussian window; use 3 or more`,
      )
  },
  forward(input, target, { spatialDims, kernelSize, kernelType, reduction, smoothNr, smoothDr }) {
    const where = 'LocalNormalizedCrossCorrelationLoss'
    spatialAxes(where, input, [spatialDims])
    alike(where, input, target)
    const kernel = windows[kernelType](kernelSize)
    const volume = kernel.reduce((a, b) => a + b, 0) ** spatialDims
    const total = (x: Value) => filter(x, kernel)
    const y = m.cast(target, input.dtype)
    const [sumP, sumY] = [total(input), total(y)]
    const [meanP, meanY] = [m.div(sumP, volume), m.div(sumY, volume)]
    const covariance = m.sub(total(m.mul(input, y)), m.mul(meanP, sumY))
    const variance = (x: Value, mean: Value, sum: Value) => m.max(m.sub(total(m.square(x)), m.mul(mean, sum)), smoothDr)
    const both = m.mul(variance(y, meanY, sumY), variance(input, meanP, sumP))
    return m.neg(reducedParts(m.div(m.add(m.square(covariance), smoothNr), both), reduction))
  },
})

const windows = {
  rectangular: (size: number) => new Array<number>(size).fill(1),
  triangular,
  /** MONAI cuts a longer kernel off at `size` values, so that it is not centred where the two differ. */
  gaussian: (size: number) => bell(size / 3, reachOf(size / 3, Math.floor(size / 2))).slice(0, size),
} as const

/** A box filter run twice, in the middle of `size` voxels; the box is the odd half of the size. */
function triangular(size: number): number[] {
  const half = Math.floor((size + 1) / 2)
  const box = half % 2 === 0 ? half - 1 : half
  const middle = (size - 1) / 2
  return Array.from({ length: size }, (_, i) => Math.max(0, box - Math.abs(i - middle)) / (box * box))
}
