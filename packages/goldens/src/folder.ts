import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { World } from './area.ts'
import { readGolden, type Golden } from './golden.ts'

/** The cases under a folder in the order of their paths; `only` keeps those whose area/Name/case begins with it. */
export function* goldensUnder(folder: string, only = ''): Generator<Golden> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.safetensors'),
  )
  for (const file of files.sort()) {
    const path = join(folder, file)
    // The folder may itself be an area or a component of one.
    if (only === '' || `/${relative('.', path).split(sep).join('/')}`.includes(`/${only.replace(/\/$/, '')}`))
      yield readGolden(readFileSync(path), path)
  }
}

export const sibling: World['sibling'] = (golden, name) => readFileSync(join(dirname(golden.file), name))
