import { toFloats } from '../../../core/convert.ts'
import { DataError, ShapeError } from '../../../core/errors.ts'
import { withVoxels, type Image } from '../../../core/image.ts'
import { int, text } from '../../../core/options.ts'
import { axisIndex } from '../../../core/tensor.ts'
import { present, sampleOptions, type Sample, valueAt, settledAt } from '../../sample.ts'
import { metaKeysAt, metaOptions } from '../metaKeys.ts'
import { asNumber, withMeta } from '../entries.ts'
import { wholeSample } from '../../wholeSample.ts'
import { elementsAt } from '../../utility/axes.ts'

/** The slices of a label [1, D, H, W] that are not empty, under `sids` (MONAI `FindAllValidSlicesd`). */
export const FindAllValidSlicesd = wholeSample({
  name: 'FindAllValidSlicesd',
  options: {
    label: text.opt('Key of the label.', 'label'),
    sids: text.opt('Key for the numbers of the slices; nothing is stored when there are none.', 'sids'),
  },
  apply(sample, { label, sids }) {
    const img = volumeAt('FindAllValidSlicesd', sample, label)
    const values = toFloats(img.dtype, img.data)
    const size = img.shape[2] * img.shape[3]
    const found = Array.from({ length: img.shape[1] }, (_, z) => z).filter((z) =>
      values.subarray(z * size, (z + 1) * size).some((x) => x !== 0),
    )
    return found.length === 0 ? sample : { ...sample, [sids]: found }
  },
})

/** A label of one channel and three axes. */
export function volumeAt(name: string, sample: Sample, key: string): Image {
  const img = settledAt(name, sample, key)
  if (img.shape.length !== 4 || img.shape[0] !== 1)
    throw new ShapeError(name, `"${key}" has the shape [${img.shape.join(', ')}]; it must be one channel of a volume`)
  return img
}

/** The slice that the guidance names third, of a volume without channels (MONAI `Fetch2DSliced`). */
export const Fetch2DSliced = wholeSample({
  name: 'Fetch2DSliced',
  options: {
    ...sampleOptions,
    guidance: text.opt('Key of the guidance: positive clicks, negative ones, number of the slice.', 'guidance'),
    axis: int.opt('Axis of the slices.', 0),
    ...metaOptions,
  },
  apply(sample, { keys, allowMissingKeys, guidance, axis, ...meta }) {
    const name = 'Fetch2DSliced'
    const given = valueAt(name, sample, guidance)
    if (!Array.isArray(given) || given.length < 3)
      throw new DataError(name, `"${guidance}" does not name a slice; it must be [positive, negative, slice]`)
    const at = asNumber(name, guidance, given[2])
    const places = metaKeysAt(name, keys, meta)
    return present(name, sample, keys, allowMissingKeys).reduce((out, [key, i]) => {
      const img = settledAt(name, sample, key)
      const along = axisIndex(axis, img.shape.length, `${name}.axis`)
      if (!(at >= 0 && at < img.shape[along]))
        throw new DataError(
          name,
          `"${guidance}" names slice ${at} of ${img.shape[along]} in "${key}"; use 0 to ${img.shape[along] - 1}`,
        )
      const facts = { slice_idx: img.shape.map((_, other) => (other === along ? at : null)) }
      return withMeta({ ...out, [key]: sliceOf(img, along, at) }, places[i], facts)
    }, sample)
  },
})

function sliceOf(img: Image, axis: number, at: number): Image {
  return withVoxels(img, { shape: img.shape.toSpliced(axis, 1), data: elementsAt(img, axis, at) })
}
