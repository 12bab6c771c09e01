import { intOrInts } from '../../core/options.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { box, centredBox } from '../plan.ts'
import { sizesOr } from '../spatial/options.ts'
import { methodOption, padOptionsOrKwargs, padSampling } from './pad.ts'

/** Brings the image to a size: crops the middle where it is larger, pads where it is smaller. */
export const ResizeWithPadOrCrop = spatial({
  name: 'ResizeWithPadOrCrop',
  handsOver: true,
  options: {
    spatialSize: intOrInts.req('Size of the result; values below 1 leave an axis alone.'),
    ...methodOption,
    ...padOptionsOrKwargs,
  },
  plan({ shape }, { spatialSize, method, ...options }) {
    const size = sizesOr('ResizeWithPadOrCrop.spatialSize', spatialSize, shape)
    const start = centredBox(shape, size).map((s) => (method === 'end' && s < 0 ? 0 : s))
    return box(start, size, padSampling(options))
  },
})

export const ResizeWithPadOrCropd = dictionary(ResizeWithPadOrCrop)
