import { rangeOf, type TypedArray } from '../../core/dtype.ts'
import { FormatError } from '../../core/errors.ts'
import { turnedSpace } from '../affine.ts'
import type { Part, Volume, Writing } from '../format.ts'
import { dataSetOf, decimal, encodeFile, type Attributes } from './encode.ts'
import { equipment, patientAndStudy } from './derived.ts'
import { tags } from './tags.ts'
import { newUid } from './uid.ts'

/** Secondary capture storage by what it holds (PS3.4, B.5). */
const classes = {
  single: '1.2.840.10008.5.1.4.1.1.7',
  bytes: '1.2.840.10008.5.1.4.1.1.7.2',
  words: '1.2.840.10008.5.1.4.1.1.7.3',
  colours: '1.2.840.10008.5.1.4.1.1.7.4',
}

/**
 * A volume as a DICOM secondary capture of its own patient and study, whose names are empty: slices as frames, with their places.
 * Values are whole numbers of 8 or 16 bits, or three colours of 8; negative ones are moved up, and RescaleIntercept moves them back.
 */
export function writeSecondaryCapture(volume: Volume, { name }: Writing): readonly Part[] {
  const { columns, rows, depth, samples } = sizesOf(volume, name)
  const { data, intercept, bits } = storedValues(volume.data, samples, name)
  const frame = columns * rows * samples
  const pixels = bits === 8 ? new Uint8Array(depth * frame) : new Uint16Array(depth * frame)
  for (let x = 0, from = 0; x < columns; x++)
    for (let y = 0; y < rows; y++)
      for (let z = 0; z < depth; z++)
        for (let s = 0; s < samples; s++, from++) pixels[z * frame + (y * columns + x) * samples + s] = data(from)
  const several = depth > 1
  const attributes: Attributes = {
    ...patientAndStudy(null),
    ...equipment(new Date()),
    SOPClassUID: !several ? classes.single : samples > 1 ? classes.colours : bits === 8 ? classes.bytes : classes.words,
    SOPInstanceUID: newUid(),
    SeriesInstanceUID: newUid(),
    SeriesNumber: 1,
    InstanceNumber: 1,
    Modality: 'OT',
    ConversionType: 'WSD',
    ImageType: ['DERIVED', 'SECONDARY'],
    BurnedInAnnotation: 'NO',
    FrameOfReferenceUID: newUid(),
    PositionReferenceIndicator: '',
    Laterality: '',
    PatientOrientation: '',
    FrameIncrementPointer: several ? tags.PerFrameFunctionalGroupsSequence : undefined,
    PresentationLUTShape: samples > 1 ? undefined : 'IDENTITY',
    SamplesPerPixel: samples,
    PhotometricInterpretation: samples > 1 ? 'RGB' : 'MONOCHROME2',
    PlanarConfiguration: samples > 1 ? 0 : undefined,
    NumberOfFrames: several ? depth : undefined,
    Rows: rows,
    Columns: columns,
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
    RescaleIntercept: samples > 1 ? undefined : intercept,
    RescaleSlope: samples > 1 ? undefined : 1,
    RescaleType: samples > 1 ? undefined : 'US',
    ...placesOf(volume, depth, name),
    PixelData: new Uint8Array(pixels.buffer),
  }
  return [{ name, bytes: encodeFile(dataSetOf(attributes)) }]
}

function sizesOf({ shape, spatialDims }: Volume, name: string) {
  const [columns, rows = 1, depth = 1] = shape.slice(0, spatialDims)
  const rest = shape.slice(spatialDims)
  const samples = rest.length === 0 || (rest.length === 1 && rest[0] === 1) ? 1 : rest.length === 1 && rest[0] === 3 ? 3 : 0 // prettier-ignore
  if (samples === 0 || columns > 65535 || rows > 65535)
    throw new FormatError(name, `[${shape.join(', ')}] is no shape of a DICOM image; give two or three spatial axes below 65536, and one or three channels`) // prettier-ignore
  return { columns, rows, depth, samples }
}

/** Values as they are stored: moved by `intercept`, in so many bits. */
function storedValues(
  data: TypedArray,
  samples: number,
  name: string,
): { data: (i: number) => number; intercept: number; bits: 8 | 16 } {
  let [low, high] = [Infinity, -Infinity]
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i])
    if (!Number.isInteger(value))
      throw new FormatError(name, `voxel ${i} is ${value}; a DICOM secondary capture holds whole numbers, scale and convert them first (ScaleIntensity, CastToType)`) // prettier-ignore
    if (value < low) low = value
    if (value > high) high = value
  }
  const intercept = low < 0 ? low : 0
  const [, largest] = rangeOf('uint16') ?? [0, 65535]
  if (high - intercept > (samples > 1 ? 255 : largest))
    throw new FormatError(name, `its values are ${low} to ${high}, more than ${samples > 1 ? 8 : 16} bits hold; scale them first (ScaleIntensityRange)`) // prettier-ignore
  if (samples > 1 && low < 0) throw new FormatError(name, `a colour is ${low}; colours are whole numbers from 0 to 255`)
  return { data: (i) => Number(data[i]) - intercept, intercept, bits: high - intercept > 255 ? 16 : 8 }
}

/** Spacing, directions and places, from RAS to LPS; one frame has them as its own, several in their functional groups. */
function placesOf({ affine, spatialDims }: Volume, depth: number, name: string): Attributes {
  const lps = turnedSpace(affine)
  const column = (axis: number) => [0, 1, 2].map((row) => lps[4 * row + axis])
  const length = (axis: number) => Math.hypot(...column(axis))
  const direction = (axis: number) => column(axis).map((x) => x / length(axis) + 0)
  const orientation = { ImageOrientationPatient: [...direction(0), ...direction(1)] }
  const measures = { PixelSpacing: [length(1), length(0)], SliceThickness: spatialDims > 2 ? decimal(length(2)) : undefined } // prettier-ignore
  const position = (z: number) => ({ ImagePositionPatient: column(3).map((x, i) => x + z * column(2)[i] + 0) })
  const skew = direction(0).reduce((sum, x, i) => sum + x * direction(1)[i], 0)
  if (!(Math.abs(skew) < 1e-3)) // also NaN, of an empty column
    throw new FormatError(name, 'its first two axes are not at right angles, as those of a DICOM image are; resample it first (Spacing, ResampleToMatch)') // prettier-ignore
  if (depth === 1) return { ...orientation, ...measures, ...position(0) }
  return {
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [orientation],
        PixelMeasuresSequence: [{ ...measures, SpacingBetweenSlices: decimal(length(2)) }],
      },
    ],
    PerFrameFunctionalGroupsSequence: Array.from({ length: depth }, (_, z) => ({ PlanePositionSequence: [position(z)] })),
  } // prettier-ignore
}
