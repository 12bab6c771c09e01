/** The part of a path before its last separator; `.` when it has none. */
export function folderOf(path: string): string {
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  return cut < 0 ? '.' : cut === 0 ? path.slice(0, 1) : path.slice(0, cut)
}

/** The file's name without its folder. */
export function fileNameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

/** The file's name without folder and known image extensions: `/a/case_1.nii.gz` gives `case_1`. */
export function caseNameOf(path: string): string {
  return fileNameOf(path).replace(/(\.nii|\.mhd|\.mha|\.nrrd|\.nhdr|\.mgh|\.mgz)?(\.gz)?$/i, '')
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
