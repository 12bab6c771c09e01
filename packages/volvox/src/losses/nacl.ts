import { ShapeError, shown } from '../core/errors.ts'
import { count, int, number, oneOf, positive } from '../core/options.ts'
import * as m from '../graph/math.ts'
import { gaussianKernel } from '../kernels/index.ts'
import { spatialAxes } from './check.ts'
import { classNumbers } from './classNumbers.ts'
import { crossEntropy } from './crossEntropy.ts'
import { filter } from './filter.ts'
import { loss } from './loss.ts'

/**
 * Cross entropy of logits, which are also drawn to the classes around each voxel (Murugesan et al. 2023, calibration;
 * MONAI NACLLoss). The target holds class numbers, `[N, ...spatial]` or `[N, 1, ...spatial]`.
 */
export const NACLLoss = loss({
  name: 'NACLLoss',
  options: {
    classes: count.req('Number of classes.'),
    dim: int.where((n) => n === 2 || n === 3, '2 or 3').req('Number of spatial axes.'),
    kernelSize: count.opt('Side of the neighbourhood of the mean, in voxels.', 3),
    kernelOps: oneOf('mean', 'gaussian').opt('How neighbours count.', 'mean'),
    distanceType: oneOf('l1', 'l2').opt('How far logits are from neighbours: the distance or its square.', 'l1'),
    alpha: number.opt('Weight of the neighbours against the cross entropy.', 0.1),
    sigma: positive.opt('Standard deviation of the gaussian in voxels.', 1),
  },
  forward(input, target, { classes, dim, kernelSize, kernelOps, distanceType, alpha, sigma }) {
    spatialAxes('NACLLoss', input, [dim])
    if (input.shape[1] !== classes)
      throw new ShapeError(
        'NACLLoss',
        `prediction ${shown(input.shape)} has ${input.shape[1]} channels; give ${classes}, one per class`,
      )
    const numbers = classNumbers('NACLLoss', input, target)
    const entropy = crossEntropy('NACLLoss', input, numbers, { weight: null, reduction: 'mean', labelSmoothing: 0 })
    const kernel = kernelOps === 'mean' ? new Array<number>(kernelSize).fill(1 / kernelSize) : gaussianKernel(sigma)
    const gap = m.sub(filter(m.cast(m.oneHot(numbers, classes), input.dtype), kernel), input)
    return m.add(entropy, m.mul(alpha, m.mean(distanceType === 'l1' ? m.abs(gap) : m.square(gap))))
  },
})
