import { ShapeError } from '../../core/errors.ts'
import { spatialShape, withVoxels } from '../../core/image.ts'
import { oneOf } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import { boxSum } from '../../kernels/filters.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, floatCopy } from '../shared.ts'

/**
 * What is left of a label at its border: a Laplace kernel of 3 voxels along each axis, zeros outside, kept within 0 and
 * 1 (MONAI `LabelToContour`).
 */
export const LabelToContour = voxels({
  name: 'LabelToContour',
  options: { kernelType: oneOf('Laplace').opt('The kernel; there is one.', 'Laplace') },
  apply(img) {
    const shape = spatialShape(img)
    if (shape.length < 2 || shape.length > 3)
      throw new ShapeError('LabelToContour', `the image has ${shape.length} spatial axes; give one with 2 or 3`)
    const data = floatCopy(img)
    const size = sizeOf(shape)
    const count = 3 ** shape.length
    for (let start = 0; start < data.length; start += size) {
      const values = data.subarray(start, start + size)
      const around = boxSum(values, shape)
      for (let i = 0; i < size; i++) values[i] = Math.min(Math.max(count * values[i] - around[i], 0), 1)
    }
    return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
  },
})

export const LabelToContourd = dictionary(LabelToContour)
