import { DataError } from '../../core/errors.ts'
import { isImage, type Image } from '../../core/image.ts'
import { bool, instance, perKey } from '../../core/options.ts'
import type { Composed } from '../compose.ts'
import { present, sampleOnly, type Sample, type SampleTransform } from '../sample.ts'
import { Kind, text } from '../../core/options.ts'
import { z } from 'zod'

type Invertible = Composed | SampleTransform<unknown>

const invertible = instance<Invertible>(
  'a transform or a Compose of dictionary transforms',
  (value) => typeof value === 'function' && 'inverse' in value,
)
const keyList = new Kind<readonly string[]>(
  'a key or a list of keys',
  z.union([z.string().transform((key) => [key]), z.array(text.type)]) as unknown as z.ZodType<readonly string[]>,
)
const postFunction = instance<(img: Image) => Image>('a function of an image', (value) => typeof value === 'function')

/**
 * Brings predictions back to where the image was before a pipeline (MONAI `Invertd`): each key takes over the history
 * of its original key, and the transforms are undone newest first.
 */
export const Invertd = sampleOnly({
  name: 'Invertd',
  options: {
    transform: invertible.req('The pipeline that was applied to the original images.'),
    origKeys: keyList.opt('Keys of the images that went through the pipeline; the same keys when null.', null),
    nearestInterp: perKey(bool.opt('Resample with nearest, for label maps.', true)),
    postFunc: postFunction.opt('Applied to each inverted image.', null),
  },
  apply(sample, { keys, allowMissingKeys, transform, origKeys, nearestInterp, postFunc }) {
    const out: Record<string, unknown> = { ...sample }
    for (const [key, index] of present('Invertd', sample, keys, allowMissingKeys)) {
      const originalKey = origKeys ? (origKeys[index] ?? origKeys[0]) : key
      const inverted = invertedTo(
        imageIn(sample, key),
        imageIn(sample, originalKey),
        originalKey,
        transform,
        nearestInterp,
      )
      out[key] = postFunc ? postFunc(inverted) : inverted
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
  const restored = transform.inverse({ [originalKey]: placed }, { nearest }) as Sample
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
