export { wasmCodecs, wasmImageDecoder, type WasmFactory } from './codecs.ts'
export type { DataElement, DataSet } from './dataSet.ts'
export { looksLikeDicom, openDicom, type DicomFile } from './part10.ts'
export { storedPixels, type StoredPixels } from './storedPixels.ts'
export { asColours } from './colour.ts'
export { dicom, volumeOfStack } from './dicom.ts'
export { framesInOrder, framesOnDisk, changedMeanwhile, type Frames, type Piece } from './frames.ts'
export {
  chosenSeries,
  dicomSeries,
  headBytes,
  namesMatching,
  pathIn,
  readDicomFolder,
  segmentationIn,
  stackOfSeries,
  type DicomSeries,
} from './folder.ts'
export { safeHeader } from './meta.ts'
export {
  isSegmentation,
  labelMapOf,
  segmentationOf,
  type Code,
  type Segment,
  type SliceGrid,
  type Segmentation,
} from './segmentation.ts'
export { writeSegmentation, type SegmentationOptions } from './writeSegmentation.ts'
export { readDicomSegmentation } from './readSegmentation.ts'
export { deidentify, hasBurnedIn, leftovers, type Deidentified, type DeidentifyOptions } from './deid/deidentify.ts'
