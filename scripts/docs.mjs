// Writes docs/networks from the code: `npm run docs`. A test checks that what is committed is what this writes.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { networkPages } from '../packages/cli/dist/networks/pages.js'
import { networkSources } from '../packages/cli/dist/networks/sources.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'docs/networks')
const pages = networkPages(networkSources(root))
mkdirSync(folder, { recursive: true })
for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(join(folder, name))
for (const [name, text] of pages) writeFileSync(join(folder, name), text)
console.log(`docs: ${pages.size} files in docs/networks`)
