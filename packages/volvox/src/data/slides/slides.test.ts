import { beforeAll, expect, test } from 'vitest'
import { useFiles } from '../../core/files.ts'
import { isImage, type Image } from '../../core/image.ts'
import { memoryFiles } from '../../formats/memoryFiles.ts'
import { openSlide } from '../../formats/tiff/slide.ts'
import { pyramid } from '../../formats/tiff/testing.ts'
import { LoadImage, LoadImaged } from '../../transforms/io/index.ts'
import type { Dataset } from '../datasets/dataset.ts'
import { MaskedPatchWSIDataset, PatchWSIDataset, SlidingPatchWSIDataset } from './datasets.ts'

const path = '/slide.tif'
const bytes = pyramid(32, 48, 3)
beforeAll(() => useFiles({ ...memoryFiles(new Map([[path, bytes]])), open: undefined }))

const patchAt = (set: Dataset, index: number): Image => {
  const { image } = set.get(index) as { image: unknown }
  if (!isImage(image)) throw new Error('no image')
  return image
}

test('a slide tells its levels and gives regions of them', () => {
  const slide = openSlide(path)
  expect(slide.levels).toEqual([
    { width: 48, height: 32, downsample: 1 },
    { width: 24, height: 16, downsample: 2 },
    { width: 12, height: 8, downsample: 4 },
  ])
  expect(slide.mpp).toEqual([0.5, 0.5])
  const { data, meta } = slide.readRegion({ location: [22, 14], size: [3, 4] })
  // Red: two rows of tissue below white, from the third column on.
  expect([...data.subarray(0, 12)]).toEqual([240, 240, 122, 122, 240, 240, 123, 123, 240, 240, 240, 240])
  expect(meta).toMatchObject({ location: [22, 14], size: [3, 4], level: 0, spatial_shape: [3, 4] })
  // Level 2, half outside of the image: 0 there.
  expect([...slide.readRegion({ location: [16, 44], size: [1, 3], level: 2 }).data.subarray(0, 3)]).toEqual([240, 0, 0])
})

test('only what is looked at is read', () => {
  let read = 0
  const open = () => ({
    size: bytes.length,
    read: (at: number, length: number) => ((read += length), bytes.slice(at, at + length)),
    close: () => {},
  })
  const slide = openSlide(path, { ...memoryFiles(), open })
  const opened = read
  slide.readRegion({ location: [0, 0], size: [4, 4] })
  expect(read - opened).toBeLessThanOrEqual(65536)
  expect([...slide.readRegion({ location: [22, 14], size: [3, 4] }).data.subarray(0, 4)]).toEqual([240, 240, 122, 122])
})

test('patches at given places, side by side, and where tissue is', () => {
  const image = path
  const given = PatchWSIDataset({ data: [{ image, location: [16, 24], label: 1 }], patchSize: 4 })
  expect(patchAt(given, 0).data.subarray(0, 4)).toEqual(Uint8Array.of(114, 114, 114, 114))
  expect(given.get(0)).toMatchObject({ label: 1 })
  const sliding = SlidingPatchWSIDataset({ data: [{ image }], patchSize: [8, 12], patchLevel: 1, maskLevel: 2 })
  expect(sliding.length).toBe(2 * 2)
  expect(patchAt(sliding, 3).meta).toMatchObject({ location: [16, 24], level: 1, mask_location: [6, 9], num_patches: 4, mask_size: [8, 12] }) // prettier-ignore
  const masked = MaskedPatchWSIDataset({ data: [{ image }], patchSize: 4, maskLevel: 2 })
  expect(masked.length).toBe(16) // 4 x 4 pixels of level 2
  expect(patchAt(masked, 0).meta).toMatchObject({ location: [8, 16], mask_location: [2, 4], name: 'slide.tif' })
})

test('LoadImage takes a level by WSIReader: by number, by micrometres, in the modes and axes asked for', () => {
  const whole = LoadImage({ reader: 'WSIReader', dtype: null })(path)
  expect(whole).toMatchObject({ dtype: 'uint8', shape: [3, 32, 48] })
  expect(whole.meta).toMatchObject({ backend: 'cucim', level: 0, original_channel_dim: 0, count: 1, path, size: [32, 48], spatial_shape: [32, 48] }) // prettier-ignore
  const low = LoadImage({ reader: 'monai.data.wsi_reader.WSIReader', mpp: [2.04, 1.96], mode: 'RGBA', backend: 'tifffile' })(path) // prettier-ignore
  expect(low.shape).toEqual([4, 8, 12])
  expect([0, 12 * 2 + 4, 96, 192, 288].map((i) => low.data[i])).toEqual([240, 108, 240, 240, 255])
  const last = LoadImaged({ keys: 'image', reader: 'WSIReader', level: 1, channelDim: -1, ensureChannelFirst: true })({ image: path }).image as Image // prettier-ignore
  expect(last.shape).toEqual([3, 16, 24])
  expect(last.data[24 * 4 + 8]).toBe(108)
})

test('a level that the slide does not have is said', () => {
  const load = (options: object) => () => LoadImage({ reader: 'WSIReader', ...options })(path)
  expect(load({ level: 3 })).toThrow('WSIReader.level: /slide.tif has no level 3; give 0 to 2')
  expect(load({ level: 1, mpp: 1 })).toThrow('WSIReader.mpp: level is given too; give one of level, mpp and power')
  expect(load({ power: 20 })).toThrow('WSIReader.power: /slide.tif does not tell its power; give a level instead')
  expect(load({ mpp: 1.1 })).toThrow(
    'WSIReader.mpp: [1.1, 1.1] is not among those of /slide.tif: [[0.5, 0.5], [1, 1], [2, 2]]; give one of them, or more of mppRtol or mppAtol',
  )
  expect(load({ mpp: 1.1, mppAtol: 0.1 })().shape).toEqual([3, 16, 24])
})

test('what does not fit is said', () => {
  const slide = openSlide(path)
  expect(() => slide.readRegion({ level: 3 })).toThrow('/slide.tif: level: there is no level 3; the slide has 0 to 2')
  expect(() => slide.readRegion({ location: [99, 0] })).toThrow(/lies outside of the image of 32 x 48 pixels/)
  expect(() => slide.readRegion({ size: [0, 4] })).toThrow(/is no size; give two whole numbers/)
  expect(() => PatchWSIDataset({ data: ['a.tif'] })).toThrow(/^PatchWSIDataset\.data\[0\]: "a\.tif" names no slide/)
  expect(() => PatchWSIDataset({ data: [{ image: path, location: 3 }], patchSize: 4 })).toThrow(
    /the location is 3; give two numbers/,
  )
  expect(() => MaskedPatchWSIDataset({ data: [{ image: path }], patchSize: 4 })).toThrow(/has no level 7; give 0 to 2/)
})
