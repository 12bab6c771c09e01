// Writes docs/networks and docs/transforms from the code: `npm run docs`. Tests check that what is committed is what this writes.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourcesOf } from '../packages/cli/dist/docs/sources.js'
import { networkPages } from '../packages/cli/dist/networks/pages.js'
import { samePicture } from '../packages/cli/dist/transforms/pictures/same.js'
import { packed, transformDocs } from '../packages/cli/dist/transforms/pages.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Puts files into a folder of docs, and takes those away that are no longer made. */
function write(folder, files) {
  const place = join(root, 'docs', folder)
  mkdirSync(place, { recursive: true })
  for (const name of readdirSync(place)) if (!files.has(name)) rmSync(join(place, name))
  for (const [name, content] of files) {
    const path = join(place, name)
    // Another zlib packs the same pixels into other bytes, which need not be committed again.
    if (name.endsWith('.png') && existsSync(path) && samePicture(readFileSync(path), content)) continue
    writeFileSync(path, content)
  }
  console.log(`docs: ${files.size} files in docs/${folder}`)
}

write('networks', networkPages(sourcesOf(root, 'networks')))
const { pages, pictures } = transformDocs(root)
write('transforms', new Map([...pages, ...[...pictures].map(([name, picture]) => [name, packed(picture)])]))
