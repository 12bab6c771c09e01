import { z } from 'zod'
import { castArray } from '../../core/convert.ts'
import { DataError, ShapeError, shown } from '../../core/errors.ts'
import { currentFiles } from '../../core/files.ts'
import { image, type Image } from '../../core/image.ts'
import { bool, Kind, parseOptions, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { sameShape } from '../../core/tensor.ts'
import { allocate } from '../../core/dtype.ts'
import { imageFromStored } from '../../core/stored.ts'
import { readVolume } from '../../formats/index.ts'
import { gatherFloats } from '../../kernels/index.ts'
import { present, sampleOnly } from '../sample.ts'
import { dtypeKind } from '../shared.ts'
import { EnsureChannelFirst } from '../utility/index.ts'

const readerKind = new Kind<unknown>("the name of one of MONAI's readers", z.union([z.string(), z.array(z.string())]))

const loadOptions = {
  reader: readerKind.opt("Kept for MONAI's configs; the reader follows from the file's content and name.", null),
  imageOnly: bool.opt("Kept for MONAI's configs; the image always carries its metadata.", true),
  dtype: dtypeKind.nullable().opt('Element type of the voxels; null keeps the one of the file.', 'float32'),
  ensureChannelFirst: bool.opt('Put the channels in front, or add a channel axis.', false),
}

/** A function from a path, or from several of one case that become channels, to an image. */
export type ImageLoader = (path: string | readonly string[]) => Image

const load = (given: Given<typeof loadOptions> = {}): ImageLoader => {
  const options = parseOptions('LoadImage', loadOptions, given)
  const read = (path: string): Image => {
    const as = options.dtype === 'float32' || options.dtype === 'float64' ? { as: options.dtype } : {}
    const volume = readVolume(path, { affineRule: 'monai', later: true, ...as }, currentFiles())
    const { shape, affine, meta } = volume
    if (volume.stored) return imageFromStored({ shape, affine, meta, history: [] }, volume.stored, gatherFloats)
    const dtype = options.dtype ?? volume.dtype
    return image(dtype, volume.shape, castArray(volume.data, volume.dtype, dtype), {
      affine: volume.affine,
      meta: volume.meta,
    })
  }
  const channelFirst = EnsureChannelFirst()
  return (path) => {
    const loaded = typeof path === 'string' ? read(path) : stacked(path.map(read))
    return options.ensureChannelFirst ? channelFirst(loaded) : loaded
  }
}

/**
 * Reads an image file as it is (MONAI `LoadImage`): axes in the file's order, channels (if any) last, metadata under
 * MONAI's keys. Several paths become the channels of one image.
 */
export const LoadImage: typeof load & Component = Object.assign(load, {
  componentName: 'LoadImage',
  schema: loadOptions,
})

/** LoadImage for paths in a sample: `{ image: 'scan.nii.gz' }` becomes `{ image: Image }` (MONAI `LoadImaged`). */
export const LoadImaged = sampleOnly({
  name: 'LoadImaged',
  options: loadOptions,
  apply(sample, { keys, allowMissingKeys, ...options }) {
    const { reader, imageOnly, dtype, ensureChannelFirst } = options
    const loader = load({ reader, imageOnly, dtype, ensureChannelFirst })
    const loaded = present('LoadImaged', sample, keys, allowMissingKeys).map(
      ([key]) => [key, loader(pathIn(sample[key], key))] as const,
    )
    return { ...sample, ...Object.fromEntries(loaded) }
  },
})

function pathIn(value: unknown, key: string): string | readonly string[] {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.length > 0 && value.every((part): part is string => typeof part === 'string'))
    return value
  throw new DataError('LoadImaged', `"${key}" holds ${shown(value)}; give a path, or a list of paths`)
}

/** Images of one lattice as the channels of one image. */
function stacked(images: readonly Image[]): Image {
  const [first, ...others] = images
  const other = others.find(({ shape }) => !sameShape(shape, first.shape))
  if (other)
    throw new ShapeError(
      'LoadImage',
      `files of one case have the shapes [${first.shape.join(', ')}] and [${other.shape.join(', ')}]; all must be equal`,
    )
  const size = first.data.length
  const data = allocate(first.dtype, images.length * size)
  images.forEach((img, i) => data.set(img.data as never, i * size))
  return { ...first, shape: [images.length, ...first.shape], data, meta: { ...first.meta, original_channel_dim: 0 } }
}
