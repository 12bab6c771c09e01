import { join, resolve } from 'node:path'
import {
  caseNameOf,
  isImagePath,
  looksLikeDicom,
  MissingError,
  OptionError,
  useFiles,
  writeImage,
  type Image,
} from 'volvox'
import { nodeFiles } from '@volvox/node'
import { entryAt } from '../entries.ts'
import type { Io } from '../io.ts'
import { countLine } from '../progressBar.ts'
import { openTrained, type TrainedOptions } from './model.ts'
import { segmenter } from './predict.ts'
import { readModel } from './runConfig.ts'

export interface InferOptions extends TrainedOptions {
  readonly model: string
  readonly images: readonly string[]
  readonly out: string
  readonly checkpoint: 'last' | 'best'
  readonly json: boolean
}

/** Segments images and writes the label maps. */
export async function startInference(options: InferOptions, io: Io): Promise<void> {
  useFiles(nodeFiles)
  const jobs = plannedFiles(options.images, options.out)
  const trained = readModel(options.model, options.checkpoint)
  const { model, plan } = await openTrained(trained, options, io)
  try {
    const segment = segmenter(plan, model.windowPredictor)
    for (const [i, { image, output }] of jobs.entries()) {
      const labels = await segment({ image }, caseNameOf(image))
      writeImage(output, labels, {}, nodeFiles)
      const voxels = countsOf(labels, plan.classes)
      if (options.json) io.print(JSON.stringify({ image, output, voxels }))
      else
        io.print(
          `${output}  ${Object.entries(voxels)
            .map(([name, count]) => `${name} ${count}`)
            .join(', ')} voxels`,
        )
      io.progress(countLine('segmented', i + 1, jobs.length))
    }
  } finally {
    io.settle()
    await model.dispose()
  }
}

/** What is read and what is written; every path is checked before anything is computed. */
export function plannedFiles(given: readonly string[], out: string): { image: string; output: string }[] {
  const images = given.flatMap((path) => {
    if (!entryAt(path).isDirectory()) return [path]
    const names = (nodeFiles.list?.(path) ?? []).filter((name) => !name.startsWith('.'))
    if (names.length > 0 && looksLikeDicom(nodeFiles.read(join(path, names[0]), 256))) return [path] // a series
    const inside = names.filter(isImagePath)
    if (inside.length === 0)
      throw new MissingError(path, 'there is no image in this folder; give one with a DICOM series or with images (docs/formats.md)') // prettier-ignore
    return inside.map((name) => join(path, name))
  })
  if (isImagePath(out)) {
    if (images.length > 1)
      throw new OptionError('infer --out', `${out} is one file, but ${images.length} images are given; give a folder`)
    return [{ image: images[0], output: resolve(out) }]
  }
  const jobs = images.map((image) => ({ image, output: resolve(out, `${caseNameOf(resolve(image))}_seg.nii.gz`) }))
  const twice = jobs.find(({ output }, i) => jobs.findIndex((other) => other.output === output) < i)
  if (twice) throw new OptionError('infer', `two images would be written to ${twice.output}; segment them in two calls`)
  return jobs
}

function countsOf({ data }: Image, classes: readonly string[]): Record<string, number> {
  const counts = new Array<number>(classes.length).fill(0)
  for (const value of data) counts[Number(value)]++
  return Object.fromEntries(classes.slice(1).map((name, i) => [name, counts[i + 1]]))
}
