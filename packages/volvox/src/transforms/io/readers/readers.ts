import { identity } from '../../../core/affine.ts'
import { bool, instance, nameOrNames, oneOf, text } from '../../../core/options.ts'
import { movedVoxels, turnedSpace, closestCanonical, type Volume } from '../../../formats/index.ts'
import { dtypeKind } from '../../shared.ts'
import { castArray } from '../../../core/convert.ts'
import { isList } from '../../../core/lists.ts'
import { convertedPicture, pictureModes, type PictureMode } from './convertPicture.ts'
import {
  channelDim,
  imageReader,
  lpsToRas,
  placeOf,
  withAffine,
  withChannelDim,
  type ImageReader,
} from './imageReader.ts'
import { PydicomReader } from './pydicomReader.ts'
import { WSIReader } from './wsiReader.ts'

const pictures = ['PNG', 'JPEG', 'TIFF', 'BMP']
/** Formats whose further axis is part of each voxel, where ITK turns only the axes of space. */
const withComponents = [...pictures, 'MetaImage', 'NRRD']

/** Reads NIfTI, Analyze and MGH files (MONAI `NibabelReader`). */
export const NibabelReader = imageReader(
  'NibabelReader',
  ['NIfTI', 'MGH'],
  {
    channelDim,
    asClosestCanonical: bool.opt(
      'Turn the axes of space to run as nearly as they can to the right, front and up.',
      false,
    ),
    squeezeNonSpatialDims: bool.opt('Leave out axes of size 1 after those of space.', false),
  },
  ({ channelDim, asClosestCanonical, squeezeNonSpatialDims }) => ({
    reading: { affineRule: 'monai', squeezeNonSpatialDims, later: !asClosestCanonical },
    arrange(volume) {
      const turned = asClosestCanonical ? closestCanonical(volume) : volume
      const meta = { ...turned.meta, as_closest_canonical: asClosestCanonical }
      return withChannelDim({ ...turned, meta }, channelDim, 'NibabelReader')
    },
  }),
)

/**
 * Reads medical formats and pictures as ITK does (MONAI `ITKReader`): axes of space in the order of the file, channels
 * last; `reverseIndexing` has them in NumPy's order.
 */
export const ITKReader = imageReader(
  'ITKReader',
  ['NIfTI', 'DICOM', ...withComponents],
  {
    channelDim,
    seriesName: text.opt('The series of a DICOM folder to read; empty for the first.', ''),
    reverseIndexing: bool.opt('Give the axes of space in reverse order, as NumPy has them.', false),
    seriesMeta: bool.opt("Kept for MONAI's configs; metadata of DICOM are always read.", false),
    affineLpsToRas: lpsToRas,
  },
  ({ channelDim, reverseIndexing, affineLpsToRas, seriesName }) => ({
    reading: { affineRule: 'monai', later: !reverseIndexing, ...(seriesName !== '' && { seriesName }) },
    arrange(volume) {
      // ITK has pictures in a place of their own, in LPS+, where Pillow has none.
      const flat = ['PNG', 'JPEG', 'BMP'].includes(String(volume.meta.format))
      const placed = flat ? withAffine(volume, turnedSpace(volume.affine)) : volume
      const told = withChannelDim(placed, channelDim, 'ITKReader')
      const spaced = affineLpsToRas ? told : withAffine(told, turnedSpace(told.affine), 'LPS')
      return reverseIndexing ? movedVoxels(spaced, reversedAxes(spaced)) : spaced
    },
  }),
)

function reversedAxes({ shape, spatialDims, meta }: Volume): number[] {
  const axes = shape.map((_, axis) => axis)
  if (!withComponents.includes(String(meta.format))) return axes.toReversed()
  return [...axes.slice(0, spatialDims).toReversed(), ...axes.slice(spatialDims)]
}

/**
 * Reads NRRD files (MONAI `NrrdReader`). Channels come last, as in all formats, unless `channelDim` says otherwise. With
 * `indexOrder` C all axes are in reverse order, and of the LPS matrix the rows and the columns, as MONAI has it: that is
 * no place in the world. `affineLpsToRas` false leaves the affine in the space of the file.
 */
export const NrrdReader = imageReader(
  'NrrdReader',
  ['NRRD'],
  {
    channelDim,
    dtype: dtypeKind.nullable().opt('Element type of the voxels; null keeps the one of the file.', 'float32'),
    indexOrder: oneOf('F', 'C').opt("Order of the axes: the file's (F) or its reverse (C).", 'F'),
    affineLpsToRas: lpsToRas,
  },
  ({ channelDim, dtype, indexOrder, affineLpsToRas }) => ({
    reading: dtype === 'float32' || dtype === 'float64' ? { as: dtype } : {},
    arrange(volume) {
      const type = dtype ?? volume.dtype
      const cast = { ...volume, dtype: type, data: castArray(volume.data, volume.dtype, type) }
      const turned = indexOrder === 'C' ? reversedWhole(cast) : cast
      const inLps = isLps(volume.meta.stored_space)
      const spaced = affineLpsToRas || !inLps ? turned : withAffine(turned, turnedSpace(turned.affine), 'LPS')
      if (typeof channelDim !== 'number' || volume.shape.length !== volume.spatialDims + 1)
        return withChannelDim(spaced, channelDim, 'NrrdReader')
      const place = placeOf(channelDim, spaced.shape, 'NrrdReader')
      const axes = spaced.shape.map((_, axis) => axis)
      const [channels] = axes.splice(indexOrder === 'C' ? 0 : axes.length - 1, 1)
      axes.splice(place, 0, channels)
      return withChannelDim(movedVoxels(spaced, axes), channelDim, 'NrrdReader')
    },
  }),
)

function isLps(space: unknown): boolean {
  return space === undefined || /^left-posterior-superior$|^lps$/i.test(String(space))
}

function reversedWhole(volume: Volume): Volume {
  const { affine, spatialDims: n } = volume
  // MONAI turns rows and columns of what stands in the file.
  const inLps = isLps(volume.meta.stored_space)
  const own = inLps ? turnedSpace(affine) : affine
  const reversed = own.map((value, i) => {
    const [row, column] = [Math.floor(i / 4), i % 4]
    if (row >= n) return value
    return column < n ? own[4 * (n - 1 - column) + n - 1 - row] : column === 3 ? own[4 * (n - 1 - row) + 3] : value
  })
  const axes = volume.shape.map((_, axis) => axis)
  const moved = withAffine(movedVoxels(volume, axes.toReversed()), inLps ? turnedSpace(reversed) : reversed)
  const spatial = moved.shape.slice(moved.shape.length - n)
  const channels = moved.shape.length === n ? 'no_channel' : 0
  return { ...moved, meta: { ...moved.meta, spatial_shape: spatial, original_channel_dim: channels } }
}

/** Reads NumPy's arrays (MONAI `NumpyReader`): all axes count as space unless `channelDim` names the channels'. */
export const NumpyReader = imageReader(
  'NumpyReader',
  ['NumPy', 'NumPy archive'],
  {
    channelDim,
    npzKeys: nameOrNames.opt('Names of the arrays of an .npz file to read; all, stacked, unless given.', null),
  },
  ({ channelDim, npzKeys }) => ({
    reading: npzKeys === null ? {} : { keys: isList(npzKeys) ? npzKeys : [npzKeys] },
    arrange: (volume) =>
      typeof channelDim === 'number' && volume.meta.original_channel_dim === 'no_channel'
        ? withChannelDim(volume, channelDim, 'NumpyReader', Infinity)
        : volume,
  }),
)

const converterKind = instance<PictureMode | ((volume: Volume) => Volume)>(
  `one of Pillow's modes (${pictureModes.join(', ')}), or a function of the volume`,
  (value) => typeof value === 'function' || pictureModes.includes(value as PictureMode),
)

/**
 * Reads pictures as Pillow does (MONAI `PILReader`): the first axis runs to the right, or down without `reverseIndexing`;
 * pixels are palette entries where the file has a palette, and bool where they have one bit.
 */
export const PILReader = imageReader(
  'PILReader',
  pictures,
  {
    converter: converterKind.opt(
      'Kind of pixels to convert to, by the name that Pillow gives it, or a function.',
      null,
    ),
    reverseIndexing: bool.opt(
      'Swap the axes of the array that Pillow gives, so that the first runs to the right.',
      true,
    ),
  },
  ({ converter, reverseIndexing }) => ({
    // Converting needs the colours of a palette.
    reading: { asPillow: converter === null },
    arrange(volume) {
      const placed = withAffine(volume, identity())
      const converted =
        converter === null
          ? placed
          : typeof converter === 'function'
            ? converter(placed)
            : convertedPicture(placed, converter)
      const axes = converted.shape.map((_, axis) => axis)
      return reverseIndexing ? converted : movedVoxels(converted, [1, 0, ...axes.slice(2)])
    },
  }),
)

/**
 * MONAI's readers, in the order in which it registers them: the last one that knows a name's extension takes the file.
 * WSIReader takes only what it is asked for by name.
 */
export const readers = { PydicomReader, ITKReader, NrrdReader, NumpyReader, PILReader, NibabelReader, WSIReader }

export type ReaderName = keyof typeof readers
export const readerNames = Object.keys(readers) as readonly ReaderName[]

/** A reader by its name, with options as its schema has them. */
export function makeReader(name: ReaderName, given: Readonly<Record<string, unknown>> = {}): ImageReader {
  return (readers[name] as (given: never) => ImageReader)(given as never) // the reader checks them
}

/** The reader that MONAI takes for a name, by its extension. */
export function readerForName(path: string): ReaderName {
  if (/\.nii(\.gz)?$/i.test(path)) return 'NibabelReader'
  if (/\.(png|jpe?g|bmp)$/i.test(path)) return 'PILReader'
  if (/\.np[yz]$/i.test(path)) return 'NumpyReader'
  if (/\.nrrd$/i.test(path)) return 'NrrdReader'
  return 'ITKReader'
}

/** The reader for a file of this format whose own reader does not take it. */
export function readerForFormat(format: string): ReaderName {
  return readerNames.findLast((name) => makeReader(name).formats.includes(format)) ?? 'ITKReader'
}
