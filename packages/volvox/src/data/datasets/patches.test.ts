import { expect, test } from 'vitest'
import { image } from '../../core/image.ts'
import { RandShiftIntensity, RandSpatialCropSamples, ScaleIntensity } from '../../transforms/index.ts'
import type { SampleBatch } from '../collate.ts'
import { DataLoader } from '../loader.ts'
import { Dataset } from './items.ts'
import { GridPatchDataset, PatchDataset, PatchIter, PatchIterd } from './patches.ts'

const ramp = image(
  'float32',
  [1, 4, 6],
  Float32Array.from({ length: 24 }, (_, i) => i),
)
type Options = Parameters<typeof PatchIter>[0]
const cut = (options: Options) =>
  [...PatchIter(options)(ramp)].map(([{ shape, data }, where]) => [
    shape,
    ...data.slice(0, 3),
    ...data.slice(-2),
    [...where.data],
  ])

test('PatchIter cuts as MONAI 1.4 does', () => {
  expect(cut({ patchSize: [2, 4] })).toEqual([
    [[1, 2, 4], 0, 1, 2, 8, 9, [0, 1, 0, 2, 0, 4]],
    [[1, 2, 4], 4, 5, 0, 6, 7, [0, 1, 0, 2, 4, 8]],
    [[1, 2, 4], 12, 13, 14, 20, 21, [0, 1, 2, 4, 0, 4]],
    [[1, 2, 4], 16, 17, 12, 18, 19, [0, 1, 2, 4, 4, 8]],
  ])
  expect(cut({ patchSize: [3, 4], mode: 'constant' })[3]).toEqual([[1, 3, 4], 22, 23, 0, 0, 0, [0, 1, 3, 6, 4, 8]])
  expect(cut({ patchSize: [2, 4], mode: null })).toHaveLength(2)
  expect(cut({ patchSize: [0, 4], startPos: [0, 0, 1] })[1]).toEqual([[1, 4, 4], 5, 0, 1, 19, 20, [0, 1, 0, 4, 5, 9]])
  expect(cut({ patchSize: [3], startPos: [0, 1] })).toEqual([[[1, 3, 6], 6, 7, 8, 22, 23, [0, 1, 1, 4, 0, 6]]])
  expect(() => cut({ patchSize: [1, 1, 1] })).toThrow(/^PatchIter\.patchSize: \[1, 1, 1\] does not fit 2 spatial axes/)
})

test('PatchIterd cuts all keys alike and says where', () => {
  const [[first], [second]] = PatchIterd({ keys: ['a', 'b'], patchSize: [4, 3] })({ a: ramp, b: ramp, id: 7 })
  expect(first).toMatchObject({ id: 7, original_spatial_shape: [4, 6], start_pos: [] })
  expect(second.a).toMatchObject({ shape: [1, 4, 3] })
  expect(second.a).toEqual(second.b)
})

async function batchesOf(loader: DataLoader): Promise<SampleBatch[]> {
  const out: SampleBatch[] = []
  for await (const batch of loader.epoch(0)) out.push(batch)
  return out
}

test('GridPatchDataset gives the patches of all images with their places', async () => {
  const images = Dataset({ data: [ramp, ramp], transform: ScaleIntensity({ maxv: 2 }) })
  const dataset = GridPatchDataset({ data: images, patchIter: PatchIter({ patchSize: [2, 3] }) })
  const batches = await batchesOf(DataLoader({ dataset, batchSize: 4 }))
  expect(batches).toHaveLength(2)
  expect(batches[0][0]).toMatchObject({ shape: [4, 1, 2, 3] })
  expect(batches[0][1]).toMatchObject({ shape: [4, 3, 2] })
  const alone = GridPatchDataset({ data: [ramp], patchIter: PatchIter({ patchSize: [2, 3] }), withCoordinates: false })
  expect(Object.keys((await batchesOf(DataLoader({ dataset: alone })))[0])).toEqual(['0'])
})

test('PatchDataset gives random patches that the seed decides', async () => {
  const make = () =>
    PatchDataset({
      data: [ramp, ramp],
      patchFunc: RandSpatialCropSamples({ roiSize: [2, 2], numSamples: 3, randomSize: false }),
      samplesPerImage: 3,
      transform: RandShiftIntensity({ offsets: 1, prob: 1 }),
    })
  const first = await batchesOf(DataLoader({ dataset: make(), seed: 5 }))
  expect(first).toHaveLength(6)
  expect(await batchesOf(DataLoader({ dataset: make(), seed: 5 }))).toEqual(first)
  expect(await batchesOf(DataLoader({ dataset: make(), seed: 6 }))).not.toEqual(first)
  const wrong = PatchDataset({ data: [ramp], patchFunc: () => [ramp], samplesPerImage: 2 })
  await expect(batchesOf(DataLoader({ dataset: wrong }))).rejects.toThrow(
    /gave 1 patches of an image, not samplesPerImage \(2\)/,
  )
})
