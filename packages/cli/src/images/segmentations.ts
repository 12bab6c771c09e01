import { basename, dirname } from 'node:path'
import {
  chosenSeries,
  dicomSeries,
  imageOf,
  isSegmentation,
  labelMapOf,
  looksLikeDicom,
  openDicom,
  OptionError,
  readDicomSegmentation,
  readImage,
  ResampleToMatch,
  stackOfSeries,
  volumeOf,
  writeSegmentation,
  type DicomSeries,
  type Image,
  type Segment,
  type SliceGrid,
} from 'volvox'
import { nodeFiles } from '@volvox/node'
import { entryAt } from '../entries.ts'

/** The series that a segmentation belongs to. */
export interface Reference {
  /** Folder of the series, or one of its files where it has only that. */
  readonly path: string
  /** Which series of the folder. */
  readonly series: string | null
}

/** The grid of the series. */
interface ReferenceGrid extends SliceGrid {
  readonly series: DicomSeries
}

function gridOf({ path, series: wanted }: Reference): ReferenceGrid {
  const isFolder = entryAt(path).isDirectory()
  const folder = isFolder ? path : dirname(path)
  const names = isFolder ? (nodeFiles.list?.(folder) ?? []) : [basename(path)]
  const series = chosenSeries(dicomSeries(folder, names, nodeFiles), wanted ?? undefined, path)
  const { places, affine } = stackOfSeries(series, path)
  const [[{ columns, rows }]] = places
  return { series, affine, shape: [columns, rows, places.length] }
}

/** Whether a file is a DICOM segmentation. */
export function isDicomSegmentation(path: string): boolean {
  if (entryAt(path).isDirectory() || !looksLikeDicom(nodeFiles.read(path, 256))) return false
  return isSegmentation(openDicom(nodeFiles.read(path), { name: path, inflate: nodeFiles.inflate }).set)
}

/** A DICOM segmentation on the grid of its series: a label map, or channels where segments overlap or are fractional. */
export function segmentationOnSeries(path: string, reference: Reference): Image {
  const { affine, shape } = gridOf(reference)
  const found = readDicomSegmentation(path, { affine, shape }, nodeFiles)
  const { dtype, data, shape: size } = found.overlapping || found.fractional ? found.channels : labelMapOf(found)
  return imageOf({ dtype, data, shape: size, spatialDims: 3, affine, meta: {} })
}

/** Labels, or with `fractional` a channel of fractions for each segment, as a DICOM segmentation of the series. */
export function segmentationOf(
  path: string,
  reference: Reference,
  names: string | null,
  fractional: 'PROBABILITY' | 'OCCUPANCY' | null,
): Uint8Array {
  const { series, affine, shape } = gridOf(reference)
  const given = readImage(path, {}, nodeFiles)
  const imgDst: Image = { ...given, affine, shape: [1, ...shape], data: new Uint8Array(0), dtype: 'uint8' }
  const mode = fractional ? 'bilinear' : 'nearest'
  const onGrid = ResampleToMatch({ mode, paddingMode: 'zeros', dtype: null })(given, { imgDst })
  const input = fractional ? onGrid : volumeOf(onGrid)
  const options = { segments: names === null ? [] : segmentsNamed(names), fractional: fractional ?? undefined }
  return writeSegmentation({ ...input, affine }, series, options)
}

/** "1=Liver,2=Tumour" */
function segmentsNamed(names: string): Segment[] {
  return names.split(',').map((entry) => {
    const [, number, label] = /^\s*(\d+)\s*=\s*(.*\S)\s*$/.exec(entry) ?? []
    if (label === undefined || Number(number) < 1)
      throw new OptionError('convert.names', `"${entry}" names no label; give numbers from 1 with names, e.g. 1=Liver,2=Tumour`) // prettier-ignore
    return { number: Number(number), label }
  })
}
