import { castArray } from '../../core/convert.ts'
import type { DType } from '../../core/dtype.ts'
import { bool, oneOf } from '../../core/options.ts'
import { tensor, isTensorLike } from '../../core/tensor.ts'
import { nestedNumbers } from '../boxes/define.ts'
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

/** Lists of numbers become tensors (float32, or int64 where all are whole), tensors get the type; the rest stays. */
function others(value: unknown, { dtype }: Readonly<Record<string, unknown>>): unknown {
  const wanted = dtype as DType | null // of the schemas above
  if (isTensorLike(value))
    return wanted ? { ...value, dtype: wanted, data: castArray(value.data, value.dtype, wanted) } : value
  const nested = nestedNumbers(value)
  if (!nested) return value
  const { shape, values } = nested
  const type = wanted ?? (values.length > 0 && values.every(Number.isInteger) ? 'int64' : 'float32')
  return tensor(type, shape, castArray(Float64Array.from(values), 'float64', type))
}

export const EnsureTyped = dictionary(EnsureType, { others })
export const CastToTyped = dictionary(CastToType, { others })
