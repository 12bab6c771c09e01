import { invert, multiply, resized } from '../../core/affine.ts'
import { currentFiles } from '../../core/files.ts'
import { gridOf, type Image } from '../../core/image.ts'
import { bool, numbers, oneOf, text } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import { writeImage } from '../../formats/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { runPlan } from '../resample.ts'
import { cast, dtypeKind } from '../shared.ts'

/**
 * Writes the image to `outputDir/case/case_postfix.ext` and gives it on (MONAI `SaveImage`). The case is named after the
 * file that the image came from; with `dataRootDir` the folders below it are kept.
 */
export const SaveImage = voxels({
  name: 'SaveImage',
  options: {
    outputDir: text.opt('Folder to write into; made when missing.', './'),
    outputPostfix: text.opt('Added to the name after an underscore.', 'trans'),
    outputExt: text.opt('Extension, and so the format.', '.nii.gz'),
    outputDtype: dtypeKind.nullable().opt('Element type in the file; null keeps the type of the image.', 'float32'),
    resample: bool.opt('Resample to the grid of the original file first.', false),
    mode: oneOf('nearest', 'bilinear').opt('Interpolation when resampling.', 'nearest'),
    paddingMode: oneOf('zeros', 'border', 'reflection').opt('Values outside when resampling.', 'border'),
    separateFolder: bool.opt('Make a folder per case.', true),
    dataRootDir: text.opt('Folders of the input path below this one are kept in the output.', ''),
    printLog: bool.opt("Kept for MONAI's configs; the path is in meta.saved_to.", true),
    savepathInMetadict: bool.opt("Kept for MONAI's configs; the path is in meta.saved_to.", false),
  },
  apply(img, options) {
    const placed = options.resample ? onOriginalGrid(img, options.mode, options.paddingMode) : img
    const path = outputPath(img, options)
    writeImage(path, cast(placed, options.outputDtype ?? placed.dtype), {}, currentFiles())
    return { ...img, meta: { ...img.meta, saved_to: path } }
  },
})

export const SaveImaged = dictionary(SaveImage)

function onOriginalGrid(img: Image, mode: 'nearest' | 'bilinear', paddingMode: string): Image {
  const affine = numbers.type.safeParse(img.meta.original_affine).data
  const shape = numbers.type.safeParse(img.meta.spatial_shape).data
  if (!affine || !shape || (sameShape(shape, gridOf(img).shape) && sameShape(affine, img.affine))) return img
  const matrix = resized(multiply(invert(img.affine, 'SaveImage'), affine), shape.length)
  return runPlan(img, { kind: 'affine', shape, matrix, sampling: { mode, paddingMode } })
}

interface Naming {
  readonly outputDir: string
  readonly outputPostfix: string
  readonly outputExt: string
  readonly separateFolder: boolean
  readonly dataRootDir: string
}

function outputPath(img: Image, { outputDir, outputPostfix, outputExt, separateFolder, dataRootDir }: Naming): string {
  const source = typeof img.meta.filename_or_obj === 'string' ? img.meta.filename_or_obj.replaceAll('\\', '/') : '0'
  const file = source.slice(source.lastIndexOf('/') + 1)
  const stem = file.replace(/\.gz$/i, '').replace(/\.[^.]+$/, '')
  const name = `${stem}${outputPostfix && `_${outputPostfix}`}${outputExt.startsWith('.') ? '' : '.'}${outputExt}`
  return [outputDir.replace(/\/$/, ''), ...foldersBelow(source, dataRootDir), ...(separateFolder ? [stem] : []), name]
    .filter((part) => part !== '')
    .join('/')
}

function foldersBelow(source: string, root: string): string[] {
  const base = `${root.replaceAll('\\', '/').replace(/\/$/, '')}/`
  return root && source.startsWith(base) ? source.slice(base.length).split('/').slice(0, -1) : []
}
