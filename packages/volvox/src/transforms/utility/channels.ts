import { OptionError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { withFields } from '../../core/stored.ts'
import { Kind } from '../../core/options.ts'
import { axisIndex } from '../../core/tensor.ts'
import { anyOf } from '../../kernels/index.ts'
import { z } from 'zod'
import { bool } from '../../core/options.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { floatsOf } from '../shared.ts'
import { withAxisMoved } from './axes.ts'

const channelAxis = new Kind<number | 'no_channel'>('an axis number or "no_channel"', () =>
  z.union([z.int(), z.literal('no_channel')]),
)

/**
 * Move the channel axis to the front, or add one (MONAI `EnsureChannelFirst`). Where it is comes from the option or from
 * `original_channel_dim` of the reader.
 */
export const EnsureChannelFirst = voxels({
  name: 'EnsureChannelFirst',
  handsOver: true,
  options: {
    strictCheck: bool.opt(
      'Fail when nobody knows where the channel axis is; otherwise leave the image as it is.',
      true,
    ),
    channelDim: channelAxis.opt('Axis of the channels, "no_channel", or null to ask the metadata.', null),
  },
  apply(img, { strictCheck, channelDim }) {
    const dim = channelDim ?? img.meta.original_channel_dim
    if (dim === undefined || dim === null) {
      if (!strictCheck) return img
      throw new OptionError(
        'EnsureChannelFirst.channelDim',
        'is null and the image does not say which axis its channels are; give an axis or "no_channel"',
      )
    }
    const meta = { ...img.meta, original_channel_dim: dim }
    if (dim === 'no_channel' || Number.isNaN(dim)) return withFields(img, { meta, shape: [1, ...img.shape] })
    const axis = axisIndex(Number(dim), img.shape.length, 'EnsureChannelFirst.channelDim')
    return withAxisMoved({ ...img, meta }, axis, 0)
  },
})

/** Label 1 necrotic, 2 oedema, 4 enhancing to tumour core (1, 4), whole tumour (1, 2, 4), enhancing tumour (4), as BraTS scores them. */
export const ConvertToMultiChannelBasedOnBratsClasses = voxels({
  name: 'ConvertToMultiChannelBasedOnBratsClasses',
  options: {},
  apply(img) {
    if (img.shape.length === 4 && img.shape[0] !== 1)
      throw new OptionError(
        'ConvertToMultiChannelBasedOnBratsClasses',
        `the label has ${img.shape[0]} channels; give one channel of label numbers`,
      )
    const spatial = img.shape.length === 4 ? img.shape.slice(1) : img.shape
    const data = anyOf(floatsOf(img), [[1, 4], [1, 2, 4], [4]]) // prettier-ignore
    return withVoxels(img, { dtype: 'bool', shape: [3, ...spatial], data })
  },
})

export const EnsureChannelFirstd = dictionary(EnsureChannelFirst)
export const ConvertToMultiChannelBasedOnBratsClassesd = dictionary(ConvertToMultiChannelBasedOnBratsClasses)
