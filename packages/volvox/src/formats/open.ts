import { FormatError, MissingError, shown } from '../core/errors.ts'
import { currentFiles, type Files } from '../core/files.ts'
import type { Image } from '../core/image.ts'
import { imageOf, volumeOf } from './convert.ts'
import { sniffBytes, type Format, type Reading, type ReadOptions, type Volume, type WriteOptions } from './format.ts'
import { borrowing } from '../kernels/runtime.ts'
import { inflateHead, isGzip } from './gzip.ts'
import { dicom } from './dicom/dicom.ts'
import { readDicomFolder } from './dicom/folder.ts'
import { metaImage } from './metaImage/metaImage.ts'
import { mgh } from './mgh/mgh.ts'
import { nifti } from './nifti/nifti.ts'
import { nrrd } from './nrrd/nrrd.ts'
import { npy } from './numpy/npy.ts'
import { npz } from './numpy/npz.ts'
import { jpeg } from './jpeg/jpeg.ts'
import { tiff } from './tiff/tiff.ts'
import { bmp } from './bmp.ts'
import { png } from './png/png.ts'
import { safetensors } from './safetensors.ts'
import { baseName, companionPath, extensionOf, folderOf } from './paths.ts'

/** The formats that can be read and written, in the order in which they are tried: DICOM before TIFF, which its preamble may look like. */
export const formats: readonly Format[] = [
  nifti,
  metaImage,
  dicom,
  nrrd,
  mgh,
  npy,
  npz,
  png,
  jpeg,
  tiff,
  bmp,
  safetensors,
]

/** Reads an image as its file has it: axes in the file's order, channels (if any) last. A folder is read as a DICOM series. */
export function readVolume(path: string, options: ReadOptions = {}, files: Files = currentFiles()): Volume {
  const names = files.list?.(path) ?? null
  if (names) {
    const series = inMemory(path, () => readDicomFolder(path, names, options, files))
    return { ...series, meta: { ...series.meta, format: dicom.name, filename_or_obj: path } }
  }
  const main = path.replace(/img(?=(\.gz)?$)/, 'hdr').replace(/IMG(?=(\.GZ)?$)/, 'HDR') // a pair is read by its header
  const name = /\.img(\.gz)?$/i.test(path) ? main : path
  return borrowing(() => {
    const bytes = files.read(name, undefined, true)
    const format = formatOf(name, bytes)
    const reading: Reading = {
      ...options,
      name,
      inflate: (...given) => files.inflate(...given),
      imageDecoder: files.imageDecoder,
      sidecar: (companion) => companionOf(name, companion, files),
    }
    const volume = inMemory(name, () => format.read(bytes, reading))
    return { ...volume, meta: { ...volume.meta, format: format.name, filename_or_obj: path } }
  })
}

/** Reads an image with its channels in front; one channel where the file has none (MONAI: LoadImage, EnsureChannelFirst). */
export function readImage(path: string, options: ReadOptions = {}, files: Files = currentFiles()): Image {
  return imageOf(readVolume(path, options, files))
}

/** Writes an image in the format of the path's extension; channels go last, a single channel has no axis. */
export function writeImage(
  path: string,
  image: Image,
  options: WriteOptions = {},
  files: Files = currentFiles(),
): void {
  writeVolume(path, volumeOf(image), options, files)
}

export function writeVolume(
  path: string,
  volume: Volume,
  options: WriteOptions = {},
  files: Files = currentFiles(),
): void {
  const writable = formats.filter((format) => format.write)
  const format = writable.find(({ extensions }) => extensionOf(path, extensions))
  if (!format?.write)
    throw new FormatError(path, `its extension names no format that can be written; use ${listed(writable)}`)
  const deflate: Files['deflate'] = (bytes, container, level) => files.deflate(bytes, container, level)
  for (const part of format.write(volume, { ...options, name: baseName(path), deflate }))
    files.write(folderOf(path) + part.name, part.bytes)
}

function companionOf(name: string, companion: string, files: Files): Uint8Array {
  try {
    return files.read(companionPath(name, companion))
  } catch (error) {
    // The user named the header; the sentence must, too.
    throw error instanceof MissingError ? error.within(name) : error
  }
}

/** Runs `read`; sizes that no array or machine can hold, though the file may be sound, become a sentence. */
function inMemory(path: string, read: () => Volume): Volume {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FormatError(
      path,
      `its voxels do not fit in memory (${error.message}); use a machine with more, or store it in parts`,
    )
  }
}

/** Whether the path's extension is that of an image which can be read. */
export function isImagePath(path: string): boolean {
  return imageExtensionOf(path) !== undefined
}

/** The path's extension, e.g. `.nii.gz`, if it is that of an image which can be read. */
export function imageExtensionOf(path: string): string | undefined {
  return extensionOf(
    path,
    formats.flatMap(({ extensions }) => extensions),
  )
}

/** By content first; by name where the content says nothing, so that the format's reader can say what is wrong. */
function formatOf(path: string, bytes: Uint8Array): Format {
  const head = isGzip(bytes) ? inflateHead(bytes, sniffBytes, path) : bytes.subarray(0, sniffBytes)
  const format =
    formats.find(({ sniff }) => sniff(head)) ?? formats.find(({ extensions }) => extensionOf(path, extensions))
  if (format) return format
  const begins =
    bytes.length === 0 ? 'the file is empty' : `it begins with ${shown(String.fromCharCode(...bytes.subarray(0, 8)))}`
  throw new FormatError(
    path,
    `${begins}, and neither that nor its name is of a format that can be read; give ${listed(formats)}`,
  )
}

function listed(some: readonly Format[]): string {
  return some.map(({ name, extensions }) => `${name} (${extensions.join(', ')})`).join(' or ')
}
