import { invert, multiply, resized } from '../../core/affine.ts'
import { OptionError, shown } from '../../core/errors.ts'
import { currentFiles } from '../../core/files.ts'
import { gridOf, type Image } from '../../core/image.ts'
import { bool, instance, int, nameOrNames, number, numbers, oneOf, text, type Values } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import { writeVolume } from '../../formats/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { runPlan } from '../resample.ts'
import { cast, dtypeKind } from '../shared.ts'
import { Resize } from '../spatial/index.ts'
import { EnsureChannelFirst } from '../utility/index.ts'
import { FolderLayout, type FileLayout, type FileNaming } from './folderLayout.ts'
import { checkWriter, pngOf, volumeFor } from './writers.ts'

const layoutKind = instance<FileLayout>(
  'a FolderLayout, or another object with a function "filename"',
  (value) => typeof value === 'object' && value !== null && 'filename' in value && typeof value.filename === 'function',
)
const formatterKind = instance<(meta: Image['meta']) => FileNaming>(
  'a function from the metadata to { subject, idx }',
  (value) => typeof value === 'function',
)

const options = {
  outputDir: text.opt('Folder to write into; made when missing.', './'),
  outputPostfix: text.opt('Added to the name after an underscore.', 'trans'),
  outputExt: text.opt('Extension, and so the format.', '.nii.gz'),
  outputDtype: dtypeKind.nullable().opt('Element type in the file; null keeps the type of the image.', 'float32'),
  resample: bool.opt('Resample to the grid of the original file first.', false),
  mode: oneOf('nearest', 'bilinear').opt('Interpolation when resampling.', 'nearest'),
  paddingMode: oneOf('zeros', 'border', 'reflection').opt('Values outside when resampling.', 'border'),
  scale: number
    .where((x) => x === 255 || x === 65535, '255 or 65535')
    .opt('For PNG: values are cut to 0..1 and multiplied by this; null leaves them.', null),
  dtype: dtypeKind.nullable().opt("Kept for MONAI's configs; positions are computed in float64.", 'float64'),
  squeezeEndDims: bool.opt('Leave out axes of size 1 at the end, a single channel among them.', true),
  dataRootDir: text.opt('Folders of the input path below this one are kept in the output.', ''),
  separateFolder: bool.opt('Make a folder per case.', true),
  printLog: bool.opt("Kept for MONAI's configs; the path is in meta.saved_to.", true),
  outputFormat: text.opt('Extension where outputExt is empty.', ''),
  writer: text.opt('NibabelWriter, ITKWriter or PILWriter; null chooses by the extension.', null),
  channelDim: int.nullable().opt('Axis of the channels; null where the image has none.', 0),
  outputNameFormatter: formatterKind.opt('Gives subject, idx and further words of the name from the metadata.', null),
  folderLayout: layoutKind.opt('Names files instead of the output options.', null),
  savepathInMetadict: bool.opt("Kept for MONAI's configs; the path is in meta.saved_to.", false),
}

/**
 * Writes the image to `outputDir/case/case_postfix[_patch].ext` and gives it on (MONAI `SaveImage`). The case is named
 * after the file that the image came from; with `dataRootDir` the folders below it are kept.
 */
export const SaveImage = voxels({
  name: 'SaveImage',
  options,
  apply(img, given) {
    const extension = extensionOf(given)
    if (given.writer !== null) checkWriter(given.writer, extension.toLowerCase())
    const path = outputPath(img, given, extension)
    // As in MONAI: an image of as many axes as its file has spatial ones has not been given a channel axis.
    const noChannel = given.channelDim === null || (spatialShapeOf(img)?.length ?? 0) >= img.shape.length
    const whole = EnsureChannelFirst({ channelDim: noChannel ? 'no_channel' : given.channelDim })(img)
    const files = currentFiles()
    if (extension.toLowerCase() === '.png') {
      files.write(path, pngOf(given.resample ? ofOriginalSize(whole, given.mode) : whole, given.scale, files))
    } else {
      const placed = given.resample ? onOriginalGrid(whole, given.mode, given.paddingMode) : whole
      const typed = cast(placed, given.outputDtype ?? placed.dtype)
      writeVolume(path, volumeFor(typed, given.squeezeEndDims), {}, files)
    }
    return { ...img, meta: { ...img.meta, saved_to: path } }
  },
})

export const SaveImaged = dictionary(SaveImage, {
  options: {
    metaKeys: nameOrNames.opt("Kept for MONAI's configs; an image carries its metadata.", null),
    metaKeyPostfix: text.nullable().opt("Kept for MONAI's configs; an image carries its metadata.", 'meta_dict'),
  },
})

function extensionOf({ outputExt, outputFormat }: Values<typeof options>): string {
  const extension = outputExt || outputFormat
  return extension && !extension.startsWith('.') ? `.${extension}` : extension
}

function outputPath(img: Image, given: Values<typeof options>, extension: string): string {
  const { filename_or_obj: source, patch_index: patch } = img.meta
  const naming = given.outputNameFormatter?.(img.meta) ?? {
    subject: typeof source === 'string' ? source : '0',
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

function ofOriginalSize(img: Image, mode: 'nearest' | 'bilinear'): Image {
  const spatialSize = spatialShapeOf(img)?.slice(0, img.shape.length - 1)
  return spatialSize ? Resize({ spatialSize, mode })(img) : img
}

function onOriginalGrid(img: Image, mode: 'nearest' | 'bilinear', paddingMode: string): Image {
  const affine = numbers.type.safeParse(img.meta.original_affine).data
  const shape = spatialShapeOf(img)
  if (!affine || !shape || (sameShape(shape, gridOf(img).shape) && sameShape(affine, img.affine))) return img
  const matrix = resized(multiply(invert(img.affine, 'SaveImage'), affine), shape.length)
  return runPlan(img, { kind: 'affine', shape, matrix, sampling: { mode, paddingMode } })
}
