import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { readVolume } from 'volvox'
import { nodeFiles } from './files.ts'
import { readDicomSeries } from './readDicomSeries.ts'

const shared = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))
const absent = !existsSync(shared)
const folder = mkdtempSync(join(tmpdir(), 'volvox-series-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.skipIf(absent)('a folder gives the same as readVolume', async () => {
  const path = `${shared}dicom/Study1/13_HCropVolume`
  const { data, ...found } = await readDicomSeries(path)
  const { data: expected, ...rest } = readVolume(path, {}, nodeFiles)
  expect(found).toEqual(rest)
  expect(data).toEqual(expected)
})

test.skipIf(absent)('compressed images are decoded by threads, and their mistakes told', async () => {
  const one = readFileSync(`${shared}dicom-syntaxes/MR_small_RLE.dcm`)
  const uid = one.indexOf('1.3.6.1', one.indexOf('1.3.6.1', 400))
  for (let i = 0; i < 12; i++) {
    const copy = Buffer.from(one)
    copy.write(String.fromCharCode(48 + (i % 10)), uid + 20)
    writeFileSync(join(folder, `${i}.dcm`), copy)
  }
  await expect(readDicomSeries(folder, {}, 2)).resolves.toEqual(readVolume(folder, {}, nodeFiles))
  const few = { filePattern: /.*[1-4]\.dcm/ }
  await expect(readDicomSeries(`${folder}/`, few)).resolves.toEqual(readVolume(`${folder}/`, few, nodeFiles))
  await expect(readDicomSeries(folder, { filePattern: /none/ })).rejects.toThrow(/none of its 12 files matches/)
  writeFileSync(join(folder, '3.dcm'), one.subarray(0, -40))
  await expect(readDicomSeries(folder, {}, 2)).rejects.toThrow(/3\.dcm: /)
  await expect(readDicomSeries(join(folder, '3.dcm'))).rejects.toThrow(/3\.dcm: is no folder/)
})
