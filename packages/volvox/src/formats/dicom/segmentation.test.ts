import { expect, test } from 'vitest'
import type { Tensor } from '../../core/tensor.ts'
import { memoryFiles } from '../memoryFiles.ts'
import { readVolume, writeVolume } from '../open.ts'
import type { Volume } from '../format.ts'
import { dataSetOf, encodeFile } from './encode.ts'
import { dicomSeries } from './folder.ts'
import { openDicom } from './part10.ts'
import { readDicomSegmentation } from './readSegmentation.ts'
import { labelMapOf } from './segmentation.ts'
import { folderOf, image, slice } from './testing.ts'
import { textOf } from './values.ts'
import { writeSegmentation } from './writeSegmentation.ts'

const files = folderOf([0, 1, 2, 3].map((i) => slice(i)))
const grid = readVolume('scan', {}, files)
const [series] = dicomSeries('scan', files.list?.('scan') ?? [], files)

/** Label 1 in slice 1, labels 1 and 3 in slice 2. */
const labels: Tensor = {
  dtype: 'uint8',
  shape: [3, 2, 4],
  data: Uint8Array.from([0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
}
const written = writeSegmentation({ ...labels, affine: grid.affine }, series, {
  segments: [{ number: 3, label: 'Tumour', type: { value: '108369006', scheme: 'SCT', meaning: 'Neoplasm' } }],
})
const withFile = memoryFiles(new Map([['seg.dcm', written]]))

test('a label map comes back as it was, on the grid of its series', () => {
  const found = readDicomSegmentation('seg.dcm', grid, withFile)
  expect(labelMapOf(found)).toEqual(labels)
  expect(found.segments.map(({ number, label }) => [number, label])).toEqual([[1, 'Label 1'], [2, 'Label 2'], [3, 'Tumour']]) // prettier-ignore
})

test('without the series, the lattice is that of the frames', () => {
  const { shape, affine, data, meta } = readVolume('seg.dcm', {}, withFile)
  expect(shape).toEqual([3, 2, 2])
  expect(affine.slice(8)).toEqual([0, 0, 2.5, 32.5, 0, 0, 0, 1])
  expect([...data]).toEqual([1, 1, 0, 0, 1, 3, 0, 3, 0, 0, 0, 0])
  expect(meta.labels).toEqual({ 'Label 1': 1, 'Label 2': 2, Tumour: 3 })
  expect(readVolume('seg.dcm', { segments: 'channels' }, withFile).shape).toEqual([3, 2, 2, 3])
})

test('it is of the patient and study of its series, in a series of its own', () => {
  const { set } = openDicom(written, { name: 'seg.dcm', inflate: files.inflate })
  expect(textOf(set, 'PatientName')).toBe('Secret^Person')
  expect(textOf(set, 'StudyInstanceUID')).toBe('1.2.3')
  expect(textOf(set, 'SeriesInstanceUID')).not.toBe('1.2.3.4')
  expect(textOf(set, 'Modality')).toBe('SEG')
})

test('a label map elsewhere, or without labels, is refused', () => {
  expect(() => writeSegmentation({ ...labels, affine: grid.affine.map((x) => x + 1) }, series)).toThrow(
    /affines differ by 1\.000 mm/,
  )
  expect(() => writeSegmentation({ ...labels, shape: [2, 3, 4], affine: grid.affine }, series)).toThrow(
    /the label map is \[2, 3, 4\], the series \[3, 2, 4\]/,
  )
  const empty = { ...labels, data: new Uint8Array(24), affine: grid.affine }
  expect(() => writeSegmentation(empty, series)).toThrow(/the label map is empty/)
  expect(() => writeSegmentation({ ...empty, dtype: 'float32', data: new Float32Array(24).fill(0.5) }, series)).toThrow(
    /holds 0\.5/,
  )
  const moved = { ...grid, affine: grid.affine.map((x, i) => (i === 11 ? x + 1 : x)) }
  expect(() => readDicomSegmentation('seg.dcm', moved, withFile)).toThrow(
    /frame 1 does not lie on the pixels of the series \(off by 0\.40 voxels\)/,
  )
})

test('fractions come back, to the nearest of 255 steps', () => {
  const fractions = { dtype: 'float32', shape: [2, 3, 2, 4], affine: grid.affine } as const
  const data = Float32Array.from({ length: 48 }, (_, i) => (i < 24 ? Math.max(0, i - 5) / 18 : i === 40 ? 1 : 0))
  for (const fractional of ['PROBABILITY', 'OCCUPANCY'] as const) {
    const bytes = writeSegmentation({ ...fractions, data }, series, { fractional })
    const { set } = openDicom(bytes, { name: 'f.dcm', inflate: files.inflate })
    expect(textOf(set, 'SegmentationFractionalType')).toBe(fractional)
    const found = readDicomSegmentation('f.dcm', grid, memoryFiles(new Map([['f.dcm', bytes]])))
    expect([found.fractional, found.shape]).toEqual([true, [3, 2, 4]])
    const stored = Array.from(data, (x) => Math.fround(Math.round(x * 255) / 255))
    expect(Array.from(found.channels.data, (_, i) => found.channels.data[(i % 24) * 2 + Math.floor(i / 24)])).toEqual(stored) // prettier-ignore
  }
  const write = (more: { data?: Float32Array; shape?: number[] }) => () =>
    writeSegmentation({ ...fractions, data, ...more }, series, { fractional: 'PROBABILITY' })
  expect(write({ data: new Float32Array(48).fill(1.5) })).toThrow(/the image holds 1\.5; fractions are from 0 to 1/)
  expect(write({ data: new Float32Array(48).fill(NaN) })).toThrow(/the image holds NaN/)
  expect(write({ data: new Float32Array(48) })).toThrow(/all fractions are below 0\.0019/)
  expect(write({ shape: [3, 2, 4] })).toThrow(/the image of fractions is \[3, 2, 4\], the series \[segments, 3, 2, 4\]/)
})

test('fractional segments are channels of 0 to 1', () => {
  const place = { PlanePositionSequence: [{ ImagePositionPatient: [0, 0, 0] }] }
  const fractional = image(0, {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.4',
    SegmentationType: 'FRACTIONAL',
    MaximumFractionalValue: 200,
    SegmentSequence: [
      { SegmentNumber: 1, SegmentLabel: 'A' },
      { SegmentNumber: 2, SegmentLabel: 'B' },
    ],
    NumberOfFrames: 2,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    PixelData: Uint8Array.from([0, 50, 100, 150, 200, 0, 0, 0, 0, 0, 0, 200]),
    SharedFunctionalGroupsSequence: [{ PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }] }],
    PerFrameFunctionalGroupsSequence: [1, 2].map((ReferencedSegmentNumber) => ({
      ...place,
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber }],
    })),
  })
  const one = memoryFiles(new Map([['f.dcm', encodeFile(dataSetOf(fractional))]]))
  const { shape, dtype, data } = readVolume('f.dcm', {}, one)
  expect([shape, dtype]).toEqual([[3, 2, 1, 2], 'float32'])
  expect(Array.from(data)).toEqual([0, 0, 0.75, 0, 0.25, 0, 1, 0, 0.5, 0, 0, 1])
})

test('a secondary capture keeps whole numbers and places', () => {
  const { data, shape } = grid
  const low: Volume = { ...grid, data: (data as Int16Array).map((x) => x - 200) }
  writeVolume('out.dcm', low, {}, withFile)
  const back = readVolume('out.dcm', {}, withFile)
  expect(back.shape).toEqual(shape)
  expect(back.affine).toEqual(grid.affine)
  expect(Array.from(back.data)).toEqual(Array.from(low.data))
  expect(() =>
    writeVolume('out.dcm', { ...grid, dtype: 'float32', data: new Float32Array(24).fill(0.5) }, {}, withFile),
  ).toThrow(/^out\.dcm: voxel 0 is 0\.5; a DICOM secondary capture holds whole numbers/)
})

test('colours are written and read', () => {
  const colours: Volume = {
    ...grid,
    dtype: 'uint8',
    shape: [4, 3, 3],
    spatialDims: 2,
    data: Uint8Array.from({ length: 36 }, (_, i) => 7 * i),
  }
  writeVolume('rgb.dcm', colours, {}, withFile)
  const back = readVolume('rgb.dcm', {}, withFile)
  expect(back.shape).toEqual([4, 3, 1, 3])
  expect(back.data).toEqual(colours.data)
})
