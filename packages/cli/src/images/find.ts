import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isImagePath } from 'volvox'

/** The images in a folder and in those below, by name; companions that headers name (.raw, .img) are not listed. */
export function imagesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isImagePath(entry.name) && !/\.img(\.gz)?$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** The folders that hold files, this one and those below. */
export function foldersBelow(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return [...new Set(files.map(({ parentPath }) => parentPath))].sort()
}
