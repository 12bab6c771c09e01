import type { Affine } from '../../core/affine.ts'
import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { sizeOf, type Tensor } from '../../core/tensor.ts'
import { arrange } from './arrange.ts'
import { codeItem, equipment, patientAndStudy } from './derived.ts'
import { dataSetOf, decimal, encodeFile, type Attributes } from './encode.ts'
import { framesOfFile } from './dicom.ts'
import type { DicomSeries } from './folder.ts'
import type { Code, Segment } from './segmentation.ts'
import { cross, frameSets, groupOf, type Slice } from './slices.ts'
import { tags } from './tags.ts'
import { newUid } from './uid.ts'
import { numberOf, textOf } from './values.ts'

export interface SegmentationOptions {
  /** What each value of the label map is; those that are not named are called after their numbers. */
  readonly segments?: readonly Segment[]
  readonly seriesDescription?: string
  readonly seriesNumber?: number
  /** What made the segments, e.g. the name of a model. */
  readonly algorithmName?: string
  readonly now?: Date
}

/** What the voxels are on: column, row, slice, as `readVolume` gives the source series. */
export interface SegmentationInput extends Tensor {
  readonly affine: Affine
}

/** What a segment is, where nobody says it (SNOMED CT). */
const tissue: Code = { value: '85756007', scheme: 'SCT', meaning: 'Tissue' }

const mostSegments = 1000

const storageClass = '1.2.840.10008.5.1.4.1.1.66.4'

/**
 * A DICOM segmentation object (binary) of a label map, on the grid of the series that was segmented, with its patient and study.
 * Each segment has the frames where it is not empty, each frame names the image that it was made from.
 */
export function writeSegmentation(
  labels: SegmentationInput,
  source: DicomSeries,
  options: SegmentationOptions = {},
): Uint8Array {
  const where = 'writeSegmentation'
  const stack = arrange(
    source.files.flatMap(({ file, name }) => framesOfFile(file, name)),
    source.files[0].name,
  )
  const slices = stack.places.map(([slice]) => slice)
  const [first] = slices
  const shape = [first.columns, first.rows, slices.length]
  if (labels.shape.length !== 3 || labels.shape.some((size, i) => size !== shape[i]))
    throw new ShapeError(where, `the label map is [${labels.shape.join(', ')}], the series ${shape.join(' x ')}; bring it back to the series' grid first (Invertd, SaveImage with resample)`) // prettier-ignore
  const off = Math.max(...labels.affine.map((x, i) => Math.abs(x - stack.affine[i])))
  if (off > 0.01)
    throw new ShapeError(where, `the label map lies elsewhere than the series (affines differ by ${off.toFixed(3)} mm); bring it back to the series' grid first (Invertd, SaveImage with resample)`) // prettier-ignore
  // Segments count from 1 without gaps (PS3.3, C.8.20.4): labels keep their numbers, and those between have no frames.
  const numbers = Array.from({ length: largestLabel(labels) }, (_, i) => i + 1)
  const frames = numbers.flatMap((segment) =>
    slices.flatMap((slice, z) => {
      const mask = maskOf(labels, segment, z)
      return mask ? [{ slice, mask, segment, place: z + 1 }] : []
    }),
  )
  const segments = numbers.map((number) => segmentItem(number, options))
  const attributes: Attributes = {
    ...patientAndStudy(first.file),
    ...equipment(options.now ?? new Date()),
    SOPClassUID: storageClass,
    SOPInstanceUID: newUid(),
    Modality: 'SEG',
    SeriesInstanceUID: newUid(),
    SeriesNumber: options.seriesNumber ?? 1000,
    SeriesDescription: options.seriesDescription ?? 'Segmentation',
    InstanceNumber: 1,
    FrameOfReferenceUID: textOf(first.file.set, 'FrameOfReferenceUID') ?? newUid(),
    PositionReferenceIndicator: '',
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentLabel: 'SEGMENTATION',
    ContentDescription: '',
    ContentCreatorName: '',
    SegmentationType: 'BINARY',
    SegmentsOverlap: 'NO',
    SegmentSequence: segments,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames.length,
    Rows: first.rows,
    Columns: first.columns,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    PixelData: packed(frames.map(({ mask }) => mask)),
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: source.uid, ReferencedInstanceSequence: [...new Set(slices.map(({ file }) => file))].map(reference) },
    ],
    ...dimensions(),
    SharedFunctionalGroupsSequence: [sharedGroups(slices)],
    PerFrameFunctionalGroupsSequence: frames.map(({ slice, segment, place }) => frameGroups(slice, segment, place)),
  } // prettier-ignore
  return encodeFile(dataSetOf(attributes))
}

/** Labels are whole numbers, and few. */
function largestLabel({ data }: Tensor): number {
  let largest = 0
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i])
    if (!(Number.isInteger(value) && value >= 0 && value <= mostSegments))
      throw new OptionError('writeSegmentation', `the label map holds ${shown(value)}; labels are whole numbers from 0 to ${mostSegments}`) // prettier-ignore
    if (value > largest) largest = value
  }
  if (largest === 0) throw new OptionError('writeSegmentation', 'the label map is empty; a segmentation needs a voxel above 0') // prettier-ignore
  return largest
}

/** Row by row the voxels of one slice that have the label; null where none has. */
function maskOf({ data, shape }: Tensor, number: number, z: number): Uint8Array | null {
  const [columns, rows, depth] = shape
  const mask = new Uint8Array(rows * columns)
  let any = false
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      if (Number(data[(x * rows + y) * depth + z]) !== number) continue
      mask[y * columns + x] = 1
      any = true
    }
  return any ? mask : null
}

/** One bit a pixel, the lowest first, frames without gaps (PS3.5, 8.1.1). */
function packed(masks: readonly Uint8Array[]): Uint8Array {
  const bits = sizeOf([masks.length, masks[0].length])
  const out = new Uint8Array(Math.ceil(bits / 8))
  let at = 0
  for (const mask of masks) for (const bit of mask) out[at >> 3] |= bit << (at++ & 7)
  return out
}

function segmentItem(number: number, { segments, algorithmName }: SegmentationOptions): Attributes {
  const named = segments?.find((segment) => segment.number === number)
  const label = named?.label ?? `Label ${number}`
  const automatic = named?.algorithm !== 'MANUAL'
  return {
    SegmentNumber: number,
    SegmentLabel: label,
    SegmentDescription: named?.description,
    SegmentAlgorithmType: named?.algorithm ?? 'AUTOMATIC',
    SegmentAlgorithmName: automatic ? (algorithmName ?? 'Volvox') : undefined,
    SegmentedPropertyCategoryCodeSequence: [codeItem(named?.category ?? tissue)],
    SegmentedPropertyTypeCodeSequence: [codeItem(named?.type ?? named?.category ?? tissue)],
  }
}

/** Frames are indexed by segment and place. */
function dimensions(): Attributes {
  const DimensionOrganizationUID = newUid()
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID }],
    DimensionIndexSequence: [
      {
        DimensionOrganizationUID,
        DimensionIndexPointer: tags.ReferencedSegmentNumber,
        FunctionalGroupPointer: tags.SegmentIdentificationSequence,
        DimensionDescriptionLabel: 'Segment',
      },
      {
        DimensionOrganizationUID,
        DimensionIndexPointer: tags.ImagePositionPatient,
        FunctionalGroupPointer: tags.PlanePositionSequence,
        DimensionDescriptionLabel: 'Position',
      },
    ],
  }
}

function sharedGroups(slices: readonly Slice[]): Attributes {
  const [first] = slices
  const measures = groupOf(frameSets(first.file.set, first.frame), 'PixelMeasuresSequence')
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: [...(first.across ?? [1, 0, 0]), ...(first.down ?? [0, 1, 0])] }],
    PixelMeasuresSequence: [
      {
        PixelSpacing: [first.pixelMm[1], first.pixelMm[0]],
        SliceThickness: decimal(numberOf(measures, 'SliceThickness', first.name) ?? first.stepMm),
        SpacingBetweenSlices: decimal(distance(slices)),
      },
    ],
  } // prettier-ignore
}

function distance(slices: readonly Slice[]): number {
  const last = slices[slices.length - 1]
  const [first] = slices
  if (last === first || !first.position || !last.position || !first.across || !first.down) return first.stepMm
  const normal = cross(first.across, first.down)
  const way = last.position.reduce((sum, x, i) => sum + (x - (first.position?.[i] ?? 0)) * normal[i], 0)
  return way / (slices.length - 1)
}

function reference({ set }: Slice['file']): Attributes {
  return {
    ReferencedSOPClassUID: textOf(set, 'SOPClassUID') ?? '',
    ReferencedSOPInstanceUID: textOf(set, 'SOPInstanceUID') ?? '',
  }
}

function frameGroups(slice: Slice, segment: number, place: number): Attributes {
  const several = slice.file.set.elements.has(tags.NumberOfFrames)
  const purpose = { value: '121322', scheme: 'DCM', meaning: 'Source image for image processing operation' }
  const derivation = { value: '113076', scheme: 'DCM', meaning: 'Segmentation' }
  return {
    FrameContentSequence: [{ DimensionIndexValues: [segment, place] }],
    PlanePositionSequence: [{ ImagePositionPatient: [...(slice.position ?? [0, 0, 0])] }],
    SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
    DerivationImageSequence: [
      {
        DerivationCodeSequence: [codeItem(derivation)],
        SourceImageSequence: [
          {
            ...reference(slice.file),
            ReferencedFrameNumber: several ? slice.frame + 1 : undefined,
            PurposeOfReferenceCodeSequence: [codeItem(purpose)],
          },
        ],
      },
    ],
  }
}
