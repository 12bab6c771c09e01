import { createHash } from 'node:crypto'
import { existsSync, readdirSync, truncateSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { bytesIn, readVolume, type Files, type Volume } from 'volvox'
import { nodeFiles } from './files.ts'
import { readDicomSeries } from './readDicomSeries.ts'

// Of the files of a series only the beginnings are read first; what comes out is what whole files give.

const samples = fileURLToPath(new URL('../../../../shared/data/dicom-syntaxes/', import.meta.url))
const names = existsSync(samples) ? readdirSync(samples).filter((name) => name.endsWith('.dcm')) : []
const folder = mkdtempSync(join(tmpdir(), 'volvox-heads-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { open: _, ...wholeFiles } = nodeFiles

/** Voxels as a hash: element by element they take a minute to compare. */
function outcome(read: () => Volume): unknown {
  try {
    const { data, ...rest } = read()
    return { ...rest, data: createHash('sha256').update(bytesIn(data)).digest('hex') }
  } catch (error) {
    return String(error)
  }
}

test.skipIf(names.length === 0).each(names)('%s as a series of its own', async (name) => {
  const list = (path: string): readonly string[] | null => (path === samples ? [name] : null)
  const expected = outcome(() => readVolume(samples, {}, { ...wholeFiles, list }))
  expect(outcome(() => readVolume(samples, {}, { ...nodeFiles, list }))).toEqual(expected)
  const only = { filePattern: new RegExp(`.*/${name.replaceAll('.', '\\.')}$`) }
  const read = await readDicomSeries(samples, only).catch((error: unknown) => () => { throw error }) // prettier-ignore
  expect(outcome(typeof read === 'function' ? read : () => read)).toEqual(expected)
})

test.skipIf(names.length === 0)('a file that is cut short, or shrinks while it is read, is told', () => {
  const path = join(folder, 'one.dcm')
  copyFileSync(`${samples}CT_small.dcm`, path)
  const shrinking: Files = {
    ...nodeFiles,
    open: (name) => {
      const file = nodeFiles.open!(name)
      return { ...file, read: (at, length, into) => file.read(at, at > 0 ? length - 1 : length, into) }
    },
  }
  expect(() => readVolume(folder, {}, shrinking)).toThrow(/one\.dcm: it changed while it was read/)
  truncateSync(path, 30000)
  expect(() => readVolume(folder, {}, nodeFiles)).toThrow(
    /one\.dcm: .*\(7FE0,0010\) at byte \d+ takes 32768 bytes, \d+ are left/,
  )
})
