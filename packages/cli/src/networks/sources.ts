import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The texts of the files that define networks, of a checkout of Volvox at `root`. */
export function networkSources(root: string): string[] {
  const folder = join(root, 'packages/volvox/src/networks')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
}
