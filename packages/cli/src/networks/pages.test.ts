import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { networkPages } from './pages.ts'
import { sourcesOf } from '../docs/sources.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const folder = `${root}/docs/networks`

test('the pages of networks are those that `npm run docs` writes, and their pictures are small', () => {
  const pages = networkPages(sourcesOf(root, 'networks'))
  expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort())
  const old = [...pages].filter(([name, text]) => readFileSync(`${folder}/${name}`, 'utf8') !== text)
  expect(old.map(([name]) => name)).toEqual([])
  for (const [, text] of pages) expect(text.length).toBeLessThan(40_000)
}, 60_000)
