import { expect, test } from 'vitest'
import { OptionError } from '../../core/errors.ts'
import { image, type Image } from '../../core/image.ts'
import { Compose } from '../../transforms/compose.ts'
import { RandomState } from '../../rng/index.ts'
import { CacheDataset } from './cache.ts'
import { Dataset } from './items.ts'
import { datasetFrom } from './rebuild.ts'
import { stepsOf, type PipelineStep, type TransformConfig } from '../pipeline.ts'

type Numbered = { readonly n: number }
const load: PipelineStep = ({ n }: Numbered) => ({ n, image: image('float32', [1, 2], Float32Array.of(n, n)) })
const counted = (step: PipelineStep) => {
  const run = Object.assign((sample: never) => (run.calls++, step(sample)), { calls: 0 })
  return run
}

/** Adds a random number to the voxels; described as a registered transform would be. */
function noise(options: { scale: number }): PipelineStep {
  let rng = new RandomState(0)
  return Object.assign(
    (sample: { image: Image }) => ({
      ...sample,
      image: {
        ...sample.image,
        data: sample.image.data.map((x: number | bigint) => Number(x) + options.scale * rng.uniform()),
      },
    }),
    { transformName: 'Noised', options, setRandomState: (seed: number) => (rng = new RandomState(seed)) },
  )
}
const voxels = (sample: unknown) => [...(sample as { image: Image }).image.data]
const data = [{ n: 1 }, { n: 2 }, { n: 3 }]

test('the same seed gives the same sample, another seed another', () => {
  const set = Dataset({ data, transform: [load, noise({ scale: 1 })] })
  expect(voxels(set.get(0, 5))).toEqual(voxels(set.get(0, 5)))
  expect(voxels(set.get(0, 5))).not.toEqual(voxels(set.get(0, 6)))
})

test('CacheDataset runs what comes before the first random transform once, and gives what Dataset gives', async () => {
  const once = counted(load)
  const progress: number[] = []
  const set = await CacheDataset({
    data,
    transform: [once, noise({ scale: 1 })],
    cacheNum: 2,
    progress: (done) => progress.push(done),
  })
  expect(once.calls).toBe(2)
  const plain = Dataset({ data, transform: [load, noise({ scale: 1 })] })
  for (const i of [0, 1, 2])
    for (const seed of [1, 2]) expect(voxels(set.get(i, seed))).toEqual(voxels(plain.get(i, seed)))
  expect(once.calls).toBe(4) // the third item is beyond the cache
  expect(progress).toEqual([1, 2])
})

test('a described data set can be built elsewhere', async () => {
  const create = (config: TransformConfig) =>
    config._target_ === 'Loadd'
      ? Object.assign(load, { transformName: 'Loadd', options: {} })
      : noise({ scale: Number(config.scale) })
  const set = await CacheDataset({ data, transform: [create({ _target_: 'Loadd' }), noise({ scale: 2 })], cacheNum: 1 })
  const copy = datasetFrom(structuredClone(set.describe()), create) as Dataset
  for (const i of [0, 1, 2]) expect(voxels(copy.get(i, 9))).toEqual(voxels(set.get(i, 9)))
})

test('a function of the user cannot be described', () => {
  const set = Dataset({ data, transform: [(sample) => sample] })
  expect(() => set.describe()).toThrow(
    /^transform 0 \(a function\): cannot be sent to worker threads since it is a function of your own/,
  )
})

test('errors name item and transform', () => {
  const fail: PipelineStep = Object.assign(
    () => {
      throw new OptionError('Spacingd.pixdim', '0 does not fit; give a number above 0')
    },
    { transformName: 'Spacingd', options: {} },
  )
  const set = Dataset({ data: [{ image: '/d/case_7.nii.gz' }], transform: fail })
  expect(() => set.get(0)).toThrow(/^item 0 \(case_7\): Spacingd\.pixdim: 0 does not fit/)
  const defect: PipelineStep = () => (undefined as unknown as { x: { y: number } }).x.y
  expect(() => Dataset({ data, transform: defect }).get(1)).toThrow(/^item 1: defect: Cannot read/)
  expect(() => set.get(1)).toThrow(/no item 1; use 0 to 0/)
})

test('later transforms run on each of several crops', () => {
  const twice: PipelineStep = (sample: Numbered) => [sample, { n: -sample.n }]
  expect(Dataset({ data, transform: [twice, load] }).get(1)).toHaveLength(2)
})

test('a lazy Compose stays whole, an eager one is cached up to its first random transform', async () => {
  const once = counted(load)
  const eager = await CacheDataset({ data, transform: Compose([once, noise({ scale: 1 })]) })
  expect(once.calls).toBe(3)
  expect(voxels(eager.get(1, 4))).toEqual(voxels(Dataset({ data, transform: [load, noise({ scale: 1 })] }).get(1, 4)))
  const lazy = Compose({ transforms: [load, noise({ scale: 1 })], lazy: true })
  const whole = await CacheDataset({ data, transform: lazy })
  expect(voxels(whole.get(1, 4))).toEqual(voxels(whole.get(1, 4)))
  expect(stepsOf(lazy)).toEqual([lazy])
})
