import { expect, test } from 'vitest'
import { identity } from '../core/affine.ts'
import { image, type Image } from '../core/image.ts'
import type { Tensor } from '../core/tensor.ts'
import { registry } from '../registry.ts'
import { Compose } from '../transforms/compose.ts'
import { RandFlipd, RandScaleIntensityd, RandSpatialCropd, RandRotate90d } from '../transforms/index.ts'
import { createTestImage2d } from './synthetic.ts'
import { TestTimeAugmentation, testTimeStatistics, type TestTimeAugmenter } from './testTimeAugmentation.ts'

const [picture, classes] = createTestImage2d(20, 24, { radMax: 8, radMin: 2, channelDim: 0 })
const placed = ({ dtype, shape, data }: Tensor): Image => image(dtype, shape, data, { affine: identity() })
const sample = { image: placed(picture), label: placed(classes) }
const keys = ['image', 'label']

test('the statistics are those of MONAI 1.4', () => {
  // Made by torch: mode, mean(0), std(0), std() / mean().
  const { mode, mean, std, vvc } = testTimeStatistics({ dtype: 'float32', shape: [4, 1, 3], data: Float32Array.of(1.5, 2, 3, -1.2, 2, 1, 1.9, 0, 1, 4, 0, 3) }) // prettier-ignore
  expect(mode.shape).toEqual([1, 3])
  expect([...mode.data]).toEqual([1, 0, 1])
  expect([...mean.data].map((x) => Number(x).toFixed(5))).toEqual(['1.55000', '1.00000', '2.00000'])
  expect([...std.data].map((x) => Number(x).toFixed(5))).toEqual(['2.13620', '1.15470', '1.15470'])
  expect(vvc).toBeCloseTo(0.96773660183, 6)
})

test('what only moves voxels gives the image back in each realisation', async () => {
  const transform = Compose([RandFlipd({ keys, prob: 0.5 }), RandRotate90d({ keys, prob: 0.5, maxK: 3 })])
  const shapes: string[] = []
  const augment = TestTimeAugmentation({
    transform,
    batchSize: 2,
    inferrerFn: (batch) => {
      shapes.push(batch.shape.slice(2).join())
      return batch
    },
    returnFullData: true,
    seed: 3,
  })
  const { mode, mean, std, full } = await augment(sample, 8)
  expect(new Set(shapes).size).toBeGreaterThan(1) // the network saw turned images, and padded ones
  expect(full?.shape).toEqual([8, 1, 20, 24])
  expect(mean.data).toEqual(picture.data)
  expect(std.data.every((x) => x === 0)).toBe(true)
  expect([...mode.data]).toEqual(Array.from(picture.data, Math.trunc))
})

test('from a config: variants differ, and the same seed gives the same ones', async () => {
  const transform = Compose([RandScaleIntensityd({ keys: 'image', prob: 1, factors: 0.5 }), RandSpatialCropd({ keys, roiSize: [16, 16], randomSize: false })]) // prettier-ignore
  const made = (seed: number) =>
    registry().create({ _target_: 'monai.data.TestTimeAugmentation', transform, batch_size: 5, orig_key: 'image', seed }, 'tta') as TestTimeAugmenter // prettier-ignore
  const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => made(seed)(sample)))
  expect(a.mean.shape).toEqual([1, 20, 24])
  expect(a.full).toBeNull()
  expect(a.vvc).toBeGreaterThan(0)
  expect(b).toEqual(a)
  expect(c.vvc).not.toBe(a.vvc)
})

test('what does not fit is said', async () => {
  const transform = RandFlipd({ keys })
  const augment = TestTimeAugmentation({ transform, batchSize: 3, inferrerFn: (batch) => ({ ...batch, shape: [1, 3, ...batch.shape.slice(2)] }) }) // prettier-ignore
  await expect(augment(sample)).rejects.toThrow('TestTimeAugmentation.numExamples: 10 is no multiple of batchSize 3; give one') // prettier-ignore
  await expect(augment(sample, 3)).rejects.toThrow(
    /^TestTimeAugmentation: the network gave \[1, 3, 20, 24\] for 3 images/,
  )
})
