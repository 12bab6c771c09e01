import { FormatError } from '../../core/errors.ts'
import { volume, type Format, type Reading, type ReadOptions, type Volume } from '../format.ts'
import { arrange, type Stack } from './arrange.ts'
import { framesInOrder, type Frames } from './frames.ts'
import { safeHeader, stackMeta } from './meta.ts'
import { kindOf, looksLikeDicom, openDicom, pixelElement, type DicomFile } from './part10.ts'
import { pixelLayout } from './pixelLayout.ts'
import { writeSecondaryCapture } from './secondaryCapture.ts'
import { isSegmentation, labelMapOf, segmentationOf } from './segmentation.ts'
import { slicesOf, type Slice } from './slices.ts'
import { stackVoxels } from './voxels.ts'

/**
 * DICOM: one file with one or several frames; folders are `readDicomFolder`'s. Voxels are rescaled (Hounsfield units), palettes
 * and luminance become colours, segmentations label maps. Axes and affine are those of MONAI's ITKReader: column, row, slice, in RAS+. Memory is bounded
 * by what the header declares, and that is believed only as far as the data are long enough for it.
 */
export const dicom: Format = {
  name: 'DICOM',
  extensions: ['.dcm', '.dicom'],
  sniff: looksLikeDicom,
  read: (bytes: Uint8Array, reading: Reading): Volume => {
    const file = openDicom(bytes, reading)
    const frames = framesOfFile(file, reading.name)
    if (isSegmentation(file.set) && !reading.raw) return segmentationVolume(file, frames, reading)
    const stack = arrange(frames, reading.name)
    return volumeOfStack(stack, framesInOrder(stack, reading, reading.raw), reading)
  },
  write: writeSecondaryCapture,
}

/** A label map where each voxel is of one segment, else a channel for each. */
export function segmentationVolume(
  file: DicomFile,
  frames: readonly Slice[],
  reading: ReadOptions & Pick<Reading, 'name' | 'imageDecoder'>,
): Volume {
  const found = segmentationOf(file, frames, reading, reading.name)
  const asLabels = reading.segments !== 'channels' && !found.overlapping && !found.fractional
  const voxels = asLabels ? labelMapOf(found) : found.channels
  const labels = found.segments.map(({ label, number }, i): [string, number] => [label, asLabels ? number : i])
  const meta = { ...safeHeader(file.set), segments: found.segments, labels: Object.fromEntries(labels) }
  return volume({ dtype: voxels.dtype, data: voxels.data }, voxels.shape, 3, found.affine, meta, reading)
}

/** The frames of a file, with their places. */
export function framesOfFile(file: DicomFile, name: string): Slice[] {
  if (!pixelElement(file.set))
    throw new FormatError(name, `it is ${kindOf(file.set)} and has no pixels; give an object with an image`)
  const { frames, rows, columns } = pixelLayout(file.set, name)
  // Each frame takes a bit at least, so a count beyond that is no reason to make lists of it.
  const { bytes, fragments = [], outside } = pixelElement(file.set) ?? {}
  const length = (bytes ?? outside)?.length ?? fragments.reduce((sum, piece) => sum + piece.length, 0)
  if (frames > length * 8)
    throw new FormatError(name, `its header declares ${frames} frames, the pixels cannot hold them; the file is damaged or cut short`) // prettier-ignore
  return slicesOf(file, frames, rows, columns, name)
}

/** The volume of a lattice, from its frames in order. */
export function volumeOfStack(stack: Stack, frames: Frames, options: ReadOptions): Volume {
  const { voxels, shape } = stackVoxels(stack, frames, options)
  return volume(voxels, shape, 3, stack.affine, stackMeta(stack), options)
}
