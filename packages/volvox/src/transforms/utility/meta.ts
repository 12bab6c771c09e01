import { resized } from '../../core/affine.ts'
import { image, isImage, type HistoryRecord, type Image } from '../../core/image.ts'
import { anything, numbers } from '../../core/options.ts'
import type { Tensor } from '../../core/tensor.ts'
import { settle, voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { imageAt, present, sampleOnly, type Sample } from '../sample.ts'

const metaKey = (key: string) => `${key}_meta_dict`
const transformsKey = (key: string) => `${key}_transforms`

/** Lays metadata (with the affine) and history of the images beside them, under MONAI's keys. */
function laidOut(name: string, sample: Sample, keys: readonly string[], allowMissing: boolean): Sample {
  const entries = present(name, sample, keys, allowMissing).flatMap(([key]) => {
    const img = settle(imageAt(name, sample, key))
    return [
      [key, img],
      [metaKey(key), { ...img.meta, affine: img.affine }],
      [transformsKey(key), img.history],
    ] as const
  })
  return { ...sample, ...Object.fromEntries(entries) }
}

/** Takes metadata and history that lie beside images, or beside plain tensors, into them. */
function takenIn(name: string, sample: Sample, keys: readonly string[], allowMissing: boolean): Sample {
  const out: Record<string, unknown> = { ...sample }
  for (const [key] of present(name, sample, keys, allowMissing)) {
    const { affine, ...meta } = { ...(out[metaKey(key)] as Readonly<Record<string, unknown>> | undefined) }
    const matrix = numbers.type.safeParse(affine).data
    const history = out[transformsKey(key)] as readonly HistoryRecord[] | undefined
    const img = asImage(name, out, key)
    out[key] = {
      ...img,
      ...(matrix && { affine: resized(matrix, 3) }),
      meta: { ...img.meta, ...meta },
      ...(Array.isArray(history) && { history }),
    }
    delete out[metaKey(key)]
    delete out[transformsKey(key)]
  }
  return out
}

function asImage(name: string, sample: Sample, key: string): Image {
  const value = sample[key]
  if (isImage(value) || typeof value !== 'object' || value === null || !('data' in value) || !('shape' in value))
    return settle(imageAt(name, sample, key))
  const { dtype, shape, data } = value as Tensor
  return image(dtype, shape, data)
}

/** Lay metadata and history of images beside them: `image_meta_dict`, `image_transforms` (MONAI `FromMetaTensord`). */
export const FromMetaTensord = sampleOnly({
  name: 'FromMetaTensord',
  options: { dataType: anything.opt('Kept for configs of MONAI; there is one kind of array here.', 'tensor') },
  apply: (sample, { keys, allowMissingKeys }) => laidOut('FromMetaTensord', sample, keys, allowMissingKeys),
  invert: (sample, { keys }) => takenIn('FromMetaTensord', sample, keys, true),
})

/** Take metadata and history that lie beside images into them (MONAI `ToMetaTensord`). */
export const ToMetaTensord = sampleOnly({
  name: 'ToMetaTensord',
  options: {},
  apply: (sample, { keys, allowMissingKeys }) => takenIn('ToMetaTensord', sample, keys, allowMissingKeys),
  invert: (sample, { keys }) => laidOut('ToMetaTensord', sample, keys, true),
})

/** Carry out what lazy transforms have planned so far (MONAI `ApplyPending`). */
export const ApplyPending = voxels({ name: 'ApplyPending', options: {}, apply: (img) => img })
export const ApplyPendingd = dictionary(ApplyPending)
