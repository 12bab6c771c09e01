import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import {
  caseNameOf,
  CastToType,
  dicomSeries,
  dtypeNamed,
  formats,
  imageOf,
  isImagePath,
  MissingError,
  OptionError,
  readDicomFolder,
  readImage,
  VolvoxError,
  windowed,
  writeImage,
  type Image,
} from 'volvox'
import { nodeFiles } from '@volvox/node'
import { entryAt } from '../entries.ts'
import type { Io } from '../io.ts'
import { countLine } from '../progressBar.ts'
import { isNamedAsWeights } from '../weightFacts.ts'
import { foldersBelow, imagesBelow } from './find.ts'
import { isDicomSegmentation, segmentationOf, segmentationOnSeries } from './segmentations.ts'

export interface ConvertImagesOptions {
  readonly input: string
  readonly output: string
  /** Extension of the files in an output folder. */
  readonly to: string | null
  readonly dtype: string | null
  /** Gray levels of pictures: "auto", or centre and width. */
  readonly window: string | null
  /** Which DICOM series of a folder. */
  readonly series: string | null
  /** A DICOM series that the image is a segmentation of. */
  readonly reference: string | null
  /** Of its labels. */
  readonly names: string | null
  /** What is written are not labels but fractions of this kind. */
  readonly fractional: 'PROBABILITY' | 'OCCUPANCY' | null
  /** Write files anew that are there already. */
  readonly force: boolean
}

/** Whether images are meant, not weights: the input is a folder, or one of the names is only that of an image. */
export function holdsImages(input: string, output: string): boolean {
  if (statSync(input, { throwIfNoEntry: false })?.isDirectory()) return true
  const isImage = isImagePath(input) && !isNamedAsWeights(input)
  if (isNamedAsWeights(output)) return isImage && extensionOf(output) !== null // safetensors hold either
  return isImage || extensionOf(output) !== null
}

/** One image to convert: a file, or a series of a folder. */
interface Job {
  readonly from: string
  /** Which files of the folder are the series. */
  readonly slices?: readonly string[]
  readonly target: string
}

/** Writes an image, or all images of a folder, in another format. */
export function convertImages(options: ConvertImagesOptions, io: Io): void {
  const { input, output, force } = options
  const change = changeOf(options)
  const found = entryAt(input)
  if (!found.isDirectory() || extensionOf(output) !== null) {
    if (options.reference !== null) segmentation(options, options.reference)
    else save(output, change(readImage(input, { seriesName: options.series ?? undefined }, nodeFiles)))
    io.print(output)
    return
  }
  if (options.reference !== null)
    throw new OptionError(
      'convert.reference',
      'belongs to one segmentation, and a folder is given; convert them one by one',
    )
  const jobs = jobsIn(input, output, options.to)
  if (jobs.length === 0) throw new MissingError(input, 'holds no image that can be read; name another folder')
  let [written, there, failed] = [0, 0, 0]
  for (const [i, job] of jobs.entries()) {
    io.progress(countLine('converting', i, jobs.length))
    if (!force && existsSync(job.target)) there++
    else
      try {
        converted(job, change)
        written++
      } catch (error) {
        if (!(error instanceof VolvoxError)) throw error
        failed++
        io.note(error.message)
      }
  }
  io.settle()
  io.print(`${output}: ${written} written${there > 0 ? `, ${there} there already (--force writes them anew)` : ''}`)
  if (failed > 0)
    throw new OptionError('convert', `${failed} of ${jobs.length} images could not be converted; see above`)
}

/** A segmentation object to or from another format. */
function segmentation(options: ConvertImagesOptions, path: string): void {
  const { input, output, series, names, fractional } = options
  const reference = { path, series }
  const fromObject = isDicomSegmentation(input)
  if (fromObject === isDicomPath(output))
    throw new OptionError('convert.reference', fromObject
      ? `${input} is a DICOM segmentation already; name an output of another format`
      : `neither ${input} nor ${output} is a DICOM segmentation; leave out --reference, or name an output that ends in .dcm`) // prettier-ignore
  if (fromObject) save(output, changeOf(options)(segmentationOnSeries(input, reference)))
  else nodeFiles.write(output, segmentationOf(input, reference, names, fractional))
}

const isDicomPath = (path: string): boolean => /\.(dcm|dicom)$/i.test(path)

function converted({ from, slices, target }: Job, change: (img: Image) => Image): void {
  const img = slices ? imageOf(readDicomFolder(from, slices, {}, nodeFiles)) : readImage(from, {}, nodeFiles)
  save(target, change(img))
}

function save(target: string, img: Image): void {
  writeImage(target, img, {}, nodeFiles)
}

/** What is done to each image before it is written. */
function changeOf({ dtype, window }: Pick<ConvertImagesOptions, 'dtype' | 'window'>): (img: Image) => Image {
  if (window !== null && dtype !== null)
    throw new OptionError('convert.window', 'gives uint8, and --dtype is given too; leave one of them out')
  if (dtype !== null) return CastToType({ dtype: dtypeNamed(dtype, 'convert.dtype') }) as (img: Image) => Image
  if (window === null) return (img) => img
  if (window === 'auto') return (img) => windowed(img)
  const [centre, width, ...more] = window.split(',').map(Number)
  if (!Number.isFinite(centre) || !(width >= 1) || more.length > 0)
    throw new OptionError('convert.window', `"${window}" is no window; give auto, or centre and width, e.g. 40,400`)
  return (img) => windowed(img, { centre, width, shape: 'LINEAR' })
}

/** The files below a folder and its DICOM series, each with a target of the same name in the same place. */
function jobsIn(input: string, output: string, to: string | null): Job[] {
  const extension = to === null ? '.nii.gz' : `.${to.replace(/^\./, '')}`
  if (extensionOf(`x${extension}`) === null)
    throw new OptionError(
      'convert.to',
      `"${to}" is no format that can be written; give one of ${writable().join(', ')}`,
    )
  const files = imagesBelow(input)
  const inSeries = new Set<string>()
  const series = foldersBelow(input).flatMap((folder) => {
    const all = dicomSeries(folder, nodeFiles.list?.(folder) ?? [], nodeFiles)
    for (const one of all) for (const { name } of one.files) inSeries.add(name)
    return all.map((one): Job => {
      const name = one.number === null ? one.modality : `${one.modality}_${one.number}`
      const slices = one.files.map((file) => basename(file.name))
      return { from: folder, slices, target: join(output, relative(input, folder), `${name}${extension}`) }
    })
  })
  const single = files
    .filter((file) => !inSeries.has(file))
    .map((file): Job => {
      const place = join(output, relative(input, dirname(file)))
      return { from: file, target: join(place, `${caseNameOf(file)}${extension}`) }
    })
  return apart([...series, ...single], extension)
}

/** Images that would be written to the same file get a number each. */
function apart(jobs: readonly Job[], extension: string): Job[] {
  const seen = new Map<string, number>()
  return jobs.map((job) => {
    const before = seen.get(job.target) ?? 0
    seen.set(job.target, before + 1)
    return before === 0
      ? job
      : { ...job, target: `${job.target.slice(0, -extension.length)}_${before + 1}${extension}` }
  })
}

function writable(): string[] {
  return formats.flatMap(({ write, extensions }) => (write ? extensions : []))
}

/** The extension of a format that can be written. */
export function extensionOf(path: string): string | null {
  return writable().find((extension) => path.toLowerCase().endsWith(extension)) ?? null
}
