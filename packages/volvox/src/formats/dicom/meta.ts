import { spacingMm } from '../../core/affine.ts'
import type { Meta } from '../../core/image.ts'
import type { DataElement, DataSet } from './dataSet.ts'
import type { Stack } from './arrange.ts'
import { tagHex, tags, type Keyword, type Representation } from './tags.ts'
import { gradientOf } from './times.ts'
import { binaryNumbers, textsOf } from './values.ts'

/**
 * Attributes that say how an image was made and coded, and nothing of whose it is: what may go into metadata, and so into saved
 * files and logs. Everything else (names, dates, identifiers, free text, private elements) stays in the file.
 */
const harmless: readonly Keyword[] = [
  'SOPClassUID', 'ImageType', 'Modality', 'BodyPartExamined', 'ScanningSequence', 'SequenceVariant', 'ScanOptions',
  'MRAcquisitionType', 'SliceThickness', 'KVP', 'RepetitionTime', 'EchoTime', 'InversionTime', 'NumberOfAverages',
  'ImagingFrequency', 'EchoNumbers', 'MagneticFieldStrength', 'SpacingBetweenSlices', 'EchoTrainLength', 'TriggerTime',
  'ReconstructionDiameter', 'GantryDetectorTilt', 'TableHeight', 'ExposureTime', 'XRayTubeCurrent', 'Exposure',
  'ImagerPixelSpacing', 'FlipAngle', 'PatientPosition', 'ViewPosition', 'SeriesNumber', 'AcquisitionNumber',
  'InstanceNumber', 'PatientOrientation', 'ImagePositionPatient', 'ImageOrientationPatient', 'Laterality',
  'NumberOfTemporalPositions', 'TemporalResolution', 'SamplesPerPixel', 'PhotometricInterpretation', 'NumberOfFrames',
  'Rows', 'Columns', 'PixelSpacing', 'BitsAllocated', 'BitsStored', 'HighBit', 'PixelRepresentation',
  'PixelPaddingValue', 'BurnedInAnnotation', 'WindowCenter', 'WindowWidth', 'RescaleIntercept', 'RescaleSlope',
  'RescaleType', 'VOILUTFunction', 'LossyImageCompression', 'SegmentationType', 'DoseUnits', 'DoseType',
  'DoseSummationType', 'DoseGridScaling',
] // prettier-ignore

const numeric = new Set<Representation>(['DS', 'IS', 'FD', 'FL', 'SL', 'SS', 'UL', 'US'])

/** The harmless attributes under the keys of DICOM JSON (PS3.18, F), as MONAI's PydicomReader names them. */
export function safeHeader(set: DataSet): Meta {
  const entries = harmless.flatMap((keyword): [string, unknown][] => {
    const element = set.elements.get(tags[keyword])
    const Value = element && valuesOf(element, set, keyword)
    return Value ? [[tagHex(tags[keyword]), { vr: element.representation, Value }]] : []
  })
  return Object.fromEntries(entries)
}

function valuesOf(element: DataElement, set: DataSet, keyword: Keyword): readonly unknown[] | null {
  const numbers = binaryNumbers(element, set.littleEndian)
  if (numbers) return numbers.length > 0 ? numbers : null
  const texts = textsOf(set, keyword)
  if (!texts) return null
  return numeric.has(element.representation) ? texts.map(Number) : texts
}

/** What is known of a whole stack, beside MONAI's keys for every image. */
export function stackMeta({ places, times, warnings, affine }: Stack): Meta {
  const [first] = places[0]
  const [last] = places[places.length - 1]
  const { set } = first.file
  const gradients = times?.key === null || times?.key === 'DiffusionBValue' ? places[0].map(gradientOf) : []
  return {
    ...safeHeader(set),
    spacing: spacingMm(affine),
    ...(last !== first && last.position ? { lastImagePositionPatient: last.position } : {}),
    ...(times ? { time_key: times.key, time_values: times.values } : {}),
    ...(gradients.some((gradient) => gradient) ? { gradient_directions: gradients } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  }
}
