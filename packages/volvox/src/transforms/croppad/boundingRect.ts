import { text } from '../../core/options.ts'
import { DataError } from '../../core/errors.ts'
import { spatialShape } from '../../core/image.ts'
import type { Tensor } from '../../core/tensor.ts'
import { settle } from '../define.ts'
import { reading } from '../reading.ts'
import { imageAt, present, sampleOnly } from '../sample.ts'
import { boxWhere, selectFn } from './foreground.ts'

const options = { selectFn }

/**
 * For each channel the box about its foreground, [channels, 2 · axes]: first voxel and one past the last along the first
 * axis, then along the next; zeros for a channel without (MONAI `BoundingRect`).
 */
export const BoundingRect = reading({
  name: 'BoundingRect',
  options,
  read(img, { selectFn }): Tensor<Int32Array> {
    const shape = spatialShape(img)
    const boxes = Array.from({ length: img.shape[0] }, (_, channel) => {
      const found = boxWhere(img, selectFn, [channel])
      return shape.flatMap((_, axis) => (found ? [found.start[axis], found.end[axis]] : [0, 0]))
    })
    return { dtype: 'int32', shape: [img.shape[0], 2 * shape.length], data: Int32Array.from(boxes.flat()) }
  },
})

/** As `BoundingRect`; the boxes are stored under `key_bbox` (MONAI `BoundingRectd`). */
export const BoundingRectd = sampleOnly({
  name: 'BoundingRectd',
  options: { bboxKeyPostfix: text.opt('End of the key of the boxes, after an underscore.', 'bbox'), ...options },
  apply(sample, { keys, allowMissingKeys, bboxKeyPostfix, selectFn }) {
    const found = present('BoundingRectd', sample, keys, allowMissingKeys).map(([key]) => {
      const target = `${key}_${bboxKeyPostfix}`
      if (target in sample)
        throw new DataError('BoundingRectd', `the sample has a "${target}" already; choose another bboxKeyPostfix`)
      return [target, BoundingRect.read(settle(imageAt('BoundingRectd', sample, key)), { selectFn }, {})] as const
    })
    return { ...sample, ...Object.fromEntries(found) }
  },
})
