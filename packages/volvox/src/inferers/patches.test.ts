import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { memoryFiles } from '../formats/memoryFiles.ts'
import { SlidingWindowHoVerNetInferer } from './hoverNet.ts'
import { outputList, type Predictor } from './inferer.ts'
import { AvgMerger } from './merger.ts'
import { PatchInferer } from './patchInferer.ts'
import { SlidingWindowSplitter, type Patch } from './splitter.ts'
import { ZarrArray } from './zarr.ts'
import { ZarrAvgMerger } from './zarrMerger.ts'

function ramp(shape: readonly number[]): FloatTensor {
  return floats(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => i),
  )
}

const twice: Predictor = (batch) => ({ ...batch, data: batch.data.map((x) => 2 * x) })

test('patches of a voxelwise network add up to what the whole image gives, in memory and on disk', async () => {
  const cases = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      patchSize: fc.array(fc.integer({ min: 2, max: 6 }), { minLength: size.length, maxLength: size.length }),
      overlap: fc.constantFrom(0, 0.4, 1),
      offset: fc.integer({ min: -2, max: 0 }),
      batchSize: fc.integer({ min: 1, max: 4 }),
      chunks: fc.constantFrom(true, false, 2, 3),
    }),
  )
  await fc.assert(
    fc.asyncProperty(cases, async ({ size, patchSize, overlap, offset, batchSize, chunks }) => {
      const image = ramp([2, 2, ...size])
      const options = { splitter: SlidingWindowSplitter({ patchSize, overlap, offset }), batchSize }
      const [got] = outputList(await PatchInferer(options)(image, twice))
      expect(got.shape).toEqual(image.shape)
      expect([...got.data]).toEqual(Array.from(image.data, (x) => 2 * x))
      const files = memoryFiles(new Map())
      await PatchInferer({ ...options, mergerCls: 'ZarrAvgMerger', store: 'a/b', chunks, files })(image, twice)
      expect(ZarrArray.open('a/b', files).read()).toEqual(got)
    }),
    { numRuns: 40 },
  )
})

test('a Zarr array is plain chunks beside their description, and stays right when chunks leave memory', () => {
  const stored = new Map<string, Uint8Array>()
  const files = memoryFiles(stored)
  const merger = ZarrAvgMerger({ mergedShape: [1, 1, 4, 6], croppedShape: [1, 1, 3, 5], chunks: [1, 1, 2, 4], files })
  merger.aggregate(floats([1, 1, 4, 6], new Float32Array(24).fill(1)), [0, 0])
  merger.aggregate(floats([1, 1, 2, 2], new Float32Array(4).fill(4)), [1, 3])
  const array = merger.finalize()
  expect([...stored.keys()].sort()).toEqual([
    'merged.zarr/.zarray',
    'merged.zarr/0.0.0.0',
    'merged.zarr/0.0.0.1',
    'merged.zarr/0.0.1.0',
    'merged.zarr/0.0.1.1',
  ])
  expect(JSON.parse(new TextDecoder().decode(stored.get('merged.zarr/.zarray')))).toEqual({
    chunks: [1, 1, 2, 4],
    compressor: null,
    dtype: '<f4',
    fill_value: 0,
    filters: null,
    order: 'C',
    shape: [1, 1, 3, 5],
    zarr_format: 2,
  })
  expect(stored.get('merged.zarr/0.0.0.0')!.length).toBe(32)
  expect([...array.read([0, 0, 1, 2], [1, 1, 2, 3]).data]).toEqual([1, 2.5, 2.5, 1, 2.5, 2.5])
  expect(() => merger.aggregate(ramp([1, 1, 2, 2]), [0, 0])).toThrow(
    'ZarrAvgMerger: is finalized and takes no more patches; make a new one',
  )
  stored.set('merged.zarr/0.0.1.1', new Uint8Array(3))
  expect(() => ZarrArray.open('merged.zarr', files).read()).toThrow(
    'merged.zarr/0.0.1.1: has 3 bytes, a chunk 32; the file is damaged or compressed',
  )
  stored.set('merged.zarr/.zarray', new TextEncoder().encode('{"shape": [3], "chunks": [2], "dtype": "<f8"}'))
  expect(() => ZarrArray.open('merged.zarr', files)).toThrow(
    'merged.zarr/.zarray: dtype is "<f8"; only "<f4" can be read',
  )
})

test('outputs keep their names, and those that are named are merged', async () => {
  const splitter = SlidingWindowSplitter({ patchSize: 2, filterFn: (_, [x]) => x < 2 })
  const both: Predictor = (batch) => ({
    b: batch,
    a: floats(
      [batch.shape[0], 1, 1],
      batch.data.filter((_, i) => i % 2),
    ),
  })
  const got = await PatchInferer({ splitter, batchSize: 2 })(ramp([1, 1, 4]), both)
  expect(got).toMatchObject({ b: { shape: [1, 1, 4] }, a: { shape: [1, 1, 2] } })
  expect(outputList(got).map(({ data }) => [...data])).toEqual([
    [1, NaN],
    [0, 1, NaN, NaN],
  ])
  expect(Object.keys(await PatchInferer({ splitter, outputKeys: ['b'] })(ramp([1, 1, 4]), both))).toEqual(['b'])
})

test('patches that are cut already need the shape of the whole', async () => {
  const patches: Patch[] = [0, 2].map((at) => ({ patch: floats([1, 1, 2], [at, at]), location: [at] }))
  const [got] = outputList(await PatchInferer({ mergedShape: [1, 1, 4] })(patches, twice))
  expect([...got.data]).toEqual([0, 0, 4, 4])
  await expect(PatchInferer({})(patches, twice)).rejects.toThrow('AvgMerger.mergedShape: is missing; give a list')
})

test('a network that predicts the middle of a window covers an image with a margin', async () => {
  const middle: Predictor = (batch) => {
    const [items, , width] = batch.shape
    return floats(
      [items, 1, width - 2],
      batch.data.filter((_, i) => i % width > 0 && i % width < width - 1),
    )
  }
  const image = ramp([1, 1, 6])
  const options = { roiSize: 4, overlap: 0.5 }
  const [whole] = outputList(
    await SlidingWindowHoVerNetInferer({ ...options, extraInputPadding: [1, 1] })(image, middle),
  )
  expect([...whole.data]).toEqual([0, 1, 2, 3, 4, 5])
  const [bare] = outputList(await SlidingWindowHoVerNetInferer(options)(image, middle))
  expect([...bare.data]).toEqual([NaN, 1, 2, 3, 4, NaN])
})

test('sums in float64 give a float32 image', async () => {
  const splitter = SlidingWindowSplitter({ patchSize: 2 })
  const merged = await PatchInferer({ splitter, valueDtype: 'torch.float64' })(ramp([1, 1, 4]), twice)
  expect(merged).toEqual(await twice(ramp([1, 1, 4])))
  expect(() => ZarrAvgMerger({ mergedShape: [1, 1, 4], valueDtype: 'float64', files: memoryFiles() })).toThrow(
    'ZarrAvgMerger.valueDtype: is float64, but sums are kept where the result will be; use float32, or AvgMerger',
  )
})

test('what does not fit is refused in one sentence', async () => {
  const image = ramp([1, 1, 4, 4])
  const split = (options: Parameters<typeof SlidingWindowSplitter>[0]) => () => [
    ...SlidingWindowSplitter(options)(image),
  ]
  expect(split({ patchSize: [2, 2, 2] })).toThrow(
    /patchSize: \[2, 2, 2\] has 3 values; give one, or one for each of the 2/,
  )
  expect(split({ patchSize: 2, overlap: 2 })).toThrow(
    'SlidingWindowSplitter.overlap: 2 does not fit patches of 2 voxels; give a share from 0 to below 1, or fewer whole voxels than a patch has',
  )
  expect(split({ patchSize: 2, offset: 4 })).toThrow('offset: 4 lies outside of axis 0 with 4 voxels; give -2 to 3')
  expect(split({ patchSize: 2, offset: -1, padMode: null })).toThrow('offset: -1 begins before the image')
  await expect(PatchInferer({})(image, twice)).rejects.toThrow('was given an image and no splitter')
  const splitter = SlidingWindowSplitter({ patchSize: 2 })
  await expect(PatchInferer({ splitter, mergerCls: 'Best' })(image, twice)).rejects.toThrow(
    'PatchInferer.mergerCls: "Best" is unknown; use "AvgMerger" or "ZarrAvgMerger"',
  )
  await expect(PatchInferer({ splitter, batchSize: 2 })(image, () => floats([3, 1, 2, 2]))).rejects.toThrow(
    'PatchInferer: the network gave 3 outputs for 2 patches; it must give one each',
  )
  const named: Predictor = (batch) => ({ a: batch })
  await expect(PatchInferer({ splitter, outputKeys: ['b'] })(image, named)).rejects.toThrow(
    'PatchInferer.outputKeys: "b" is no output of the network, which gives a',
  )
  const files = memoryFiles()
  await expect(PatchInferer({ splitter, mergerCls: 'ZarrAvgMerger', files })(image, (x) => [x, x])).rejects.toThrow(
    `"ZarrAvgMerger" has one store for the network's 2 outputs`,
  )
  const none = SlidingWindowSplitter({ patchSize: 2, filterFn: () => false })
  await expect(PatchInferer({ splitter: none })(image, twice)).rejects.toThrow('PatchInferer: was given no patch')
  expect(() => AvgMerger({ mergedShape: [1, 2, 4] }).aggregate(ramp([1, 1, 2]), [0])).toThrow(
    'AvgMerger: a patch is [1, 1, 2], merged are [1, 2, 4]; items and channels must be the same',
  )
  await expect(SlidingWindowHoVerNetInferer({ roiSize: 2, extraInputPadding: [1] })(image, twice)).rejects.toThrow(
    'SlidingWindowHoVerNetInferer.extraInputPadding: [1] does not fit 2 spatial axes',
  )
})
