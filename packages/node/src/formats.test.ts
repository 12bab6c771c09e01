import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readVolume, stridesOf, type AffineRule, type Volume } from 'volvox'
import { nodeFiles } from './files.ts'

const folder = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))
const absent = !existsSync(folder)

interface Entry {
  readonly file: string
  readonly format: string
  readonly shape: number[]
  readonly dtype: string
  readonly affineRAS: number[][] | null
  readonly info: {
    readonly nibabelAffine?: number[][]
    readonly spacing?: number[]
    readonly direction_columns?: number[][]
    readonly offset?: number[]
  }
  /** Of all values, in C order of the shape, little-endian. */
  readonly sha256: string
  readonly probes: number[][]
}

const entries: Entry[] = absent
  ? []
  : (JSON.parse(readFileSync(`${folder}formats/index.json`, 'utf8')) as { files: Entry[] }).files.filter(
      ({ format }) => format === 'nifti' || format === 'metaimage',
    )

const read = (file: string, affineRule: AffineRule = 'nibabel'): Volume =>
  readVolume(`${folder}formats/${file}`, { affineRule }, nodeFiles)

test.skipIf(absent)('the set has NIfTI and MetaImage files', () => expect(entries.length).toBeGreaterThan(80))

for (const entry of entries) {
  if (entry.dtype === 'complex64') {
    test(`${entry.file} is refused in a sentence`, () =>
      expect(() => read(entry.file)).toThrow(
        /the voxels are complex numbers \(complex64\), which Volvox does not read/,
      ))
    continue
  }
  test(`${entry.file} has the expected voxels and place`, () => {
    const volume = read(entry.file)
    expect(volume.shape).toEqual(entry.shape)
    expect(volume.dtype).toBe(entry.dtype)
    checkVoxels(volume, entry)
    checkAffine(entry)
  })
}

function checkVoxels({ data, shape }: Volume, entry: Entry): void {
  const strides = stridesOf(shape)
  for (const probe of entry.probes) {
    const index = probe.slice(0, -1).reduce((sum, x, axis) => sum + x * strides[axis], 0)
    if (probe.at(-1) !== null) expect(Number(data[index])).toBe(probe.at(-1))
  }
  expect(
    createHash('sha256')
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex'),
  ).toBe(entry.sha256)
}

function checkAffine(entry: Entry): void {
  const nibabel = entry.info.nibabelAffine ?? entry.affineRAS
  if (nibabel) close(read(entry.file, 'nibabel').affine, nibabel.flat())
  if (entry.affineRAS) close(read(entry.file, 'standard').affine, entry.affineRAS.flat())
  if (entry.format === 'metaimage' && entry.shape.length >= 2 && entry.affineRAS === null) {
    const { spacing = [], direction_columns: rows = [], offset = [] } = entry.info
    const { affine } = read(entry.file)
    for (const row of [0, 1]) {
      for (const axis of [0, 1]) expect(affine[row * 4 + axis]).toBeCloseTo(-rows[row][axis] * spacing[axis], 6)
      expect(affine[row * 4 + 3]).toBeCloseTo(-offset[row], 6)
    }
  }
}

function close(found: readonly number[], expected: readonly number[]): void {
  expected.forEach((x, i) => expect(Math.abs(found[i] - x), `entry ${i}: ${found[i]} for ${x}`).toBeLessThan(2e-5))
}
