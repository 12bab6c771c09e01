import { expect, test } from 'vitest'
import { image } from '../core/image.ts'
import { describe, describeText } from './describe.ts'
import { folderOf, slice } from './dicom/testing.ts'
import { memoryFiles } from './memoryFiles.ts'
import { readImage, readVolume, writeImage } from './open.ts'

const affine = [-2, 0, 0, 1, 0, 3, 0, 2, 0, 0, 4, 3, 0, 0, 0, 1]

test('facts of an image', () => {
  const data = Float32Array.of(1, 2, 3, 4, NaN, 5, Infinity, 5)
  const d = describe(image('float32', [1, 2, 2, 2], data, { affine }), 4)
  expect(d).toMatchObject({
    size: [2, 2, 2],
    channels: 1,
    dtype: 'float32',
    spacingMm: [2, 3, 4],
    orientation: 'LAS',
    min: 1,
    max: 5,
    nonFinite: 2,
  })
  expect(d.mean).toBeCloseTo(20 / 6, 12)
  expect(d.std).toBeCloseTo(Math.sqrt(80 / 6 - (20 / 6) ** 2), 12) // mean of squares less square of mean
  expect(d.histogram).toEqual({ from: 1, to: 5, counts: [1, 1, 1, 3] })
})

test('an image and its volume have the same facts, read from a file', () => {
  const files = memoryFiles()
  writeImage(
    'a.nii',
    image(
      'int16',
      [2, 3, 4, 5],
      Int16Array.from({ length: 120 }, (_, i) => i),
      { affine },
    ),
    {},
    files,
  )
  const d = describe(readImage('a.nii', {}, files))
  expect(describe(readVolume('a.nii', {}, files))).toEqual(d)
  expect(d).toMatchObject({ format: 'NIfTI', size: [3, 4, 5], channels: 2, min: 0, max: 119, mean: 59.5 })
  expect(d.header).toMatchObject({ magic: 'n+1', datatype: 4, dim: [4, 3, 4, 5, 2, 1, 1, 1] })
  expect(JSON.parse(JSON.stringify(d))).toEqual(d)
  const text = describeText(d)
  expect(text).toMatch(/^format +NIfTI$/m)
  expect(text).toMatch(/^size +3 x 4 x 5, 2 channels$/m)
  expect(text).toMatch(/^spacing +2 x 3 x 4 mm$/m)
  expect(text).toMatch(/^orientation +LAS$/m)
  expect(text).toMatch(/^range +0 to 119$/m)
  expect(text).toMatch(/^ {2}datatype +4$/m)
})

test('constant and wholly undefined images', () => {
  expect(describe(image('uint8', [1, 3], Uint8Array.of(7, 7, 7)), 4)).toMatchObject({
    min: 7,
    max: 7,
    mean: 7,
    std: 0,
    histogram: { from: 7, to: 7, counts: [3, 0, 0, 0] },
  })
  const none = describe(image('float32', [1, 2], Float32Array.of(NaN, NaN)))
  expect(none).toMatchObject({ min: null, mean: null, nonFinite: 2, histogram: null })
  expect(describeText(none)).toMatch(/^range +no finite value$/m)
})

test('DICOM: attributes by their names, names of segments, nothing of the patient', () => {
  const files = folderOf([slice(0, { SliceThickness: 2.5, ImageType: ['ORIGINAL', 'PRIMARY'] })])
  const { header } = describe(readVolume('scan', {}, files))
  expect(header).toMatchObject({ Modality: 'MR', SliceThickness: 2.5, ImageType: ['ORIGINAL', 'PRIMARY'], Rows: 2 })
  expect(JSON.stringify(header)).not.toMatch(/secret/i)
  const labels = image('uint8', [1, 1], Uint8Array.of(1), { meta: { labels: { Liver: 1, Spleen: 2 } } })
  expect(describeText(describe(labels))).toMatch(/^ {2}segments +1=Liver 2=Spleen$/m)
})
