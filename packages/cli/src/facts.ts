import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  checkpointFiles,
  describe,
  describeText,
  FormatError,
  isImagePath,
  loadDecathlonDatalist,
  loadDecathlonProperties,
  readImage,
  thumbnail,
  writePng,
  type Image,
} from 'volvox'
import { nodeFiles } from '@volvox/node'
import { entryAt } from './entries.ts'
import { isWeightFile, weightFacts } from './weightFacts.ts'

export interface Facts {
  /** For `--json`. */
  readonly data: unknown
  /** For people. */
  readonly lines: readonly string[]
}

/** What a file or folder is and holds. */
export async function factsOf(path: string, png: string | null = null): Promise<Facts> {
  const entry = entryAt(path)
  const trained = join(path, checkpointFiles.last)
  if (entry.isDirectory() && existsSync(trained)) return weightFacts(trained)
  if (path.endsWith('.json')) return datasetFacts(path)
  const isSeries = entry.isDirectory() && !existsSync(join(path, 'dataset.json')) && holdsFiles(path)
  if (entry.isDirectory() && !isSeries) return datasetFacts(join(path, 'dataset.json'))
  if (!entry.isDirectory() && isWeightFile(path)) return weightFacts(path)
  if (/\.onnx$/i.test(path))
    throw new FormatError(path, 'is a network in the format ONNX, which is written but not read; give its weights')
  const img = readImage(path, {}, nodeFiles)
  if (png !== null) writeThumbnail(png, img)
  const facts = describe(img)
  return {
    data: { file: path, ...facts },
    lines: [
      path,
      ...describeText(facts)
        .split('\n')
        .map((line) => `  ${line}`),
    ],
  }
}

/** Whether a folder is more likely a DICOM series than a data set. */
function holdsFiles(folder: string): boolean {
  return (nodeFiles.list?.(folder) ?? []).length > 0
}

function writeThumbnail(path: string, img: Image): void {
  const { width, height, channels, pixels } = thumbnail(img)
  nodeFiles.write(path, writePng(pixels, width, height, channels, nodeFiles))
}

function datasetFacts(path: string): Facts {
  const properties = loadDecathlonProperties(path, nodeFiles)
  const lists = Object.entries(properties.lists).filter(([, length]) => length > 0)
  // Looks at every file, so that a broken list is told.
  for (const [key] of lists)
    loadDecathlonDatalist({
      dataListFilePath: path,
      dataListKey: key,
      isSegmentation: hasLabelFiles(path, key),
      files: nodeFiles,
    })
  const labels = Object.entries(properties.labels).map(([value, name]) => `${value} ${name}`)
  return {
    data: { file: path, ...properties },
    lines: [
      path,
      `  name         ${properties.name}`,
      `  cases        ${lists.map(([key, length]) => `${key} ${length}`).join(', ') || 'none'}`,
      `  labels       ${labels.join(', ') || 'none declared'}`,
      `  channels     ${properties.modalities.join(', ') || 'none declared'}`,
    ],
  }
}

function hasLabelFiles(path: string, key: string): boolean {
  const list = (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)[key]
  return (
    Array.isArray(list) &&
    list.some(
      (item: unknown) =>
        typeof item === 'object' &&
        item !== null &&
        'label' in item &&
        typeof item.label === 'string' &&
        isImagePath(item.label),
    )
  )
}
