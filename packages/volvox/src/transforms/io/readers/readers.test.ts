import { expect, test } from 'vitest'
import { useFiles } from '../../../core/files.ts'
import type { Image } from '../../../core/image.ts'
import { allocate, type DType } from '../../../core/dtype.ts'
import { sizeOf } from '../../../core/tensor.ts'
import {
  dicomSeries,
  memoryFiles,
  readVolume,
  writeSegmentation,
  writeVolume,
  type Volume,
} from '../../../formats/index.ts'
import { folderOf as dicomFolder, slice as dicomSlice } from '../../../formats/dicom/testing.ts'
import { registry } from '../../../registry.ts'
import { LoadImage } from '../load.ts'
import { ITKReader, NibabelReader } from './readers.ts'

const oblique = [0, 0, 2, -5, -1.5, 0, 0, 3, 0, 1, 0, 7, 0, 0, 0, 1]

function counted(shape: readonly number[], spatialDims: number, dtype: DType = 'int16'): Volume {
  const data = allocate(dtype, sizeOf(shape))
  for (let i = 0; i < data.length; i++) data[i] = i as never // no 64-bit types here
  return { dtype, shape, data, affine: oblique, meta: {}, spatialDims }
}

function folderWith(volumes: Readonly<Record<string, Volume>>): void {
  const files = memoryFiles(new Map())
  for (const [name, volume] of Object.entries(volumes)) writeVolume(name, volume, {}, files)
  useFiles(files)
}

const values = (img: Image): number[] => Array.from(img.data as Float32Array)

test('NibabelReader turns axes to the closest canonical ones; the original affine stays', () => {
  folderWith({ 'a.nii': counted([2, 3, 4], 3) })
  const turned = LoadImage({ reader: 'NibabelReader', asClosestCanonical: true })('a.nii')
  expect(turned.shape).toEqual([4, 2, 3])
  expect(turned.affine).toEqual([2, 0, 0, -5, 0, 1.5, 0, 1.5, 0, 0, 1, 7, 0, 0, 0, 1])
  expect(turned.meta).toMatchObject({ original_affine: oblique, spatial_shape: [4, 2, 3], as_closest_canonical: true })
  // Voxel (x, y, z) of the new array is voxel (1 - y, z, x) of the old one.
  expect(values(turned)[(3 * 2 + 0) * 3 + 2]).toBe((1 * 3 + 2) * 4 + 3)
})

test('ITKReader reverses the axes of space, and leaves the affine in LPS, on demand', () => {
  folderWith({ 'a.mha': counted([2, 3, 4, 2], 3), 'a.nii': counted([2, 3, 4, 2], 3) })
  const reversed = { reader: 'monai.data.ITKReader', reverseIndexing: true }
  expect(LoadImage(reversed)('a.mha').shape).toEqual([4, 3, 2, 2]) // components stay last
  expect(LoadImage(reversed)('a.nii').shape).toEqual([2, 4, 3, 2]) // a fourth axis is one of the image
  expect(LoadImage(reversed)('a.mha').meta).toMatchObject({ spatial_shape: [2, 3, 4], original_channel_dim: -1 })
  const lps = LoadImage({ reader: 'ITKReader', affineLpsToRas: false })('a.nii')
  expect(lps.meta.space).toBe('LPS')
  expect(lps.affine.slice(0, 12)).toEqual([0, 0, -2, 5, 1.5, 0, 0, -3, 0, 1, 0, 7])
})

test('PILReader swaps axes unless told not to, and converts pixels as Pillow does', () => {
  folderWith({ 'a.png': counted([2, 3, 3], 2, 'uint8') })
  expect(LoadImage()('a.png').shape).toEqual([2, 3, 3])
  const upright = LoadImage({ reverseIndexing: false })('a.png')
  expect(upright.shape).toEqual([3, 2, 3])
  expect(values(upright).slice(0, 6)).toEqual([0, 1, 2, 9, 10, 11])
  const grey = LoadImage({ reader: 'PILReader', converter: 'L', ensureChannelFirst: true })('a.png')
  expect(grey.shape).toEqual([1, 2, 3])
  expect(values(grey)[0]).toBe(1) // (38470 + 2 * 7471 + 32768) >> 16
  expect(LoadImage({ converter: 'RGBA' })('a.png').shape).toEqual([2, 3, 4])
  expect(() => LoadImage({ converter: 'CMYK' })).toThrow(
    /^LoadImage\.converter: "CMYK" does not fit; give one of Pillow's/,
  )
})

test('NumpyReader names its channel axis and its arrays', () => {
  folderWith({ 'a.npy': counted([2, 3, 4], 3), 'b.npz': counted([2, 3, 4], 3) })
  expect(LoadImage({ channelDim: 0 })('a.npy').meta).toMatchObject({ original_channel_dim: 0, spatial_shape: [3, 4] })
  expect(LoadImage({ ensureChannelFirst: true })('a.npy').shape).toEqual([1, 2, 3, 4])
  expect(LoadImage({ npzKeys: 'arr_0' })('b.npz').shape).toEqual([2, 3, 4])
  expect(() => LoadImage({ npzKeys: ['seg'] })('b.npz')).toThrow('b.npz: it holds no array "seg"; there are [arr_0]')
  expect(() => LoadImage({ channelDim: 4 })('a.npy')).toThrow(
    'NumpyReader.channelDim: the file has the shape [2, 3, 4], which has no axis 4',
  )
})

test('NrrdReader puts channels where channelDim has them', () => {
  folderWith({ 'a.nrrd': counted([2, 3, 4, 5], 3) })
  expect(LoadImage()('a.nrrd').shape).toEqual([2, 3, 4, 5])
  const first = LoadImage({ reader: 'NrrdReader', channelDim: 0, ensureChannelFirst: true })('a.nrrd')
  expect(first.shape).toEqual([5, 2, 3, 4])
  expect(values(first)[1]).toBe(5)
  expect(LoadImage({ indexOrder: 'C' })('a.nrrd').shape).toEqual([5, 4, 3, 2])
})

test('a reader that does not take a file leaves it to the one that does', () => {
  folderWith({ 'a.npy': counted([2, 3], 2), 'a.nii': counted([2, 3, 4], 3) })
  expect(LoadImage({ reader: 'ITKReader' })('a.npy').shape).toEqual([2, 3])
  expect(LoadImage({ reader: ['NibabelReader', 'PILReader'] })('a.nii').shape).toEqual([2, 3, 4])
  expect(LoadImage({ reader: NibabelReader({ channelDim: 2 }) })('a.nii').meta.original_channel_dim).toBe(2)
  expect(LoadImage({ reader: ITKReader })('a.nii').shape).toEqual([2, 3, 4])
  expect(() => LoadImage({ reader: 'ITKReeder' })).toThrow(
    'LoadImage.reader: "ITKReeder" is unknown; did you mean "ITKReader"?',
  )
  expect(() => LoadImage({ reader: 'ITKReader', npzKeys: 'a' })).toThrow(
    'LoadImage.npzKeys: ITKReader does not take it; leave it out or choose another reader',
  )
  const reader = registry().create({ _target_: 'monai.data.NumpyReader', channel_dim: 1 })
  expect(LoadImage({ reader: reader as never })('a.npy').meta.original_channel_dim).toBe(1)
})

test('files of one case are joined along their channels, or along a new axis, where they lie in one place', () => {
  const [flat, deep] = [counted([2, 3, 4], 3), counted([2, 3, 4, 2], 3)]
  folderWith({
    'a.nii': flat,
    'b.nii': deep,
    'c.nii': { ...flat, affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
  })
  expect(LoadImage()(['a.nii', 'a.nii']).shape).toEqual([2, 2, 3, 4])
  const joined = LoadImage()(['b.nii', 'b.nii'])
  expect(joined.shape).toEqual([2, 3, 4, 4])
  expect(values(joined).slice(0, 8)).toEqual([0, 1, 0, 1, 2, 3, 2, 3])
  expect(LoadImage({ ensureChannelFirst: true })(['b.nii', 'b.nii']).shape).toEqual([4, 2, 3, 4])
  expect(() => LoadImage()(['a.nii', 'c.nii'])).toThrow(/^LoadImage: files of one case lie in different places/)
})

test('readers do not change what is read', () => {
  folderWith({ 'a.nii': counted([2, 3, 4], 3) })
  for (const reader of ['NibabelReader', 'ITKReader']) {
    const { shape, data } = LoadImage({ reader, dtype: null })('a.nii')
    expect({ shape, data }).toEqual({ shape: [2, 3, 4], data: readVolume('a.nii').data })
  }
})

test('PydicomReader reads the files of a folder that match, and segments into the channels of labelDict', () => {
  const files = dicomFolder([0, 1, 2, 3].map((i) => dicomSlice(i)))
  useFiles(files)
  const names = files.list?.('scan') ?? []
  const whole = LoadImage({ reader: 'PydicomReader' })('scan')
  const some = LoadImage({ reader: 'PydicomReader', fnameRegex: `scan/(${names[0]}|${names[1]})$` })('scan')
  expect(some.shape).toEqual([...whole.shape.slice(0, 2), 2])
  expect(() => LoadImage({ reader: 'PydicomReader', fnameRegex: 'nothing' })('scan')).toThrow(
    'scan: none of its 4 files matches /nothing/, which is held against the whole path; give another pattern',
  )
  expect(() => LoadImage({ reader: 'PydicomReader', fnameRegex: '(' })).toThrow(
    /fnameRegex: "\(" is no regular expression/,
  )

  const [series] = dicomSeries('scan', names, files)
  const label = { dtype: 'uint8' as const, shape: whole.shape, data: new Uint8Array(whole.data.length) }
  label.data.set([1, 2, 2])
  const segments = [{ number: 1, label: 'Kidney' }, { number: 2, label: 'Tumour' }] // prettier-ignore
  const written = writeSegmentation({ ...label, affine: whole.affine }, series, { segments })
  useFiles(memoryFiles(new Map([['seg.dcm', written]])))
  const labelDict = { Tumour: 0, Cyst: 1, Kidney: 2 }
  const { shape, data, meta } = LoadImage({ reader: 'PydicomReader', labelDict })('seg.dcm')
  expect(shape.at(-1)).toBe(3)
  const sums = [0, 1, 2].map((c) => data.reduce((sum: number, x: number, i: number) => sum + (i % 3 === c ? x : 0), 0))
  expect(sums).toEqual([2, 0, 1])
  expect(meta.labels).toEqual(labelDict)
  expect(() => LoadImage({ reader: 'PydicomReader', labelDict: { Kidney: 0 } })('seg.dcm')).toThrow(
    'PydicomReader.labelDict: the file has a segment "Tumour"; give its channel, too',
  )
  expect(() => LoadImage({ reader: 'PydicomReader', labelDict: { Kidney: 4 } })).toThrow(
    /give a record of names and channels/,
  )
})
