import { memoryFiles } from '../memoryFiles.ts'
import type { Files } from '../../core/files.ts'
import { dataSetOf, encodeFile, type Attributes } from './encode.ts'
import { tags } from './tags.ts'
import { implicitLittleEndian, transferSyntaxes, type TransferSyntax } from './transferSyntax.ts'

/** Attributes of a small MR image whose pixels count up from `from`; the patient's name must never be seen outside. */
export function image(from = 0, more: Attributes = {}, [rows, columns] = [2, 3]): Attributes {
  const pixels = Int16Array.from({ length: rows * columns }, (_, i) => from + i)
  return {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.4',
    SOPInstanceUID: `1.2.${from}`,
    PatientName: 'Secret^Person',
    PatientID: 'SECRET',
    StudyInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2.3.4',
    Modality: 'MR',
    SeriesNumber: 4,
    Rows: rows,
    Columns: columns,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    PixelData: new Uint8Array(pixels.buffer),
    ...more,
  }
}

/** The `index`-th of slices 2.5 mm apart, numbered from above. */
export function slice(index: number, more: Attributes = {}, size?: [number, number]): Attributes {
  return image(
    100 * index,
    {
      ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
      ImagePositionPatient: [-10, -20, 30 + 2.5 * index],
      PixelSpacing: [0.5, 0.75],
      SliceThickness: 2,
      InstanceNumber: 50 - index,
      ...more,
    },
    size,
  )
}

/** Files of a folder "scan", by name, as `readVolume` takes them. */
export function folderOf(images: readonly Attributes[]): Files {
  return memoryFiles(new Map(images.map((one, i) => [`scan/${i}.dcm`, encodeFile(dataSetOf(one))])))
}

/** The transfer syntax whose UID ends so. */
const syntaxOf = (end: string): TransferSyntax =>
  transferSyntaxes.find(({ uid }) => uid.endsWith(end)) ?? implicitLittleEndian

/** A file whose pixels are fragments, behind an empty offset table unless one is given. */
export function coded(
  fragments: readonly Uint8Array[],
  syntax: string,
  more: Attributes = {},
  table: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const { elements } = dataSetOf(image(0, more))
  const pixels = { tag: tags.PixelData, representation: 'OB' as const, at: 0, fragments: [table, ...fragments] }
  return encodeFile(
    { elements: new Map([...elements, [tags.PixelData, pixels]]), littleEndian: true },
    syntaxOf(syntax),
  )
}
