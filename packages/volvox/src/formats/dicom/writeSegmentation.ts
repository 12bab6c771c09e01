import type { Affine } from '../../core/affine.ts'
import { ShapeError } from '../../core/errors.ts'
import type { Tensor } from '../../core/tensor.ts'
import { arrange } from './arrange.ts'
import { codeItem, equipment, patientAndStudy } from './derived.ts'
import { dataSetOf, decimal, encodeFile, type Attributes } from './encode.ts'
import { framesOfFile } from './dicom.ts'
import type { DicomSeries } from './folder.ts'
import { segmentationClass, type Code, type Segment } from './segmentation.ts'
import { asBits, asBytes, largestFraction, pixelsOfFractions, pixelsOfLabels } from './segmentPixels.ts'
import { cross, frameSets, groupOf, type Slice } from './slices.ts'
import { tags } from './tags.ts'
import { newUid } from './uid.ts'
import { numberOf, textOf } from './values.ts'

export interface SegmentationOptions {
  /** What each value of the label map (1, 2, ...) or channel is; those that are not named are called after their numbers. */
  readonly segments?: readonly Segment[]
  /** What fractions are: how likely a voxel belongs to a segment, or how much of it does. Without it, labels are written. */
  readonly fractional?: 'PROBABILITY' | 'OCCUPANCY'
  readonly seriesDescription?: string
  readonly seriesNumber?: number
  /** What made the segments, e.g. the name of a model. */
  readonly algorithmName?: string
  readonly now?: Date
}

/** A label map (column, row, slice, as `readVolume` gives the source series), or fractions with a channel for each segment first. */
export interface SegmentationInput extends Tensor {
  readonly affine: Affine
}

/** What a segment is, where nobody says it (SNOMED CT). */
const tissue: Code = { value: '85756007', scheme: 'SCT', meaning: 'Tissue' }

/**
 * A DICOM segmentation object on the grid of the series that was segmented, with its patient and study: binary of a label map, or
 * fractional (0 to 1 in 255 steps) of a [segments, column, row, slice] image, where a channel of background is left out before.
 * Each segment has the frames where it is not empty, each frame names the image that it was made from.
 */
export function writeSegmentation(
  input: SegmentationInput,
  source: DicomSeries,
  options: SegmentationOptions = {},
): Uint8Array {
  const where = 'writeSegmentation'
  const { fractional } = options
  const stack = arrange(
    source.files.flatMap(({ file, name }) => framesOfFile(file, name)),
    source.files[0].name,
  )
  const slices = stack.places.map(([slice]) => slice)
  const [first] = slices
  const shape = [first.columns, first.rows, slices.length]
  const what = fractional ? 'image of fractions' : 'label map'
  const lattice = fractional ? input.shape.slice(1) : input.shape
  if (lattice.length !== 3 || lattice.some((size, i) => size !== shape[i]))
    throw new ShapeError(where, `the ${what} is [${input.shape.join(', ')}], the series ${fractional ? '[segments, ' : '['}${shape.join(', ')}]; bring it back to the series' grid first (Invertd, SaveImage with resample)`) // prettier-ignore
  const off = Math.max(...input.affine.map((x, i) => Math.abs(x - stack.affine[i])))
  if (off > 0.01)
    throw new ShapeError(where, `the ${what} lies elsewhere than the series (affines differ by ${off.toFixed(3)} mm); bring it back to the series' grid first (Invertd, SaveImage with resample)`) // prettier-ignore
  const { segments, frames } = fractional ? pixelsOfFractions(input) : pixelsOfLabels(input)
  const attributes: Attributes = {
    ...patientAndStudy(first.file),
    ...equipment(options.now ?? new Date()),
    SOPClassUID: segmentationClass,
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
    ...(fractional ? fractionalType(fractional) : { SegmentationType: 'BINARY', SegmentsOverlap: 'NO' }),
    SegmentSequence: Array.from({ length: segments }, (_, i) => segmentItem(i + 1, options)),
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames.length,
    Rows: first.rows,
    Columns: first.columns,
    BitsAllocated: fractional ? 8 : 1,
    BitsStored: fractional ? 8 : 1,
    HighBit: fractional ? 7 : 0,
    PixelRepresentation: 0,
    PixelData: fractional ? asBytes(frames) : asBits(frames),
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: source.uid, ReferencedInstanceSequence: [...new Set(slices.map(({ file }) => file))].map(reference) },
    ],
    ...dimensions(),
    SharedFunctionalGroupsSequence: [sharedGroups(slices)],
    PerFrameFunctionalGroupsSequence: frames.map(({ slice, segment }) => frameGroups(slices[slice], segment, slice + 1)),
  } // prettier-ignore
  return encodeFile(dataSetOf(attributes))
}

function fractionalType(type: 'PROBABILITY' | 'OCCUPANCY'): Attributes {
  return {
    SegmentationType: 'FRACTIONAL',
    SegmentationFractionalType: type,
    MaximumFractionalValue: largestFraction,
    SegmentsOverlap: 'UNDEFINED',
  }
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
