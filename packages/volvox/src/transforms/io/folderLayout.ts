import { OptionError } from '../../core/errors.ts'
import { bool, parseOptions, text, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'

/** What names a file: the subject (often the path of its source), the index of a patch, and further words. */
export interface FileNaming extends Readonly<Record<string, unknown>> {
  readonly subject?: string
  readonly idx?: number | string | null
}

/** Says where files go. */
export interface FileLayout {
  filename(naming?: FileNaming): string
}

const schema = {
  outputDir: text.req('Folder to write into.'),
  postfix: text.opt('Added to the name after an underscore.', ''),
  extension: text.opt('Extension of the files.', ''),
  parent: bool.opt('Make a folder per subject.', false),
  makedirs: bool.opt("Kept for MONAI's configs; missing folders are made when a file is written.", false),
  dataRootDir: text.opt('Folders of the subject below this one are kept in the output.', ''),
}

const layout = (given: Given<typeof schema>): FileLayout => {
  const { outputDir, postfix, extension, parent, dataRootDir } = parseOptions('FolderLayout', schema, given)
  return {
    filename({ subject = 'subject', idx, ...words } = {}) {
      const source = subject.replaceAll('\\', '/')
      const cut = source.lastIndexOf('/') + 1
      const name = withoutExtension(source.slice(cut))
      const folder = source.slice(0, cut)
      const below = dataRootDir && folder ? relativeTo(dataRootDir, folder) : ''
      const parts = [name, postfix, idx ?? '', ...Object.entries(words).map(([word, value]) => `${word}-${value}`)]
      const file = parts.filter((part, i) => i === 0 || part !== '').join('_')
      const dot = extension && !extension.startsWith('.') ? '.' : ''
      return normal([outputDir, below, parent ? name : '', `${file}${dot}${extension}`].filter(Boolean).join('/'))
    },
  }
}

/**
 * Names files `outputDir/[subject/]subject[_postfix][_idx][_word-value].extension` (MONAI `FolderLayout`), the subject
 * without its folder and extension.
 */
export const FolderLayout: typeof layout & Component = Object.assign(layout, { componentName: 'FolderLayout', schema })

/** The name without its last extension, and without the one before `.gz`. */
function withoutExtension(name: string): string {
  const stem = (whole: string) => /^(\.*[^.].*)\.[^.]*$/.exec(whole)?.[1] ?? whole
  const once = stem(name)
  return name === `${once}.gz` ? stem(once) : once
}

/** A path without empty parts, `.`, and `..` where there is a folder to leave. */
function normal(path: string): string {
  const root = path.startsWith('/') ? '/' : ''
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .reduce<string[]>((kept, part) => {
      if (part === '' || part === '.') return kept
      if (part !== '..') return [...kept, part]
      if (kept.length > 0 && kept.at(-1) !== '..') return kept.slice(0, -1)
      return root ? kept : [...kept, part]
    }, [])
  return root + parts.join('/')
}

/** The way from folder `root` to `folder`; both from the top of the file system, or both from the same place. */
function relativeTo(root: string, folder: string): string {
  const [from, to] = [normal(root), normal(folder)]
  if (from.startsWith('/') !== to.startsWith('/'))
    throw new OptionError(
      'FolderLayout.dataRootDir',
      `"${root}" does not lead to "${folder}"; give both from the top of the file system, or both from the same folder`,
    )
  const [a, b] = [from, to].map((path) => path.split('/').filter(Boolean))
  const differ = a.findIndex((part, i) => part !== b[i])
  const common = differ < 0 ? a.length : differ
  return [...a.slice(common).map(() => '..'), ...b.slice(common)].join('/')
}
