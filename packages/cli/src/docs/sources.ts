import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataError } from 'volvox'

/** A file of code: where it is, below the folder that was asked for, and its text. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** The files that define what a folder of `packages/volvox/src` holds, of a checkout of Volvox at `root`. */
export function sourcesOf(root: string, folder: string): Source[] {
  const place = join(root, 'packages/volvox/src', folder)
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => ({ path: name.replaceAll('\\', '/'), text: readFileSync(join(place, name), 'utf8') }))
}

/** The file that defines `name`, and the comment above it. */
export function describedIn(
  name: string,
  sources: readonly Source[],
): { readonly about: string; readonly path: string } {
  const comment = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*export const (?:\\[[^\\]]*)?\\b${name}\\b`)
  for (const { path, text } of sources) {
    const found = comment.exec(text)?.[1]
    if (found !== undefined)
      return {
        about: found
          .replaceAll(/^\s*\*/gm, ' ')
          .replaceAll(/\s+/g, ' ')
          .trim(),
        path,
      }
  }
  throw new DataError(name, 'has no comment above it, with which its page begins; write one')
}

/** The first sentence of a description. */
export function firstSentence(about: string): string {
  return about.split(/(?<=\.) (?=[A-Z])/)[0]
}
