import { currentFiles, type Files } from '../../core/files.ts'
import { framesOfFile } from './dicom.ts'
import { openDicom } from './part10.ts'
import { segmentationOf, type Segmentation, type SliceGrid } from './segmentation.ts'

/** Reads a DICOM segmentation, on the grid of the series that was segmented if that is given (as `readVolume` reads it). */
export function readDicomSegmentation(path: string, grid?: SliceGrid, files: Files = currentFiles()): Segmentation {
  const file = openDicom(files.read(path), { name: path, inflate: (...given) => files.inflate(...given) })
  return segmentationOf(file, framesOfFile(file, path), files, path, grid)
}
