import { castArray } from '../../core/convert.ts'
import { DataError, OptionError, ShapeError, shown } from '../../core/errors.ts'
import { currentFiles } from '../../core/files.ts'
import { image, type Image, type Meta } from '../../core/image.ts'
import { bool, parseOptions, text, type Given, type Values } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { sameShape, sizeOf } from '../../core/tensor.ts'
import { allocate } from '../../core/dtype.ts'
import { imageFromStored } from '../../core/stored.ts'
import { readVolume, type Volume } from '../../formats/index.ts'
import { gatherFloats } from '../../kernels/index.ts'
import { handOver } from '../handover.ts'
import { keysKind, present, sampleOnly } from '../sample.ts'
import { dtypeKind } from '../shared.ts'
import { EnsureChannelFirst } from '../utility/index.ts'
import { withoutEntries } from '../utility/items.ts'
import { chooseReader, readerKind, readerOptions } from './readers/chooseReader.ts'
import { placeOf } from './readers/imageReader.ts'

const loadOptions = {
  reader: readerKind.opt(
    'Reader to prefer, or several, the last first; by the extension, as in MONAI, unless given.',
    null,
  ),
  imageOnly: bool.opt("Kept for MONAI's configs; the image always carries its metadata.", true),
  dtype: dtypeKind.nullable().opt('Element type of the voxels; null keeps the one of the file.', 'float32'),
  ensureChannelFirst: bool.opt('Put the channels in front, or add a channel axis.', false),
  simpleKeys: bool.opt(
    "Leave the header's own descriptions of the grid (dim, pixdim, srow_x, ...) out of meta.",
    false,
  ),
  pruneMetaPattern: text.opt('Regular expression of the keys to leave out of meta; null for none.', null),
  pruneMetaSep: text.opt('Separates the names of a path in pruneMetaPattern.', '.'),
  expanduser: bool.opt('"~/" in front of a path is the folder of the user.', true),
  ...readerOptions(),
}
type LoadOptions = Values<typeof loadOptions>

/** Keys of NIfTI's header that say the same as `affine` and `spatial_shape`. */
const gridKeys = /^(srow_[xyz]|quatern_[bcd]|qoffset_[xyz]|(dim|pixdim)(\[[0-7]\])?)$/

/** A function from a path, or from several of one case that become channels, to an image. */
export type ImageLoader = (path: string | readonly string[]) => Image

const load = (given: Given<typeof loadOptions> = {}): ImageLoader => {
  const options = parseOptions('LoadImage', loadOptions, given)
  const readerFor = chooseReader(options.reader, options, 'LoadImage')
  const read = (given: string): Image => {
    const files = currentFiles()
    const path = options.expanduser && files.home ? given.replace(/^~(?=$|[/\\])/, () => files.home ?? '~') : given
    const as = options.dtype === 'float32' || options.dtype === 'float64' ? { as: options.dtype } : {}
    const first = readerFor.name(path)
    const found = first.open?.(path, files) ?? readVolume(path, { ...first.reading, ...as }, files)
    const reader = first.open ? first : readerFor.format(String(found.meta.format), first)
    const { shape, affine, dtype, ...volume } = reader.arrange(reader === first ? found : madeVolume(found))
    const meta = pruned(volume.meta, options)
    if (volume.stored) {
      handOver(volume.stored)
      return imageFromStored({ shape, affine, meta, history: [] }, volume.stored, gatherFloats)
    }
    const target = options.dtype ?? dtype
    return image(target, shape, castArray(volume.data, dtype, target), { affine, meta })
  }
  const channelFirst = EnsureChannelFirst()
  const loadPath = (path: string | readonly string[]): Image => {
    const loaded = typeof path === 'string' ? read(path) : stacked(path.map(read))
    return options.ensureChannelFirst ? channelFirst(loaded) : loaded
  }
  return Object.assign(loadPath, { transformName: 'LoadImage', options, schema: loadOptions })
}

/**
 * Reads an image file as it is (MONAI `LoadImage`): axes in the file's order, channels (if any) last, metadata under
 * MONAI's keys. Several paths become the channels of one image.
 */
export const LoadImage: typeof load & Component = Object.assign(load, {
  componentName: 'LoadImage',
  schema: loadOptions,
})

const sampleLoadOptions = {
  ...loadOptions,
  imageOnly: bool.opt('The image carries its metadata; false stores them under a key of their own as well.', true),
  metaKeys: keysKind.opt(
    'Where imageOnly is false: keys of the metadata, one per key; null adds metaKeyPostfix.',
    null,
  ),
  metaKeyPostfix: text.opt('Where imageOnly is false: added to the key after an underscore.', 'meta_dict'),
  overwriting: bool.opt('Metadata may take the place of an entry that the sample has.', false),
}

/** LoadImage for paths in a sample: `{ image: 'scan.nii.gz' }` becomes `{ image: Image }` (MONAI `LoadImaged`). */
export const LoadImaged = sampleOnly({
  name: 'LoadImaged',
  options: sampleLoadOptions,
  handsOver: true,
  apply(sample, { keys, allowMissingKeys, metaKeys, metaKeyPostfix, overwriting, ...options }) {
    if (metaKeys !== null && metaKeys.length !== keys.length)
      throw new OptionError(
        'LoadImaged.metaKeys',
        `has ${metaKeys.length} ${metaKeys.length === 1 ? 'value' : 'values'} for ${keys.length} keys; give one per key`,
      )
    const loader = load(options)
    const out: Record<string, unknown> = { ...sample }
    for (const [key, index] of present('LoadImaged', sample, keys, allowMissingKeys)) {
      const loaded = loader(pathIn(sample[key], key))
      out[key] = loaded
      if (options.imageOnly) continue
      const metaKey = metaKeys?.[index] ?? `${key}_${metaKeyPostfix}`
      if (metaKey in out && !overwriting)
        throw new DataError('LoadImaged', `the sample has a "${metaKey}" already; set overwriting or other metaKeys`)
      out[metaKey] = loaded.meta
    }
    return out
  },
})

function pruned(meta: Meta, { simpleKeys, pruneMetaPattern, pruneMetaSep }: LoadOptions): Meta {
  const few = simpleKeys ? Object.fromEntries(Object.entries(meta).filter(([key]) => !gridKeys.test(key))) : meta
  if (pruneMetaPattern === null) return few
  const path = pruneMetaSep === '' ? [pruneMetaPattern] : pruneMetaPattern.split(pruneMetaSep)
  return withoutEntries(few, path, true, ['LoadImage', 'pruneMetaPattern'])
}

function pathIn(value: unknown, key: string): string | readonly string[] {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.length > 0 && value.every((part): part is string => typeof part === 'string'))
    return value
  throw new DataError('LoadImaged', `"${key}" holds ${shown(value)}; give a path, or a list of paths`)
}

/** The volume with its voxels made. */
function madeVolume({ stored, ...volume }: Volume): Volume {
  if (!stored) return volume
  const data = gatherFloats(stored)
  stored.release?.()
  return { ...volume, data }
}

/** Images of one lattice as one: along the axis of their channels, or along a new first one. */
function stacked(images: readonly Image[]): Image {
  const [first, ...others] = images
  const other = others.find(({ shape }) => !sameShape(shape, first.shape))
  if (other)
    throw new ShapeError(
      'LoadImage',
      `files of one case have the shapes [${first.shape.join(', ')}] and [${other.shape.join(', ')}]; all must be equal`,
    )
  const apart = others.find(({ affine }) => !affine.every((x, i) => isNear(x, first.affine[i])))
  if (apart)
    throw new ShapeError(
      'LoadImage',
      `files of one case lie in different places: their affines are ${shown(first.affine)} and ${shown(apart.affine)}; all must be equal`,
    )
  if (others.length === 0) return first
  const given = first.meta.original_channel_dim
  const axis = typeof given === 'number' ? placeOf(given, first.shape, 'LoadImage') : null
  const shape =
    axis === null ? [images.length, ...first.shape] : first.shape.map((n, i) => (i === axis ? images.length * n : n))
  const data = allocate(first.dtype, sizeOf(shape))
  // What lies before the axis counts runs, what lies behind makes a run of one file.
  const run = sizeOf(first.shape.slice(axis ?? 0))
  images.forEach((img, i) => {
    for (let from = 0; from < img.data.length; from += run)
      data.set(img.data.subarray(from, from + run) as never, from * images.length + i * run)
  })
  return { ...first, shape, data, meta: { ...first.meta, original_channel_dim: given === 'no_channel' ? 0 : given } }
}

/** NumPy's `allclose`. */
function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b)
}
