import { expect, test } from 'vitest'
import { image } from '../core/image.ts'
import { memoryFiles } from './memoryFiles.ts'
import { isImagePath, readImage, readVolume, writeImage } from './open.ts'

const img = image(
  'int16',
  [1, 2, 3, 4],
  Int16Array.from({ length: 24 }, (_, i) => i),
)

test('content decides before the name does', () => {
  const files = memoryFiles()
  writeImage('a.nii.gz', img, {}, files)
  files.write('b.mha', files.read('a.nii.gz'))
  files.write('c', files.read('a.nii.gz'))
  for (const name of ['b.mha', 'c']) {
    const back = readImage(name, {}, files)
    expect(back.data).toEqual(img.data)
    expect(back.meta).toMatchObject({
      format: 'NIfTI',
      filename_or_obj: name,
      space: 'RAS',
      spatial_shape: [2, 3, 4],
      original_channel_dim: 'no_channel',
    })
  }
})

test('either file of a pair opens it, in any folder', () => {
  const files = memoryFiles()
  writeImage('x/y/a.hdr.gz', img, {}, files)
  for (const name of ['x/y/a.hdr.gz', 'x/y/a.img.gz']) expect(readImage(name, {}, files).data).toEqual(img.data)
  const alone = memoryFiles(new Map([['a.hdr.gz', files.read('x/y/a.hdr.gz')]]))
  expect(() => readVolume('a.hdr.gz', {}, alone)).toThrow(
    'a.hdr.gz: its voxels should be in a.img.gz beside it, which is not there; put both files in one folder',
  )
})

test('what is neither by content nor by name an image is refused with what can be read', () => {
  const files = memoryFiles(new Map([['notes.txt', new TextEncoder().encode('dear diary')]]))
  expect(() => readVolume('notes.txt', {}, files)).toThrow(
    /^notes\.txt: it begins with "dear dia", and neither .*; give NIfTI \(\.nii, .*\) or .*/,
  )
  expect(() => readVolume('gone.nii', {}, files)).toThrow('gone.nii: there is no such file; pick it too')
  expect(() => writeImage('a.xyz', img, {}, files)).toThrow(
    /^a\.xyz: its extension names no format that can be written; use NIfTI/,
  )
  expect(['a.NII.GZ', 'b.mhd', 'c.txt'].map(isImagePath)).toEqual([true, true, false])
})

test('types that a format lacks are named', () => {
  const half = image('float16', [1, 2], new Uint16Array(2))
  expect(() => writeImage('a.nii', half, {}, memoryFiles())).toThrow(
    'a.nii: NIfTI has no float16 voxels; convert to float32 first',
  )
  expect(() => writeImage('a.mha', half, {}, memoryFiles())).toThrow(
    'a.mha: MetaImage has no float16 voxels; convert to float32 first',
  )
})

test('an image too large for memory is a sentence', () => {
  const files = memoryFiles()
  writeImage('a.nii.gz', img, {}, files)
  const small = { ...files, inflate: (): Uint8Array => new Uint8Array(2 ** 53) }
  expect(() => readVolume('a.nii.gz', {}, small)).toThrow(
    /^a\.nii\.gz: its voxels do not fit in memory \(.*\); use a machine with more/,
  )
})

test('a companion is named by a plain name in the folder of its file', () => {
  const header = (name: string) =>
    `ObjectType = Image\nNDims = 1\nDimSize = 1\nElementType = MET_CHAR\nElementDataFile = ${name}\n`
  const read = (name: string) => {
    const files = memoryFiles(new Map([['a.mhd', new TextEncoder().encode(header(name))]]))
    return () => readVolume('a.mhd', {}, files)
  }
  expect(read('../b.raw')).toThrow('a.mhd: it names a companion file "../b.raw" outside its own folder')
  expect(read('b\rc.raw')).toThrow(
    'a.mhd: it names a companion file "b\\rc.raw", which is no name; the file is damaged',
  )
  expect(read('x'.repeat(2000))).toThrow(/^a\.mhd: it names a companion file "x{76}\.\.\., which is no name/)
})
