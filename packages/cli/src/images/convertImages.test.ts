import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { image, Orientation, readImage, readVolume, writeImage } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { runCommandLine } from '../program.ts'
import { recordedIo } from '../testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'volvox-convert-'))
afterAll(() => rmSync(folder, { recursive: true }))
const scan = fileURLToPath(
  new URL('../../../../examples/data/hippocampus/imagesTr/hippocampus_039.nii.gz', import.meta.url),
)
const dicom = fileURLToPath(new URL('../../../../../shared/data/dicom', import.meta.url))

async function run(...words: string[]) {
  const io = recordedIo()
  const code = await runCommandLine(words, io)
  return { code, out: io.printed.join('\n'), err: io.noted.join('\n') }
}

test('an image goes from format to format and back', async () => {
  const paths = ['a.nrrd', 'b.mha', 'c.mgz', 'd.safetensors', 'e.nii'].map((name) => join(folder, name))
  let from = scan
  for (const to of paths) {
    expect(await run('convert', from, to)).toMatchObject({ code: 0, out: to })
    from = to
  }
  const [first, last] = [scan, paths[4]].map((path) => readImage(path, {}, nodeFiles))
  expect(last.data).toEqual(first.data)
  expect(last.affine).toEqual(first.affine)
  await run('convert', scan, paths[0], '--dtype', 'int16')
  expect(readImage(paths[0], {}, nodeFiles).dtype).toBe('int16')
})

test('a folder goes into a folder; what is there is left, what is broken is told', async () => {
  const data = join(folder, 'data')
  mkdirSync(join(data, 'deep'), { recursive: true })
  copyFileSync(scan, join(data, 'deep', 'a.nii.gz'))
  writeFileSync(join(data, 'b.nii'), 'no image at all')
  const out = join(folder, 'out')
  const first = await run('convert', data, out, '--to', 'nrrd')
  expect(first.code).toBe(2)
  expect(first.err).toMatch(/b\.nii: sizeof_hdr is 1763733358 at byte 0/)
  expect(first.err).toMatch(/convert: 1 of 2 images could not be converted; see above$/)
  const written = statSync(join(out, 'deep', 'a.nrrd')).mtimeMs
  rmSync(join(data, 'b.nii'))
  expect((await run('convert', data, out, '--to', 'nrrd')).out).toMatch(/0 written, 1 there already \(--force writes/)
  expect(statSync(join(out, 'deep', 'a.nrrd')).mtimeMs).toBe(written)
  expect((await run('convert', data, out, '--to', 'nrrd', '--force')).out).toMatch(/1 written$/)
  expect(await run('convert', data, out, '--to', 'xyz')).toMatchObject({
    code: 2,
    err: expect.stringContaining('is no format that can be written'),
  })
  expect(await run('convert', join(folder, 'no'), 'x.nii')).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no such file'),
  })
})

test.skipIf(!existsSync(dicom))('DICOM series below a folder become volumes', async () => {
  const out = join(folder, 'series')
  expect((await run('convert', dicom, out)).code).toBe(0)
  const img = readImage(join(out, 'Study1', '12-T1post-05670', 'MR_12.nii.gz'), {}, nodeFiles)
  expect(img.shape).toEqual([1, 512, 512, 22])
})

test.skipIf(!existsSync(dicom))('DICOM files need no extension to be found', async () => {
  const bare = join(folder, 'bare', 'deep')
  mkdirSync(bare, { recursive: true })
  const series = join(dicom, 'Study1', '13_HCropVolume')
  for (const [i, name] of readdirSync(series).slice(0, 3).entries())
    copyFileSync(join(series, name), join(bare, `IM${i}`))
  const out = join(folder, 'bare-out')
  expect(await run('convert', join(folder, 'bare'), out)).toMatchObject({ code: 0, out: `${out}: 1 written` })
})

test('info writes a picture', async () => {
  const png = join(folder, 'scan.png')
  expect((await run('info', scan, '--png', png)).code).toBe(0)
  expect([...readFileSync(png).subarray(1, 4)].map((c) => String.fromCharCode(c)).join('')).toBe('PNG')
  expect(await run('info', scan, scan, '--png', png)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is for one image'),
  })
})

test.skipIf(!existsSync(dicom))('labels become a DICOM segmentation of their series, and labels again', async () => {
  const series = join(dicom, 'Study1', '13_HCropVolume')
  const ct = readImage(series, {}, nodeFiles)
  const labels = { ...ct, dtype: 'uint8' as const, data: Uint8Array.from(ct.data as Int16Array, (x) => (x > 100 ? 2 : x > 50 ? 1 : 0)) } // prettier-ignore
  const [plain, turned, object, back] = ['l.nii.gz', 't.nii.gz', 's.dcm', 'b.nii.gz'].map((name) => join(folder, name))
  writeImage(plain, labels, {}, nodeFiles)
  writeImage(turned, Orientation({ axcodes: 'SPR' })(labels), {}, nodeFiles)
  for (const path of [plain, turned]) {
    const made = await run('convert', path, object, '--reference', series, '--names', '1=Soft,2=Bone')
    expect(made).toMatchObject({ code: 0, out: object })
    expect(readVolume(object, {}, nodeFiles).meta.labels).toEqual({ Soft: 1, Bone: 2 })
    expect(await run('convert', object, back, '--reference', series)).toMatchObject({ code: 0, out: back })
    const { data, affine } = readImage(back, {}, nodeFiles)
    expect(data).toEqual(labels.data)
    expect(affine).toEqual(labels.affine)
  }
  const fractions = { ...ct, shape: [2, ...ct.shape.slice(1)], dtype: 'float32' as const, data: Float32Array.from({ length: 2 * ct.data.length }, (_, i) => (i % 5) / 5) } // prettier-ignore
  writeImage(plain, fractions, {}, nodeFiles)
  expect((await run('convert', plain, object, '--reference', series, '--fractional', 'OCCUPANCY')).code).toBe(0)
  expect((await run('convert', object, back, '--reference', series)).code).toBe(0)
  const read = readImage(back, {}, nodeFiles)
  expect(read.shape).toEqual(fractions.shape)
  expect(Math.max(...Array.from(read.data as Float32Array, (x, i) => Math.abs(x - fractions.data[i])))).toBeLessThan(0.002) // prettier-ignore
  const refused = async (...words: string[]) => expect((await run('convert', ...words, '--reference', series)).err)
  ;(await refused(plain, turned)).toMatch(/neither .* nor .* is a DICOM segmentation; leave out --reference/)
  ;(await refused(object, join(folder, 'x.dcm'))).toMatch(/is a DICOM segmentation already; name an output/)
  ;(await refused(turned, object, '--names', '3')).toMatch(/^volvox: convert\.names: "3" names no label; give numbers/)
  ;(await refused(folder, join(folder, 'out'))).toMatch(/belongs to one segmentation, and a folder is given/)
})

test('pictures in the gray levels of a window', async () => {
  const slice = join(folder, 'slice.dcm')
  const png = join(folder, 'slice.png')
  const pixels = { dtype: 'int16' as const, shape: [1, 3, 1, 1], data: Int16Array.of(-160, 40, 240) }
  writeImage(slice, image(pixels.dtype, pixels.shape, pixels.data), {}, nodeFiles)
  const shown = async (window: string) => {
    const { code, err } = await run('convert', slice, png, '--window', window)
    return code === 0 ? [...readImage(png, {}, nodeFiles).data].map(Number) : err
  }
  expect(await shown('40,400')).toEqual([0, 128, 255])
  expect(await shown('auto')).toEqual([0, 255, 255]) // to the 99.5th hundredth of three
  expect(await shown('4')).toMatch(/^volvox: convert\.window: "4" is no window; give auto, or centre and width/)
})
