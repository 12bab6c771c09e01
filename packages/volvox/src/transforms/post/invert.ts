import { DataError } from '../../core/errors.ts'
import { isImage, type Image } from '../../core/image.ts'
import { anything, bool, instance } from '../../core/options.ts'
import type { Composed } from '../compose.ts'
import { voxels, type ImageTransform } from '../define.ts'
import { keysKind, present, sampleOnly, type Sample, type SampleTransform } from '../sample.ts'
import { orPerKey, valuesPerKey } from '../perKey.ts'

type Invertible = Composed | SampleTransform<unknown> | ImageTransform

const invertible = instance<Invertible>(
  'a transform or a Compose of dictionary transforms',
  (value) => typeof value === 'function' && 'inverse' in value,
)
type PostFunction = (img: Image) => Image
const postFunction = instance<PostFunction>('a function of an image', (value) => typeof value === 'function')

const unused = {
  toTensor: anything.opt('Kept for configs of MONAI; there is one kind of array here.', true),
  device: anything.opt('Kept for configs of MONAI; no effect.', null),
}

/** Undoes what a pipeline of plain transforms did to an image, newest first (MONAI `Invert`). */
export const Invert = voxels({
  name: 'Invert',
  options: {
    transform: invertible.req('The pipeline, or the transform, that was applied.'),
    nearestInterp: bool.opt('Resample with nearest, for label maps.', true),
    postFunc: postFunction.opt('Applied to the inverted image.', null),
    ...unused,
  },
  apply(img, { transform, nearestInterp, postFunc }) {
    const restored = transform.inverse(img as Image & Sample, { nearest: nearestInterp })
    if (!isImage(restored)) throw new DataError('Invert', 'the pipeline is one of samples; use Invertd')
    return postFunc ? postFunc(restored) : restored
  },
})

/**
 * Brings predictions back to where the image was before a pipeline (MONAI `Invertd`): each key takes over the history
 * of its original key, and the transforms are undone newest first.
 */
export const Invertd = sampleOnly({
  name: 'Invertd',
  options: {
    transform: invertible.req('The pipeline that was applied to the original images.'),
    origKeys: keysKind.opt('Keys of the images that went through the pipeline; the same keys when null.', null),
    nearestInterp: orPerKey(bool).opt('Resample with nearest, for label maps; one for all keys, or one per key.', true),
    postFunc: orPerKey(postFunction).opt('Applied to each inverted image; one for all keys, or one per key.', null),
    ...unused,
    metaKeys: anything.opt('Kept for configs of MONAI; images hold their metadata.', null),
    origMetaKeys: anything.opt('Kept for configs of MONAI; images hold their metadata.', null),
    metaKeyPostfix: anything.opt('Kept for configs of MONAI; images hold their metadata.', 'meta_dict'),
  },
  apply(sample, { keys, allowMissingKeys, transform, origKeys, nearestInterp, postFunc }) {
    const nearest = valuesPerKey('Invertd.nearestInterp', nearestInterp, keys)
    const post = valuesPerKey('Invertd.postFunc', postFunc, keys)
    const originals = valuesPerKey('Invertd.origKeys', origKeys?.length === 1 ? origKeys[0] : (origKeys ?? keys), keys)
    const out: Record<string, unknown> = { ...sample }
    for (const [key, index] of present('Invertd', sample, keys, allowMissingKeys)) {
      const from = originals[index]
      const inverted = invertedTo(imageIn(sample, key), imageIn(sample, from), from, transform, nearest[index])
      out[key] = post[index]?.(inverted) ?? inverted
    }
    return out
  },
})

function invertedTo(
  prediction: Image,
  original: Image,
  originalKey: string,
  transform: Invertible,
  nearest: boolean,
): Image {
  const placed: Image = { ...prediction, affine: original.affine, history: original.history, meta: original.meta }
  const restored = transform.inverse({ [originalKey]: placed } as Sample & Image, { nearest }) as unknown as Sample
  return imageIn(restored, originalKey)
}

function imageIn(sample: Sample, key: string): Image {
  const value = sample[key]
  if (!isImage(value))
    throw new DataError(
      'Invertd',
      `no image under "${key}" in the sample (it has ${Object.keys(sample)
        .map((k) => `"${k}"`)
        .join(', ')}); fix keys or origKeys`,
    )
  return value
}
