import { FormatError, shown } from '../core/errors.ts'

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(folderOf(path).length)
}

/** A path up to and including its last slash; empty where it has none. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

const longestName = 1024

/** The place of a companion that a file names; it must lie in the file's folder or below, so that no file reaches out. */
export function companionPath(path: string, companion: string): string {
  if (companion.length > longestName || [...companion].some((c) => c < ' ' || c === '\x7f'))
    throw new FormatError(path, `it names a companion file ${shown(companion)}, which is no name; the file is damaged`)
  const parts = companion.split(/[/\\]/)
  if (companion === '' || /^([/\\]|[A-Za-z]:)/.test(companion) || parts.includes('..'))
    throw new FormatError(
      path,
      `it names a companion file ${shown(companion)} outside its own folder; companions must lie beside it`,
    )
  return folderOf(path) + companion
}

/** The longest of `extensions` that `path` ends in, whatever the case. */
export function extensionOf(path: string, extensions: readonly string[]): string | undefined {
  const name = baseName(path).toLowerCase()
  return extensions.filter((extension) => name.endsWith(extension)).sort((a, b) => b.length - a.length)[0]
}
