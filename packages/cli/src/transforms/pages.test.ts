import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test, vi } from 'vitest'
import * as volvox from 'volvox'
import { packed, transformDocs, type TransformDocs } from './pages.ts'
import { samePicture } from './pictures/same.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const folder = `${root}/docs/transforms`
const known = volvox.registry()

let docs: TransformDocs
beforeAll(() => {
  vi.spyOn(console, 'info').mockImplementation(() => {}) // DataStats prints
  docs = transformDocs(root)
}, 120_000)

test('the pages of transforms are those that `npm run docs` writes', () => {
  const { pages, pictures } = docs
  expect(readdirSync(folder).sort()).toEqual([...pages.keys(), ...pictures.keys()].sort())
  const old = [...pages].filter(([name, text]) => readFileSync(`${folder}/${name}`, 'utf8') !== text)
  expect(old.map(([name]) => name)).toEqual([])
})

test('the pictures of transforms are those that `npm run docs` draws, and small', () => {
  const old = [...docs.pictures].filter(
    ([name, picture]) => !samePicture(readFileSync(`${folder}/${name}`), packed(picture)),
  )
  expect(old.map(([name]) => name)).toEqual([])
  const bytes = readdirSync(folder).reduce((sum, name) => sum + readFileSync(`${folder}/${name}`).length, 0)
  expect(bytes).toBeLessThan(6_000_000)
})

test('no picture of a transform is empty', () => {
  const dull = [...docs.pictures].filter(([, { pixels }]) => new Set(pixels).size < 2)
  expect(dull.map(([name]) => name)).toEqual([])
})

test('every transform is on a page, under all of its names', () => {
  const text = [...docs.pages.values()].join('\n')
  const names = known
    .list()
    .filter((path) => /^monai\.(transforms|apps\.[a-z0-9]+\.transforms|apps\.pathology)\.[A-Z]\w*$/.test(path))
  expect(names.length).toBeGreaterThan(400)
  const missing = names
    .map((path) => path.slice(path.lastIndexOf('.') + 1))
    .filter((name) => !text.includes(`| \`${name}\` |`))
  expect(missing).toEqual([])
})

test('configs on the pages make transforms, and names in their code can be imported', () => {
  for (const [name, text] of docs.pages) {
    for (const [, config] of text.matchAll(/```json\n(.*)\n```/g))
      expect(known.create(JSON.parse(config) as Record<string, unknown>), name).toBeTypeOf('function')
    for (const [, names] of text.matchAll(/import \{ (.*) \} from 'volvox'/g))
      for (const one of names.split(', ')) expect(volvox, name).toHaveProperty(one)
  }
})
