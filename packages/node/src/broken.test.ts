import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readImage, VolvoxError } from 'volvox'
import { nodeFiles } from './files.ts'

const folder = fileURLToPath(new URL('../../../../shared/data/broken/', import.meta.url))
const absent = !existsSync(folder)

/** What the sentence must say about each file that cannot be read. */
const refused: Readonly<Record<string, RegExp>> = {
  'truncated_gzip.nii.gz': /compressed data: end too soon; the file is damaged or cut short/,
  'bad_crc.nii.gz': /compressed data: do not agree with their checksum/,
  'bad_deflate.nii.gz': /compressed data: .*; the file is damaged or cut short/,
  'truncated_voxels.nii.gz': /\d+ bytes of voxels are there, the header declares \d+/,
  'truncated_voxels.nii': /\d+ bytes of voxels are there, the header declares \d+/,
  'header_only.nii': /0 bytes of voxels are there, the header declares \d+|voxels begin at byte 352 by vox_offset/,
  'short_header.nii': /the file ends after \d+ bytes, inside its 348-byte header/,
  'empty.nii.gz': /the file is empty/,
  'empty.nii': /the file is empty/,
  'text.nii.gz': /sizeof_hdr is \d+ at byte 0, NIfTI has 348 or 540/,
  'bad_sizeof_hdr.nii': /sizeof_hdr is -?\d+ at byte 0, NIfTI has 348 or 540/,
  'bad_magic.nii': /the magic text is ".*" at byte 344, NIfTI-1 has "n\+1" or "ni1"/,
  'bad_datatype.nii': /datatype is 999, which NIfTI does not define/,
  'bad_dim0.nii': /dim\[0\] is 9 at byte 40, NIfTI-1 allows 1 to 7/,
  'negative_dim.nii': /dim\[1\] is -5/,
  'huge_dims.nii.gz': /\d+ compressed bytes cannot hold the \d+ bytes that the header declares/,
  'bad_vox_offset.nii': /the voxels begin at byte \d+ by vox_offset, but the file holds \d+ bytes/,
  'zero_affine.nii.gz': /the sform is singular/,
}

const files: string[] = absent
  ? []
  : (JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as { items: { file: string }[] }).items
      .map(({ file }) => file)
      .filter((file) => /\.nii(\.gz)?$/.test(file))

test.skipIf(absent)('every refused file is in the set', () =>
  expect(files).toEqual(expect.arrayContaining(Object.keys(refused))),
)

for (const file of files) {
  const pattern = refused[file]
  if (pattern)
    test(`${file} is refused in one sentence`, () => {
      const error = errorOf(() => readImage(folder + file, {}, nodeFiles))
      expect(error).toBeInstanceOf(VolvoxError)
      expect(error?.message).toMatch(pattern)
      expect(error?.message.startsWith(`${folder}${file}: `)).toBe(true)
      expect(error?.message).not.toContain('\n')
    })
  else
    test(`${file} is an image, whatever its voxels`, () =>
      expect(readImage(folder + file, {}, nodeFiles).shape).toHaveLength(4))
}

function errorOf(action: () => unknown): Error | null {
  try {
    action()
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
