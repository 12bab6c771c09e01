import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readVolume } from 'volvox'
import { nodeFiles } from './files.ts'

const folder = fileURLToPath(new URL('../../../../shared/data/dicom/', import.meta.url))
const absent = !existsSync(folder)

interface Series {
  readonly folder: string
  readonly n: number
  readonly rows: number
  readonly cols: number
  readonly affineRAS_colRowSlice: number[][]
  readonly sliceSha256: string[]
  readonly identityTags: Record<string, string[]>
}

const all: Series[] = absent
  ? []
  : (JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as { series: Series[] }).series

test.skipIf(absent)('there are series to compare with', () => expect(all.length).toBeGreaterThan(2))

for (const { folder: name, n, rows, cols, affineRAS_colRowSlice: expected, sliceSha256, identityTags } of all)
  test(`series ${name} has the expected slices and place`, () => {
    const { shape, affine, data, meta } = readVolume(folder + name, {}, nodeFiles)
    expect(shape).toEqual([cols, rows, n])
    expected.flat().forEach((x, i) => expect(affine[i]).toBeCloseTo(x, 9))
    const slice = new Int16Array(rows * cols)
    sliceSha256.forEach((sum, k) => {
      for (let y = 0; y < rows; y++)
        for (let x = 0; x < cols; x++) slice[y * cols + x] = Number(data[(x * rows + y) * n + k])
      expect(createHash('sha256').update(new Uint8Array(slice.buffer)).digest('hex')).toBe(sum)
    })
    for (const key of ['PatientName', 'PatientID', 'AccessionNumber', 'StudyDate'])
      for (const value of identityTags[key] ?? []) expect(JSON.stringify(meta)).not.toContain(value)
  })
