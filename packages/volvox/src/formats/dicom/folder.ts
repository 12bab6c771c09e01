import { FormatError, MissingError, VolvoxError, shown } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import type { ReadOptions, Volume } from '../format.ts'
import { arrange, type Stack } from './arrange.ts'
import { framesOfFile, segmentationVolume, volumeOfStack } from './dicom.ts'
import { framesInOrder } from './frames.ts'
import { looksLikeDicom, openDicom, pixelElement, type DicomFile } from './part10.ts'
import { pixelLayout } from './pixelLayout.ts'
import { isSegmentation } from './segmentation.ts'
import { numberOf, textOf } from './values.ts'

/** Files of a folder that belong to one series. */
export interface DicomSeries {
  readonly uid: string
  /** SeriesNumber, which people know it by. */
  readonly number: number | null
  readonly modality: string
  readonly files: readonly { readonly name: string; readonly file: DicomFile }[]
}

/** Looks at all files of a folder: series by series number, files in the order of their names. Others are passed over. */
export function dicomSeries(folder: string, names: readonly string[], files: Files): readonly DicomSeries[] {
  const found = new Map<string, { name: string; file: DicomFile }[]>()
  for (const name of names) {
    const path = pathIn(folder, name)
    const file = headerOf(path, files)
    if (!file || !pixelElement(file.set)) continue
    const uid = textOf(file.set, 'SeriesInstanceUID') ?? ''
    found.set(uid, [...(found.get(uid) ?? []), { name: path, file }])
  }
  const series = [...found].map(([uid, members]) => {
    const { name, file } = members[0]
    return {
      uid,
      number: numberOf(file.set, 'SeriesNumber', name) ?? null,
      modality: textOf(file.set, 'Modality') ?? 'unknown',
      files: members,
    }
  })
  return series.sort((a, b) => (a.number ?? 0) - (b.number ?? 0) || (a.uid < b.uid ? -1 : 1))
}

/** What a file's header mostly fits in. */
export const headBytes = 2 ** 14

/** A file with its header, its pixels left in it where that can be; null where it is none of DICOM. */
function headerOf(path: string, files: Files): DicomFile | null {
  const whole = (): DicomFile =>
    openDicom(files.read(path), { name: path, inflate: (...given) => files.inflate(...given) })
  const { head, size } = headOf(path, files)
  if (!looksLikeDicom(head)) return null
  if (size <= head.length) return whole()
  try {
    const file = openDicom(head, { name: path, size, inflate: files.inflate })
    if (pixelElement(file.set)) return { ...file, whole }
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error
  }
  return whole() // whose header is longer, or which is damaged and says where
}

/** The beginning of a file, and how long it is. */
function headOf(path: string, files: Files): { head: Uint8Array; size: number } {
  const file = files.open?.(path)
  if (!file) return { head: files.read(path, headBytes), size: 0 }
  try {
    return { head: file.read(0, headBytes), size: file.size }
  } finally {
    file.close()
  }
}

/** Reads the images of a folder as one volume: those of one series, sorted by their places (MONAI: ITKReader of a folder). */
export function readDicomFolder(folder: string, names: readonly string[], options: ReadOptions, files: Files): Volume {
  const series = dicomSeries(folder, namesMatching(folder, names, options.filePattern), files)
  return volumeOfSeries(chosenSeries(series, options.seriesName, folder), folder, options, files)
}

/** The images of a series as one volume, or its segmentation as labels; `where` names the series. */
export function volumeOfSeries(series: DicomSeries, where: string, options: ReadOptions, files: Files): Volume {
  const segmentation = segmentationIn(series, options, files)
  if (segmentation) return segmentation
  const stack = stackOfSeries(series, where)
  return volumeOfStack(stack, framesInOrder(stack, files, options.raw), options)
}

/** A series that is a segmentation as its labels; null where it is something else, or where stored values are asked for. */
export function segmentationIn({ files: members }: DicomSeries, options: ReadOptions, files: Files): Volume | null {
  const [{ name, file }] = members
  if (options.raw || members.length > 1 || !isSegmentation(file.set)) return null
  return segmentationVolume(file, framesOfFile(file, name), { ...options, name, imageDecoder: files.imageDecoder })
}

/** The files of a folder that `ReadOptions.filePattern` chooses. */
export function namesMatching(folder: string, names: readonly string[], pattern?: RegExp): readonly string[] {
  const chosen = pattern ? names.filter((name) => pathIn(folder, name).search(pattern) === 0) : names
  if (chosen.length === 0 && names.length > 0)
    throw new MissingError(folder, `none of its ${names.length} files matches ${String(pattern)}, which is held against the whole path; give another pattern`) // prettier-ignore
  return chosen
}

/** The images of a series as one lattice. */
export function stackOfSeries(series: DicomSeries, where: string): Stack {
  return arrange(
    series.files.flatMap(({ name, file }) => framesOfFile(file, name)),
    where,
  )
}

/** The one that is `wanted`, by UID (also the beginning of what ITK calls a series) or by number; without that, the only one. */
export function chosenSeries(series: readonly DicomSeries[], wanted: string | undefined, folder: string): DicomSeries {
  if (series.length === 0)
    throw new MissingError(folder, 'holds no DICOM images; give the folder that the files of a series are in')
  if (wanted !== undefined && wanted !== '') {
    const fits = ({ uid, number }: DicomSeries) => wanted === String(number) || (uid !== '' && wanted.startsWith(uid))
    const found = series.filter(fits)
    if (found.length === 1) return found[0]
    const why = found.length === 0 ? 'is no series of this folder' : `is the number of ${found.length} series`
    throw new FormatError(folder, `${shown(wanted)} ${why}; it holds ${listed(series)}; give a SeriesInstanceUID or a number`) // prettier-ignore
  }
  if (series.length > 1)
    throw new FormatError(folder, `holds ${series.length} series: ${listed(series)}; choose one by its number or SeriesInstanceUID (series_name)`) // prettier-ignore
  return series[0]
}

/** Numbers, kinds and sizes, nothing of the patient. */
function listed(series: readonly DicomSeries[]): string {
  const few = series.slice(0, 8).map(({ number, modality, files, uid }) => {
    const title = number === null ? uid : String(number)
    return `${title} (${modality}, ${files.length} ${files.length === 1 ? 'file' : 'files'} of ${sizeText(files[0])})`
  })
  return few.join(', ') + (series.length > 8 ? ', ...' : '')
}

function sizeText({ name, file }: DicomSeries['files'][number]): string {
  try {
    const { rows, columns } = pixelLayout(file.set, name)
    return `${columns} x ${rows}`
  } catch (error) {
    if (error instanceof VolvoxError) return 'unknown size'
    throw error
  }
}

/** The path of a file in a folder. */
export function pathIn(folder: string, name: string): string {
  return /[/\\]$/.test(folder) ? folder + name : `${folder}/${name}`
}
