import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { World } from './area.ts'
import { readGolden, type Golden } from './golden.ts'

/** The cases under a folder, in the order of their paths; `only` keeps one area, `area/Name` or `area/Name/case`. */
export function* goldensUnder(folder: string, only = ''): Generator<Golden> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.safetensors'),
  )
  const wanted = only.replace(/\/$/, '')
  for (const file of files.sort()) {
    const path = join(folder, file)
    const golden = readGolden(readFileSync(path), path)
    if (`${golden.area}/${golden.name}/${golden.case}/`.startsWith(wanted && `${wanted}/`)) yield golden
  }
}

export const sibling: World['sibling'] = (golden, name) => readFileSync(join(dirname(golden.file), name))
