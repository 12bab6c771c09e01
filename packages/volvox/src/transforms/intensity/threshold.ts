import { toFloats } from '../../core/convert.ts'
import { allocate } from '../../core/dtype.ts'
import { OptionError, ShapeError } from '../../core/errors.ts'
import { isImage, withVoxels, type Image } from '../../core/image.ts'
import { bool, instance, number } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import { keepBeyond } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, voxelsPerChannel } from '../shared.ts'

/** Keep the values above (or below) a threshold, and set the others to `cval` (MONAI `ThresholdIntensity`). */
export const ThresholdIntensity = voxels({
  name: 'ThresholdIntensity',
  options: {
    threshold: number.req('Values on one side of it are kept.'),
    above: bool.opt('Keep the values above it; else those below.', true),
    cval: number.opt('What the others become.', 0),
  },
  apply(img, { threshold, above, cval }) {
    const values = toFloats(img.dtype, img.data)
    const [other] = cast({ ...img, dtype: 'float64', data: Float64Array.of(cval) }, img.dtype).data
    if (img.dtype === 'float32' && values instanceof Float32Array)
      return withVoxels(img, { data: keepBeyond(values, threshold, above, cval) })
    const data = img.data.slice()
    for (let i = 0; i < data.length; i++) if (!(above ? values[i] > threshold : values[i] < threshold)) data[i] = other
    return withVoxels(img, { data })
  },
})

/** An image as an option. */
export const imageKind = instance<Image>('an image', isImage)

/** The mask that was given with the image, else that of the options. */
export function maskOf(given: unknown, option: Image | null): Image | null {
  return isImage(given) ? given : option
}

/** Throws unless a mask of one channel, or of as many as the image, has the image's lattice. */
export function checkMask(where: string, img: Image, mask: Image): void {
  const [channels, ...spatial] = mask.shape
  if ((channels !== 1 && channels !== img.shape[0]) || !sameShape(spatial, img.shape.slice(1)))
    throw new ShapeError(
      where,
      `a mask of shape [${mask.shape.join(', ')}] does not fit an image of shape [${img.shape.join(', ')}]; give 1 or ${img.shape[0]} channels of the same size`,
    )
}

const selectKind = instance<(x: number) => boolean | number>('a function of a value', (f) => typeof f === 'function')

/** Multiply by a mask: by 1 where it is selected, by 0 elsewhere (MONAI `MaskIntensity`). */
export const MaskIntensity = voxels({
  name: 'MaskIntensity',
  options: {
    maskData: imageKind.opt(
      'The mask, of one channel or as many as the image; may be given with the image instead.',
      null,
    ),
    selectFn: selectKind.opt(
      'Which values of the mask, in the element type of the image, count.',
      (x: number) => x > 0,
    ),
  },
  inputs: { maskData: 'optional' },
  apply(img, { maskData, selectFn }, inputs) {
    const given = maskOf(inputs.maskData, maskData)
    if (!given)
      throw new OptionError('MaskIntensity.maskData', 'is null and no mask came with the image; give one of them')
    checkMask('MaskIntensity.maskData', img, given)
    const mask = toFloats(img.dtype, cast(given, img.dtype).data)
    const size = voxelsPerChannel(img)
    const values = toFloats(img.dtype, img.data)
    const chosen = new Float32Array(mask.length)
    for (let i = 0; i < chosen.length; i++) chosen[i] = Number(selectFn(mask[i]))
    const dtype = img.dtype === 'float32' ? 'float32' : 'float64'
    const data = allocate(dtype, values.length)
    for (let start = 0; start < data.length; start += size) {
      const from = given.shape[0] === 1 ? 0 : start
      for (let i = 0; i < size; i++) data[start + i] = values[start + i] * chosen[from + i]
    }
    return cast(withVoxels(img, { dtype, data }), img.dtype)
  },
})

export const ThresholdIntensityd = dictionary(ThresholdIntensity)
export const MaskIntensityd = dictionary(MaskIntensity, { inputs: { maskData: 'maskKey' } })
