import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  ConfigError,
  DataError,
  FormatError,
  GraphError,
  MissingError,
  OptionError,
  ShapeError,
  blockComponents,
  daf3dComponents,
  formats,
  layerComponents,
  networkPartComponents,
  registry,
} from 'volvox'
import * as volvox from 'volvox'
import { ops } from 'volvox/graph'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('every error code is documented with its class', () => {
  const page = read('docs/errors.md')
  for (const Class of [ConfigError, DataError, FormatError, GraphError, MissingError, OptionError, ShapeError])
    expect(page).toMatch(new RegExp(`\\| \`${new Class('x', 'y').code}\` +\\| \`${Class.name}\``))
})

test('every operation of the graph is documented', () => {
  const page = read('docs/ops.md')
  const documented = new Set([...page.matchAll(/`([^`]+)`/g)].flatMap(([, names]) => names.split(/[\s|,]+/)))
  expect(Object.keys(ops).filter((name) => !documented.has(name))).toEqual([])
})

test('every part of networks that configs can name is documented', () => {
  const page = read('docs/parts.md')
  const names = Object.keys({ ...blockComponents, ...layerComponents, ...networkPartComponents, ...daf3dComponents })
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})

const catalogue = new URL('../../shared/parity/catalog.json', import.meta.url)

test.skipIf(!existsSync(catalogue))(
  'every network, block and layer of MONAI is there, or its absence is explained',
  () => {
    const page = read('docs/parts.md')
    const known = registry()
    const { components: all } = JSON.parse(readFileSync(catalogue, 'utf8')) as { components: { path: string }[] }
    const isThere = (path: string) => {
      try {
        return known.find(path, 'here') !== null
      } catch {
        return page.includes(`\`${path.slice(path.lastIndexOf('.') + 1)}\``)
      }
    }
    const listed = all.filter(({ path }) => path.startsWith('monai.networks.'))
    expect(listed.length).toBe(265)
    expect(listed.map(({ path }) => path).filter((path) => !isThere(path))).toEqual([])
  },
)

test.skipIf(!existsSync(catalogue))('every name of monai.data is there, or what stands in its place is told', () => {
  const page = read('docs/data.md')
  const known = new Set([
    ...registry()
      .list()
      .map((path) => path.slice(path.lastIndexOf('.') + 1)),
    ...Object.keys(volvox),
  ])
  const { components: all } = JSON.parse(readFileSync(catalogue, 'utf8')) as { components: { path: string }[] }
  const names = all
    .map(({ path }) => path)
    .filter((path) => path.startsWith('monai.data.'))
    .map((path) => path.slice(path.lastIndexOf('.') + 1))
  expect(names.length).toBe(122)
  const ours = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const isThere = (name: string) => known.has(name) || known.has(ours(name))
  expect(names.filter((name) => !isThere(name) && !page.includes(`\`${name}\``))).toEqual([])
  const told = names.filter((name) => /_/.test(name) && isThere(name) && page.includes(`\`${name}\``))
  expect(told).toEqual([]) // names that have come since
})

test('every file format is documented, with its extensions and whether it is written', () => {
  const rows = new Map(
    [...read('docs/formats.md').matchAll(/^\| `([^`]+)` +\| (`\.[^|]*)\|[^|]*\|([^|]*)\|$/gm)].map((row) => [
      row[1],
      row,
    ]),
  )
  for (const { name, extensions, write } of formats) {
    const [, , documented, writes] = rows.get(name) ?? []
    expect(documented?.trim().replaceAll('`', '').split(' '), name).toEqual(extensions)
    expect(writes?.trim() !== 'no', name).toBe(write !== undefined)
  }
  expect([...rows.keys()].sort()).toEqual(formats.map(({ name }) => name).sort())
})
