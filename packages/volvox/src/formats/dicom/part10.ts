import { FormatError, VolvoxError, shown } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { inflateRawHead } from '../gzip.ts'
import type { DataSet, Encoding } from './dataSet.ts'
import { parseDataSet } from './parse.ts'
import { representations, tags } from './tags.ts'
import { latin } from './text.ts'
import {
  explicitBigEndian,
  explicitLittleEndian,
  implicitLittleEndian,
  transferSyntaxes,
  type TransferSyntax,
} from './transferSyntax.ts'
import { textOf } from './values.ts'

/** A DICOM file (PS3.10): what describes the file, and the data set. */
export interface DicomFile {
  /** File meta information; empty where the file has none. */
  readonly meta: DataSet
  readonly set: DataSet
  readonly syntax: TransferSyntax
  /** Reads the file with its pixels, where they were left in it. */
  readonly whole?: () => DicomFile
}

/** What reading needs besides the bytes. */
export interface DicomReading extends Pick<Files, 'inflate'> {
  /** The file's name, for error sentences. */
  readonly name: string
  /** How long the file is, where only its beginning is given; see `parseDataSet`. */
  readonly size?: number
}

/** Where the preamble ends and "DICM" stands. */
const preamble = 128

/** Deflated data sets may inflate to so many bytes (and no DEFLATE stream grows more than 1032-fold). */
const largestDeflated = 2 ** 30
/** What the header of a deflated data set mostly fits in. */
const deflatedHead = 2 ** 16

export function hasPreamble(head: Uint8Array): boolean {
  return latin(head.subarray(preamble, preamble + 4)) === 'DICM'
}

/** Whether a file begins like one of DICOM: with the preamble, or, in old files, with a data set. */
export function looksLikeDicom(head: Uint8Array): boolean {
  return hasPreamble(head) || bareStart(head) !== null
}

/** Reads the headers of a file; pixels stay as they are stored. `only` ends before the first tag that it refuses. */
export function openDicom(bytes: Uint8Array, reading: DicomReading, only?: (tag: number) => boolean): DicomFile {
  const { name, size } = reading
  const start = hasPreamble(bytes) ? preamble + 4 : bareStart(bytes)
  if (start === null)
    throw new FormatError(name, 'it has no "DICM" at byte 128 and does not begin with a DICOM data set; the file is damaged or not DICOM') // prettier-ignore
  const { set: meta, end } = parseDataSet(bytes, start, explicitLittleEndian, name, (tag) => tag >>> 16 === 2)
  const uid = textOf(meta, 'TransferSyntaxUID')
  const syntax = uid === undefined ? guessed(bytes.subarray(end)) : syntaxOf(uid, name)
  if (!syntax.deflated) return { meta, syntax, set: parseDataSet(bytes, end, syntax, name, only, size).set }
  const packed = bytes.subarray(end)
  return { meta, syntax, set: parseDataSet(inflated(packed, syntax, reading), 0, syntax, name, only).set }
}

function inflated(packed: Uint8Array, encoding: Encoding, { inflate, name }: DicomReading): Uint8Array {
  try {
    return inflate(packed, Math.min(largestDeflated, declaredLength(packed, encoding)), 'raw')
  } catch (error) {
    throw error instanceof VolvoxError ? error.within(name) : error
  }
}

/** How far the pixels reach by the header, and some more for what may follow; Infinity where it does not tell. */
function declaredLength(packed: Uint8Array, encoding: Encoding): number {
  try {
    const head = inflateRawHead(packed, deflatedHead)
    const outside = pixelElement(parseDataSet(head, 0, encoding, '', undefined, Infinity).set)?.outside
    return outside ? outside.at + outside.length + deflatedHead : Infinity
  } catch (error) {
    if (error instanceof VolvoxError) return Infinity // the header is longer, or damaged, which is told later
    throw error
  }
}

function syntaxOf(uid: string, name: string): TransferSyntax {
  const syntax = transferSyntaxes.find((one) => one.uid === uid)
  if (!syntax)
    throw new FormatError(
      name,
      `its transfer syntax ${shown(uid)} cannot be read; convert it to one of ${transferSyntaxes.length} that can, e.g. Explicit VR Little Endian`,
    )
  return syntax
}

/** Without a declared transfer syntax, what the first element looks like. */
function guessed(bytes: Uint8Array): TransferSyntax {
  const encoding = bareEncoding(bytes)
  if (!encoding || (!encoding.explicit && encoding.littleEndian)) return implicitLittleEndian
  return encoding.littleEndian ? explicitLittleEndian : explicitBigEndian
}

/** Where a data set without preamble begins: at once, or behind a stray byte as in some old files; null where there is none. */
function bareStart(head: Uint8Array): number | null {
  return [0, 1].find((start) => bareEncoding(head.subarray(start)) !== null) ?? null
}

/** How the data set that begins at byte 0 is encoded; null where there is none. */
function bareEncoding(head: Uint8Array): Encoding | null {
  if (head.length < 16) return null
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  for (const littleEndian of [true, false]) {
    const group = view.getUint16(0, littleEndian)
    const element = view.getUint16(2, littleEndian)
    if ((group !== 2 && group !== 8) || element > 0x70) continue
    const text = String.fromCharCode(head[4], head[5])
    if (representations.some((one) => one === text)) return { explicit: true, littleEndian }
    const length = view.getUint32(4, littleEndian)
    if (group === 8 && littleEndian && length <= 64 && length % 2 === 0) return { explicit: false, littleEndian }
  }
  return null
}

/** The class and instance of the object, for sentences about it; never the patient. */
export function kindOf(set: DataSet): string {
  const uid = textOf(set, 'SOPClassUID')
  const modality = textOf(set, 'Modality')
  const name = uid === undefined ? undefined : classes[uid]
  if (name) return name
  return modality ? `an object of modality ${modality}` : 'an object of unknown kind'
}

/** Objects without pixels that people try to open (PS3.4, B.5). */
const classes: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.3.10': 'a directory of media (DICOMDIR)',
  '1.2.840.10008.5.1.4.1.1.481.3': 'a set of contours (RT Structure Set)',
  '1.2.840.10008.5.1.4.1.1.481.5': 'a treatment plan (RT Plan)',
  '1.2.840.10008.5.1.4.1.1.481.8': 'a treatment plan (RT Ion Plan)',
  '1.2.840.10008.5.1.4.1.1.88.11': 'a report (Basic Text SR)',
  '1.2.840.10008.5.1.4.1.1.88.22': 'a report (Enhanced SR)',
  '1.2.840.10008.5.1.4.1.1.88.33': 'a report (Comprehensive SR)',
  '1.2.840.10008.5.1.4.1.1.88.34': 'a report (Comprehensive 3D SR)',
  '1.2.840.10008.5.1.4.1.1.88.59': 'a list of key images (Key Object Selection)',
  '1.2.840.10008.5.1.4.1.1.88.67': 'a report (X-Ray Radiation Dose SR)',
  '1.2.840.10008.5.1.4.1.1.11.1': 'settings for display (Presentation State)',
  '1.2.840.10008.5.1.4.1.1.104.1': 'a document (Encapsulated PDF)',
  '1.2.840.10008.5.1.4.1.1.66.1': 'a registration (Spatial Registration)',
}

export function pixelElement(set: DataSet) {
  return [tags.PixelData, tags.FloatPixelData, tags.DoubleFloatPixelData]
    .map((tag) => set.elements.get(tag))
    .find((element) => element !== undefined)
}
