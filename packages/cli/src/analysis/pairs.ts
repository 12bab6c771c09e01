import { statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { caseNameOf, loadDecathlonDatalist, loadDecathlonProperties, MissingError, OptionError } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { entryAt } from '../entries.ts'
import { imagesBelow } from '../images/find.ts'

/** An image, and its label where it has one. */
export interface Pair {
  readonly name: string
  readonly image: string | readonly string[]
  readonly label: string | null
}

export interface Pairs {
  readonly pairs: readonly Pair[]
  /** What is wrong with the list itself: the case, and a sentence. */
  readonly problems: readonly (readonly [name: string, problem: string])[]
  /** Names by label value, where the data set tells them. */
  readonly classNames: Readonly<Record<number, string>>
}

/** The cases of dataset.json (or the folder that holds it), or else the images of a folder. */
export function pairsOf(data: string, lists: readonly string[] | null, labels: string | null): Pairs {
  const found = entryAt(data)
  const listed = found.isFile() || statSync(join(data, 'dataset.json'), { throwIfNoEntry: false })
  if (!listed) return pairsInFolders(data, labels)
  if (labels !== null)
    throw new OptionError('analyze.labels', 'is for folders of images; dataset.json names the labels itself')
  const properties = loadDecathlonProperties(data, nodeFiles)
  const chosen = lists ?? Object.keys(properties.lists).filter((key) => properties.lists[key] > 0)
  const pairs = chosen.flatMap((dataListKey) =>
    loadDecathlonDatalist({ dataListFilePath: data, dataListKey, isSegmentation: false, files: nodeFiles }).map(
      (item): Pair => {
        const image = isPaths(item.image) ? item.image : String(item.image)
        return { name: nameOf(image), image, label: labelPath(item.label, data, found.isFile()) }
      },
    ),
  )
  return { pairs, problems: [], classNames: properties.labels }
}

function pairsInFolders(data: string, labels: string | null): Pairs {
  const images = imagesBelow(data)
  if (images.length === 0) throw new MissingError(data, 'holds no image that can be read; name another folder')
  if (labels !== null) entryAt(labels) // says so where it is missing
  const byName = new Map((labels === null ? [] : imagesBelow(labels)).map((file) => [nameOf(file), file]))
  const pairs = images.map((image): Pair => ({ name: caseNameOf(relative(data, image)), image, label: byName.get(nameOf(image)) ?? null })) // prettier-ignore
  const alone = labels === null ? [] : pairs.filter(({ label }) => label === null)
  const named = new Set(images.map(nameOf))
  const unused = [...byName.keys()].filter((name) => !named.has(name))
  return {
    pairs,
    problems: [
      ...alone.map(
        ({ name }) => [name, `has no label of this name in ${labels}; add one, or leave the image out`] as const,
      ),
      ...unused.map((name) => [name, `is a label in ${labels}, and no image in ${data} has this name`] as const),
    ],
    classNames: {},
  }
}

function isPaths(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function nameOf(image: string | readonly string[]): string {
  return caseNameOf(basename(typeof image === 'string' ? image : image[0]))
}

/** Labels of dataset.json that are files; numbers are classes of whole images. */
function labelPath(label: unknown, data: string, isFile: boolean): string | null {
  return typeof label === 'string' ? join(data, isFile ? '..' : '.', label) : null
}
