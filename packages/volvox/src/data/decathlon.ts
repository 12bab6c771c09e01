import { isRecord } from '../core/json.ts'
import { ConfigError, MissingError, VolvoxError, shown } from '../core/errors.ts'
import { currentFiles, type Files } from '../core/files.ts'
import { folderOf } from '../formats/paths.ts'
import { joinInside } from './paths.ts'

/** One case: paths and plain values by key, e.g. `{ image: '/data/imagesTr/1.nii.gz', label: '/data/labelsTr/1.nii.gz' }`. */
export type Item = Readonly<Record<string, unknown>>

/** What a Decathlon `dataset.json` says about its cases as a whole. */
export interface DecathlonProperties {
  readonly name: string
  /** Names by label value, e.g. `{ 0: 'background', 1: 'Anterior' }`; empty when the file declares none. */
  readonly labels: Readonly<Record<number, string>>
  /** Names of the channels, e.g. `['MRI']`. */
  readonly modalities: readonly string[]
  /** The lists that the file has (`training`, `validation`, `test`), with their lengths. */
  readonly lists: Readonly<Record<string, number>>
}

export interface DatalistOptions {
  /** `dataset.json`, or the folder that holds it. */
  readonly dataListFilePath: string
  /** Whether each case must have a label file; MONAI's default is true. */
  readonly isSegmentation?: boolean
  /** Which list: `training`, `validation`, `test`. */
  readonly dataListKey?: string
  /** Folder that paths are relative to; the folder of the file unless given. */
  readonly baseDir?: string
  readonly files?: Files
}

/**
 * The cases of one list of a Decathlon data set, with absolute paths (MONAI `load_decathlon_datalist`). Every file is
 * looked at, so that a missing one is found now and not an hour into a training.
 */
export function loadDecathlonDatalist(options: DatalistOptions): Item[] {
  const { isSegmentation = true, dataListKey = 'training', files = currentFiles() } = options
  const { path, content } = readDatasetJson(options.dataListFilePath, files)
  const list = content[dataListKey]
  if (!Array.isArray(list)) {
    const lists = Object.keys(listsOf(content))
    throw new ConfigError(
      path,
      `there is no list "${dataListKey}"; ${lists.length ? `it has ${lists.join(', ')}` : 'it has no list of cases at all'}`,
    )
  }
  if (list.length === 0) throw new ConfigError(path, `the list "${dataListKey}" is empty; give at least one case`)
  const base = options.baseDir ?? (folderOf(path) || '.')
  return list.map((entry: unknown, i) => {
    const where = `${path}: ${dataListKey}[${i}]`
    const item = typeof entry === 'string' ? { image: entry } : entry
    if (!isRecord(item))
      throw new ConfigError(where, `${shown(entry)} is not a case; give { "image": ..., "label": ... }`)
    if (!('image' in item)) throw new ConfigError(where, 'has no "image"; give its file')
    if (isSegmentation && dataListKey !== 'test' && !('label' in item))
      throw new ConfigError(where, `${shown(item.image)} has no "label"; give its file, or leave the case out`)
    return Object.fromEntries(
      Object.entries(item).map(([key, value]) => {
        const isFile = key === 'image' || (key === 'label' && isSegmentation)
        return [key, isFile ? located(value, base, `${where}.${key}`, files) : value]
      }),
    )
  })
}

/** Names, labels and modalities of a Decathlon data set (MONAI `load_decathlon_properties`). */
export function loadDecathlonProperties(dataListFilePath: string, files: Files = currentFiles()): DecathlonProperties {
  const { path, content } = readDatasetJson(dataListFilePath, files)
  const labels: Record<number, string> = {}
  for (const [value, name] of Object.entries(isRecord(content.labels) ? content.labels : {})) {
    if (!/^\d+$/.test(value))
      throw new ConfigError(`${path}: labels`, `${shown(value)} is not a label value; give whole numbers as keys`)
    labels[Number(value)] = String(name)
  }
  return {
    name: typeof content.name === 'string' ? content.name : folderOf(path),
    labels,
    modalities: isRecord(content.modality) ? Object.values(content.modality).map(String) : [],
    lists: listsOf(content),
  }
}

function listsOf(content: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(content).flatMap(([key, value]) => (Array.isArray(value) ? [[key, value.length]] : [])),
  )
}

function readDatasetJson(given: string, files: Files): { path: string; content: Record<string, unknown> } {
  const path = given.endsWith('.json') ? given : `${given.replace(/[/\\]+$/, '')}/dataset.json`
  const text = new TextDecoder().decode(files.read(path))
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new ConfigError(
      path,
      `is not JSON (${error instanceof Error ? error.message : String(error)}); it may be cut short`,
    )
  }
  if (!isRecord(content))
    throw new ConfigError(path, 'is not a JSON object; a Decathlon data set has "training" and "labels" in it')
  return { path, content }
}

/** The absolute path(s) of a case's file(s), each known to be there. */
function located(value: unknown, base: string, where: string, files: Files): string | string[] {
  if (Array.isArray(value)) return value.map((one, i) => located(one, base, `${where}[${i}]`, files) as string)
  if (typeof value !== 'string' || value === '')
    throw new ConfigError(where, `${shown(value)} is not a path; give a file relative to dataset.json`)
  const path = joinInside(base, value)
  if (path === null)
    throw new ConfigError(where, `${shown(value)} leaves the folder of the data set; give a file inside it`)
  try {
    files.read(path, 1)
  } catch (error) {
    if (error instanceof VolvoxError)
      throw new MissingError(
        where,
        `the file ${shown(value)} cannot be read (${path}); correct the path or leave the case out`,
      )
    throw error
  }
  return path
}
