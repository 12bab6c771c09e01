import { OptionError } from '../../core/errors.ts'
import { spatialShape, withVoxels } from '../../core/image.ts'
import { numberOrNumbers } from '../../core/options.ts'
import { squaredDistances } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { voxelsPerChannel } from '../shared.ts'

/**
 * The exact Euclidean distance from every voxel that is not 0 to the nearest 0 of its channel, as float64; infinite in a
 * channel without any 0 (MONAI `DistanceTransformEDT`).
 */
export const DistanceTransformEDT = voxels({
  name: 'DistanceTransformEDT',
  options: {
    sampling: numberOrNumbers
      .where((steps) => [steps].flat().every((step) => step > 0), 'a number above 0 or a list of them')
      .opt('Distance between voxels, or one along each axis; 1 when null.', null),
  },
  apply(img, { sampling }) {
    const shape = spatialShape(img)
    const steps = typeof sampling === 'number' ? shape.map(() => sampling) : sampling
    if (steps && steps.length !== shape.length)
      throw new OptionError(
        'DistanceTransformEDT.sampling',
        `has ${steps.length} values for ${shape.length} axes; give one number or one for each`,
      )
    const size = voxelsPerChannel(img)
    const data = new Float64Array(img.data.length)
    const zeros = new Uint8Array(size)
    for (let start = 0; start < data.length; start += size) {
      for (let i = 0; i < size; i++) zeros[i] = Number(img.data[start + i]) === 0 ? 1 : 0
      squaredDistances(zeros, shape, steps).forEach((squared, i) => (data[start + i] = Math.sqrt(squared)))
    }
    return withVoxels(img, { dtype: 'float64', data })
  },
})

export const DistanceTransformEDTd = dictionary(DistanceTransformEDT)
