import { expect, test } from 'vitest'
import { readImage, readVolume } from '../open.ts'
import type { ReadOptions } from '../format.ts'
import type { Attributes } from './encode.ts'
import { folderOf, image, slice } from './testing.ts'

const read = (images: readonly Attributes[], options: ReadOptions = {}) => readVolume('scan', options, folderOf(images))
const places = (...indices: number[]) => indices.map((index) => slice(index))

test('slices are sorted by place, whatever their names and numbers', () => {
  const { shape, data, affine, meta, dtype } = read(places(2, 0, 1))
  expect(shape).toEqual([3, 2, 3])
  expect(dtype).toBe('int16')
  expect([...data]).toEqual([0, 100, 200, 3, 103, 203, 1, 101, 201, 4, 104, 204, 2, 102, 202, 5, 105, 205])
  expect(affine).toEqual([-0.75, 0, 0, 10, 0, -0.5, 0, 20, 0, 0, 2.5, 30, 0, 0, 0, 1])
  expect(meta).toMatchObject({
    spacing: [0.75, 0.5, 2.5],
    spatial_shape: [3, 2, 3],
    space: 'RAS',
    original_channel_dim: 'no_channel',
    format: 'DICOM',
    filename_or_obj: 'scan',
    '00200032': { vr: 'DS', Value: [-10, -20, 30] },
    lastImagePositionPatient: [-10, -20, 35],
  })
  expect(meta.warnings).toBeUndefined()
})

test('nothing in the metadata tells who the patient is', () =>
  expect(JSON.stringify(read(places(0, 1)).meta)).not.toMatch(/secret|1\.2\.3/i))

test('values are rescaled slice by slice, or given as stored', () => {
  const pet = [0, 1].map((i) => slice(i, { RescaleSlope: 0.5 + i, RescaleIntercept: 1 }))
  expect(Array.from(read(pet).data.slice(0, 4))).toEqual([1, 151, 2.5, 155.5])
  expect(read(pet, { as: 'float32' }).dtype).toBe('float32')
  expect(Array.from(read(pet, { raw: true }).data.slice(0, 4))).toEqual([0, 100, 3, 103])
  const ct = [0, 1].map((i) => slice(i, { RescaleSlope: 1, RescaleIntercept: -1024, BitsStored: 12, HighBit: 11 }))
  const { dtype, data } = read(ct)
  expect(dtype).toBe('int16')
  expect(data[0]).toBe(-1024)
})

test('a tilted gantry shears the affine and is told', () => {
  const { affine, meta } = read([0, 1, 2].map((i) => slice(i, { ImagePositionPatient: [0, 0.5 * i, 2.5 * i] })))
  expect(affine.slice(4, 8)).toEqual([0, -0.5, -0.5, 0])
  expect(meta.warnings).toEqual([expect.stringMatching(/gantry tilt of 11\.3 degrees\); the affine is sheared/)])
})

test('missing and unequal distances are told', () => {
  expect(read(places(0, 1, 2, 4)).meta.warnings).toEqual([expect.stringMatching(/^1 slice seems to be missing/)])
  const uneven = [0, 1, 2, 3].map((i) => slice(i, { ImagePositionPatient: [0, 0, 2.5 * i + (i === 2 ? 0.7 : 0)] }))
  expect(read(uneven).meta.warnings).toEqual([expect.stringMatching(/unequally far apart \(1\.800 to 3\.200 mm\)/)])
})

test('the same object twice is used once; another one at its place is refused', () => {
  const { shape, meta } = read([...places(0, 1, 2), slice(1)])
  expect(shape).toEqual([3, 2, 3])
  expect(meta.warnings).toEqual([expect.stringMatching(/^1 image was there twice/)])
  expect(() => read([...places(0, 1, 2), slice(1, { SOPInstanceUID: '1.9' })])).toThrow(
    /^scan: its 3 places have 1 or 2 images each, e\.g\. 2 where scan\/1\.dcm lies; slices are doubled or missing/,
  )
})

test('images of several times make a fourth axis', () => {
  const later = [0, 1].map((i) => slice(i, { TemporalPositionIdentifier: 2, SOPInstanceUID: `1.8.${i}` }))
  const first = [0, 1].map((i) => slice(i, { TemporalPositionIdentifier: 1, PixelData: new Uint8Array(12) }))
  const files = folderOf([...later, ...first])
  const { shape, data, meta } = readVolume('scan', {}, files)
  expect(shape).toEqual([3, 2, 2, 2])
  expect(Array.from(data.slice(0, 4))).toEqual([0, 0, 0, 100])
  expect(meta).toMatchObject({ time_key: 'TemporalPositionIdentifier', time_values: [1, 2], original_channel_dim: -1 })
  expect(readImage('scan', {}, files).shape).toEqual([2, 3, 2, 2])
})

test('what orders the times is found: trigger times, b-values, or only the numbers of images', () => {
  const twice = (key: (time: number) => Attributes) =>
    [1, 0].flatMap((time) => [0, 1].map((i) => slice(i, { SOPInstanceUID: `1.7.${time}.${i}`, InstanceNumber: 10 * time + i, ...key(time) }))) // prettier-ignore
  expect(read(twice((time) => ({ TriggerTime: 20 * time }))).meta.time_values).toEqual([0, 20])
  expect(read(twice((time) => ({ DiffusionBValue: 500 * time }))).meta).toMatchObject({ time_key: 'DiffusionBValue', time_values: [0, 500] }) // prettier-ignore
  expect(read(twice(() => ({}))).meta).toMatchObject({ time_key: null, time_values: null })
})

test('of several series one is to be chosen', () => {
  const two = [
    ...places(0, 1),
    ...places(0, 1).map((one) => ({ ...one, SeriesInstanceUID: '1.2.3.5', SeriesNumber: 9 })),
  ]
  expect(() => read(two)).toThrow(
    /^scan: holds 2 series: 4 \(MR, 2 files of 3 x 2\), 9 \(MR, 2 files of 3 x 2\); choose one by its number or SeriesInstanceUID/,
  )
  expect(read(two, { seriesName: '9' }).shape).toEqual([3, 2, 2])
  expect(read(two, { seriesName: '1.2.3.5.5122.00' }).meta['00200011']).toEqual({ vr: 'IS', Value: [9] })
  expect(() => read(two, { seriesName: '7' })).toThrow(/"7" is no series of this folder; it holds 4 /)
})

test('mixed sizes, directions and kinds are refused', () => {
  expect(() => read([slice(0), slice(1, {}, [3, 3])])).toThrow(/different sizes, 3 x 2 \(scan\/0\.dcm\) and 3 x 3/)
  expect(() => read([slice(0), slice(1, { ImageOrientationPatient: [0, 1, 0, 0, 0, -1] })])).toThrow(
    /^scan: its images have different orientations, those of scan\/0\.dcm and scan\/1\.dcm; put what belongs together/,
  )
  expect(() => read([slice(0), slice(1, { PixelRepresentation: 0 })])).toThrow(
    /its pixels are uint16 .* of scan\/0\.dcm int16/,
  )
})

test('without places in space the numbers of images count', () => {
  const { affine, data } = read([image(0, { InstanceNumber: 2, PixelSpacing: [2, 3] }), image(100, { InstanceNumber: 1, PixelSpacing: [2, 3] })]) // prettier-ignore
  expect(Array.from(data.slice(0, 2))).toEqual([100, 0])
  expect(affine).toEqual([-3, 0, 0, 0, 0, -2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
})

test('a folder without images says so', () => {
  expect(() => read([{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.11' }])).toThrow(
    /^scan: holds no DICOM images; give the folder/,
  )
  expect(() => readVolume('scan/0.dcm', {}, folderOf([{ SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.11' }]))).toThrow(
    /^scan\/0\.dcm: it is a report \(Basic Text SR\) and has no pixels/,
  )
})

test('frames of one object are placed by their functional groups', () => {
  const frames = [1, 0, 2].map((i) => ({ PlanePositionSequence: [{ ImagePositionPatient: [0, 0, 4 * i] }] }))
  const pixels = Int16Array.from({ length: 18 }, (_, i) => i)
  const enhanced = image(0, {
    NumberOfFrames: 3,
    PixelData: new Uint8Array(pixels.buffer),
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
        PixelMeasuresSequence: [{ PixelSpacing: [1, 1] }],
        PixelValueTransformationSequence: [{ RescaleSlope: 2, RescaleIntercept: 1 }],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames,
  })
  const { data, affine, shape } = readVolume('scan/0.dcm', {}, folderOf([enhanced]))
  expect(shape).toEqual([3, 2, 3])
  expect(Array.from(data.slice(0, 3))).toEqual([13, 1, 25])
  expect(affine.slice(8, 12)).toEqual([0, 0, 4, 0])
})
