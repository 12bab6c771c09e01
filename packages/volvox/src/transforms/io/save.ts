import { z } from 'zod'
import { OptionError, shown } from '../../core/errors.ts'
import { currentFiles } from '../../core/files.ts'
import { gridOf, type Image } from '../../core/image.ts'
import { Kind, bool, instance, nameOrNames, number, numbers, text, type Values } from '../../core/options.ts'
import type { Sampling, ScaleMode } from '../../core/plan.ts'
import { sameShape } from '../../core/tensor.ts'
import { writeVolume } from '../../formats/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, dtypeKind } from '../shared.ts'
import { SpatialResample } from '../spatial/index.ts'
import { samplingMode, scaleMode } from '../spatial/options.ts'
import { EnsureChannelFirst } from '../utility/index.ts'
import { counting, counterOption } from './counting.ts'
import { FolderLayout, type FileLayout, type FileNaming } from './folderLayout.ts'
import { checkWriter, isPicture, pictureFor, resizedTo, vectorsFor, volumeFor } from './writers.ts'

const layoutKind = instance<FileLayout>(
  'a FolderLayout, or another object with a function "filename"',
  (value) => typeof value === 'object' && value !== null && 'filename' in value && typeof value.filename === 'function',
)
const formatterKind = instance<(meta: Image['meta']) => FileNaming>(
  'a function from the metadata to { subject, idx }',
  (value) => typeof value === 'function',
)
const modeKind = new Kind<Sampling['mode'] | ScaleMode>(`${samplingMode.noun}; for pictures ${scaleMode.noun}`, () =>
  z.union([samplingMode.type, scaleMode.type]),
)
const channelKind = new Kind<number | null>(
  'a whole number, null or "no_channel"',
  () =>
    z.union([z.int(), z.null(), z.literal('no_channel').transform(() => null)]) as unknown as z.ZodType<number | null>,
)

const options = {
  outputDir: text.opt('Folder to write into; made when missing.', './'),
  outputPostfix: text.opt('Added to the name after an underscore.', 'trans'),
  outputExt: text.opt('Extension, and so the format.', '.nii.gz'),
  outputDtype: dtypeKind.nullable().opt('Element type in the file; null keeps the type of the image.', 'float32'),
  resample: bool.opt('Resample to the grid of the original file first.', false),
  mode: modeKind.opt('Interpolation when resampling.', 'nearest'),
  paddingMode: text.opt('Values outside when resampling: "border", "zeros" or "reflection".', 'border'),
  scale: number
    .where((x) => x === 255 || x === 65535, '255 or 65535')
    .opt('For pictures: values are cut to 0..1 and multiplied by this; null leaves them.', null),
  dtype: dtypeKind.nullable().opt('Type to compute in when resampling.', 'float64'),
  squeezeEndDims: bool.opt('Leave out axes of size 1 at the end, a single channel among them.', true),
  dataRootDir: text.opt('Folders of the input path below this one are kept in the output.', ''),
  separateFolder: bool.opt('Make a folder per case.', true),
  printLog: bool.opt('Print where each image is written.', true),
  outputFormat: text.opt('Extension where outputExt is empty.', ''),
  writer: text.opt('NibabelWriter, ITKWriter or PILWriter; null chooses by the extension.', null),
  channelDim: channelKind.opt('Axis of the channels; null or "no_channel" where the image has none.', 0),
  outputNameFormatter: formatterKind.opt('Gives subject, idx and further words of the name from the metadata.', null),
  folderLayout: layoutKind.opt('Names files instead of the output options.', null),
  savepathInMetadict: bool.opt("Kept for MONAI's configs; the path is in meta.saved_to.", false),
}
type Options = Values<typeof options>

const Saving = voxels({
  name: 'SaveImage',
  options: { ...options, ...counterOption },
  apply(img, { counter, ...given }) {
    const extension = extensionOf(given)
    if (given.writer !== null) checkWriter(given.writer, extension.toLowerCase())
    const path = outputPath(img, given, extension, counter?.count ?? 0)
    // As in MONAI: an image of as many axes as its file has spatial ones has not been given a channel axis.
    const noChannel = given.channelDim === null || (spatialShapeOf(img)?.length ?? 0) >= img.shape.length
    const whole = EnsureChannelFirst({ channelDim: noChannel ? 'no_channel' : given.channelDim })(img)
    writeVolume(path, volumeOf(whole, given, extension.toLowerCase()), {}, currentFiles())
    if (counter) counter.count++
    if (given.printLog) console.info(`writing: ${path}`)
    return { ...img, meta: { ...img.meta, saved_to: path } }
  },
})

/**
 * Writes the image to `outputDir/case/case_postfix[_patch].ext` and gives it on (MONAI `SaveImage`). The case is named
 * after the file that the image came from, else numbered in the order of writing; with `dataRootDir` the folders below
 * it are kept.
 */
export const SaveImage = counting(Saving)

export const SaveImaged = counting(
  dictionary(Saving, {
    options: {
      metaKeys: nameOrNames.opt("Kept for MONAI's configs; an image carries its metadata.", null),
      metaKeyPostfix: text.nullable().opt("Kept for MONAI's configs; an image carries its metadata.", 'meta_dict'),
    },
  }),
)

/** What goes into the file. */
function volumeOf(img: Image, given: Options, extension: string) {
  const { mode, outputDtype, scale, writer } = given
  if (isPicture(writer, extension)) {
    const shape = given.resample ? spatialShapeOf(img)?.slice(0, img.shape.length - 1) : undefined
    return pictureFor(shape ? resizedTo(shape, img, mode) : img, outputDtype, scale, extension)
  }
  const placed = given.resample ? onOriginalGrid(img, given) : img
  const volume = volumeFor(cast(placed, outputDtype ?? placed.dtype), given.squeezeEndDims)
  return vectorsFor(volume, writer, extension)
}

function extensionOf({ outputExt, outputFormat }: Options): string {
  const extension = outputExt || outputFormat
  return extension && !extension.startsWith('.') ? `.${extension}` : extension
}

function outputPath(img: Image, given: Options, extension: string, written: number): string {
  const { filename_or_obj: source, patch_index: patch } = img.meta
  const naming = given.outputNameFormatter?.(img.meta) ?? {
    subject: typeof source === 'string' ? source : String(written),
    idx: typeof patch === 'number' ? patch : null,
  }
  const layout =
    given.folderLayout ??
    FolderLayout({
      outputDir: given.outputDir,
      postfix: given.outputPostfix,
      extension,
      parent: given.separateFolder,
      dataRootDir: given.dataRootDir,
    })
  const path: unknown = layout.filename(naming)
  if (typeof path === 'string' && path !== '') return path
  throw new OptionError('SaveImage.folderLayout', `its filename gave ${shown(path)}; it must give a path`)
}

function spatialShapeOf(img: Image): readonly number[] | undefined {
  return numbers.type.safeParse(img.meta.spatial_shape).data
}

/** On the grid of the file; each channel by itself (MONAI 1.4 mixes the voxels of several up). */
function onOriginalGrid(img: Image, { mode, paddingMode, dtype }: Options): Image {
  const affine = numbers.type.safeParse(img.meta.original_affine).data
  const shape = spatialShapeOf(img)
  if (!affine || !shape || (sameShape(shape, gridOf(img).shape) && sameShape(affine, img.affine))) return img
  const sampling = samplingMode.parse(mode, 'SaveImage.mode')
  return SpatialResample({ mode: sampling, paddingMode, dtype })(img, { dstAffine: affine, spatialSize: shape })
}
