import { imageExtensionOf } from '../formats/open.ts'
import { baseName } from '../formats/paths.ts'

/** The file's name without folder and known image extensions: `/a/case_1.nii.gz` gives `case_1`. */
export function caseNameOf(path: string): string {
  const name = baseName(path)
  const known = imageExtensionOf(name) ?? (/\.gz$/i.test(name) ? '.gz' : '')
  return name.slice(0, name.length - known.length)
}

/** `relative` below `base`, or null when it is absolute or climbs out of it. */
export function joinInside(base: string, relative: string): string | null {
  if (/^([/\\]|[a-z]:)/i.test(relative)) return null
  const parts: string[] = []
  for (const part of relative.split(/[/\\]/)) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return `${base.replace(/[/\\]+$/, '')}/${parts.join('/')}`
}
