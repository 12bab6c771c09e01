import { bool, oneOf } from '../../core/options.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, dtypeKind } from '../shared.ts'

/** Give the voxels an element type (MONAI `EnsureType`; `dataType` is taken for its configs, there is one kind of array here). */
export const EnsureType = voxels({
  name: 'EnsureType',
  options: {
    dataType: oneOf('tensor', 'numpy').opt('Kept for configs of MONAI; no effect.', 'tensor'),
    dtype: dtypeKind.opt('Element type; null keeps the type of the image.', null, { perKey: true }),
    trackMeta: bool.opt('Kept for configs of MONAI; images always keep their metadata.', null),
  },
  apply: (img, { dtype }) => (dtype ? cast(img, dtype) : img),
})

/** Convert the voxels to an element type (MONAI `CastToType`). */
export const CastToType = voxels({
  name: 'CastToType',
  options: { dtype: dtypeKind.opt('Element type of the result.', 'float32', { perKey: true }) },
  apply: (img, { dtype }) => cast(img, dtype),
})

export const EnsureTyped = dictionary(EnsureType)
export const CastToTyped = dictionary(CastToType)
