import { beforeEach, expect, test } from 'vitest'
import { FormatError } from '../../core/errors.ts'
import { useFiles, type OpenFile } from '../../core/files.ts'
import { image, isImage, type Image } from '../../core/image.ts'
import { writeSafetensors } from '../../core/safetensors.ts'
import { memoryFiles } from '../../formats/memoryFiles.ts'
import { writeImage } from '../../formats/index.ts'
import { RandFlip, RandGaussianNoised, RandFlipd, ScaleIntensityd } from '../../transforms/index.ts'
import { DataLoader } from '../loader.ts'
import { tensorOf, type SampleBatch } from '../collate.ts'
import type { Sample } from '../../transforms/sample.ts'
import { ArrayDataset, ImageDataset } from './arrays.ts'
import { CacheDataset } from './cache.ts'
import { Dataset } from './items.ts'
import type { StartWorkers } from '../workers.ts'
import { datasetFrom } from './rebuild.ts'
import { CacheNTransDataset, LMDBDataset, PersistentDataset } from './persistent.ts'
import { SmartCacheDataset } from './smartCache.ts'
import { IterableDataset, ShuffleBuffer } from './stream.ts'
import { ZipDataset } from './zip.ts'

const entries = new Map<string, Uint8Array>()
const files = memoryFiles(entries)
beforeEach(() => {
  entries.clear()
  useFiles(files)
})

const ramp = (first: number): Image => image('float32', [1, 3], Float32Array.of(first, first + 1, first + 2))
const data = [0, 1, 2, 3, 4].map((n) => ({ image: ramp(n), n }))
const keys = ['image']
const steps = () => [ScaleIntensityd({ keys }), RandGaussianNoised({ keys, prob: 1 })]
const voxels = (value: unknown): number[] => {
  if (!isImage(value)) throw new Error('no image')
  return Array.from(value.data, Number)
}
const numbers = async (batches: AsyncIterable<SampleBatch>, key = 'n'): Promise<unknown[]> => {
  const out: unknown[] = []
  for await (const batch of batches) {
    const value = batch[key]
    out.push(...('data' in value ? Array.from(value.data, Number) : value))
  }
  return out
}

test('PersistentDataset gives what Dataset gives, and makes each result once', () => {
  const plain = Dataset({ data, transform: steps() })
  const kept = () => PersistentDataset({ data, transform: steps(), cacheDir: '/cache' })
  for (const seed of [1, 2]) for (const i of [0, 3]) expect(kept().get(i, seed)).toEqual(plain.get(i, seed))
  expect(entries.size).toBe(2)
  // Another pipeline, and an item that has changed, have results of their own.
  PersistentDataset({ data, transform: ScaleIntensityd({ keys, maxv: 2 }), cacheDir: '/cache' }).get(0)
  PersistentDataset({ data: [{ ...data[0], n: 9 }], transform: steps(), cacheDir: '/cache' }).get(0)
  expect(entries.size).toBe(4)
})

test('what is kept beside voxels stays as it was, whatever is read into the memory of an item later', () => {
  useFiles({ ...files, open: opened })
  const size = 2 ** 14
  const beside = (n: number) => ({ point: { dtype: 'float32', shape: [1], data: Float32Array.of(n) }, n })
  const data = [1, 2, 3].map((n) => ({
    image: image('float32', [1, size], new Float32Array(size).fill(n)),
    ...beside(n),
    nested: { ...beside(10 * n), image: ramp(n) },
  }))
  const random = [ScaleIntensityd({ keys }), RandGaussianNoised({ keys, prob: 1 }), RandFlipd({ keys, prob: 1 })]
  const set = PersistentDataset({ data, transform: random, cacheDir: '/cache' })
  for (const i of [0, 1, 2]) set.get(i, 0) // makes them
  const got = [0, 1, 2].map((i) => set.get(i, 1))
  got.forEach((sample, i) => expect(sample).toMatchObject({ ...data[i], image: {} }))
})

function opened(path: string): OpenFile {
  const bytes = files.read(path)
  const read = (at: number, length: number, into = new Uint8Array(length)) => {
    into.set(bytes.subarray(at, at + length))
    return into
  }
  return { size: bytes.length, read, close: () => {} }
}

test('a damaged result is made anew', () => {
  const set = PersistentDataset({ data, transform: steps(), cacheDir: '/cache' })
  const good = set.get(0, 1)
  const [path, bytes] = [...entries][0]
  entries.set(path, bytes.slice(0, -1))
  expect(set.get(0, 1)).toEqual(good)
  expect(entries.get(path)).toEqual(bytes)
})

test('a result of another version, and one that cannot be kept, are told or made anew', () => {
  const set = PersistentDataset({ data, transform: steps(), cacheDir: '/cache' })
  const good = set.get(0, 1)
  const [path, bytes] = [...entries][0]
  entries.set(path, writeSafetensors({ 0: { dtype: 'uint8', shape: [1], data: Uint8Array.of(1) } }, { sample: '{}' }))
  expect(set.get(0, 1)).toEqual(good)
  expect(entries.get(path)).toEqual(bytes)
  const full = (where: string): void => {
    throw new FormatError(where, 'cannot be written: the disk is full; make room and repeat')
  }
  useFiles({ ...files, write: full })
  expect(() => set.get(1)).toThrow(/^item 1: \/cache\/.*\.safetensors: cannot be written: the disk is full; make room/)
  const odd = PersistentDataset({ data: [{ n: new Date(0) }], transform: null, cacheDir: '/cache' })
  expect(() => odd.get(0)).toThrow(/^item 0\.n: is a Date, which cannot be kept on disk/)
})

test('results behind a function of the user are not kept, unless CacheNTransDataset is told to, which refuses', () => {
  const own = (sample: { n: number }) => ({ ...sample, n: sample.n + 1 })
  PersistentDataset({ data, transform: [own, ScaleIntensityd({ keys })], cacheDir: '/cache' }).get(0)
  expect(entries.size).toBe(1) // the item itself, before any transform
  expect(() => CacheNTransDataset({ data, transform: [own], cacheNTrans: 1, cacheDir: '/cache' })).toThrow(
    /^CacheNTransDataset\.cacheNTrans: 1 takes in transform 0, whose results cannot be kept since it is a function/,
  )
})

test('CacheNTransDataset keeps the draws of random transforms', () => {
  const make = (cacheNTrans: number) =>
    CacheNTransDataset({ data, transform: steps(), cacheNTrans, cacheDir: '/cache' })
  expect(make(2).get(0, 1)).toEqual(make(2).get(0, 2))
  expect(make(1).get(0, 1)).not.toEqual(make(1).get(0, 2))
})

test('LMDBDataset says where it cannot be had', () => {
  expect(() => LMDBDataset({ data, transform: steps() }).get(0)).toThrow(
    /a store in a single file is not to be had here/,
  )
})

test('CacheDataset keeps equal items once, and can fill up as it is used', async () => {
  const names: string[] = []
  const twice = [data[0], data[1], data[0]]
  const set = await CacheDataset({
    data: twice,
    transform: steps(),
    hashAsKey: true,
    inspect: (_, name) => names.push(name),
  })
  expect(names).toEqual(['item 0', 'item 1'])
  expect(set.get(2, 5)).toEqual(Dataset({ data: twice, transform: steps() }).get(2, 5))
  const late = await CacheDataset({
    data,
    transform: steps(),
    runtimeCache: true,
    inspect: () => expect.fail('too early'),
  })
  expect(late.get(1, 5)).toEqual(Dataset({ data, transform: steps() }).get(1, 5))
})

test('SmartCacheDataset moves its window on with the epochs, and a run that is taken up again sees the same', async () => {
  const make = () => SmartCacheDataset({ data, transform: steps(), cacheNum: 4, replaceRate: 0.25, shuffle: false })
  const loader = DataLoader({ dataset: await make() })
  expect(loader.length).toBe(4)
  const epochs = [[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 0], [3, 4, 0, 1]] // prettier-ignore
  for (const [epoch, expected] of epochs.entries()) expect(await numbers(loader.epoch(epoch))).toEqual(expected)
  expect(await numbers(DataLoader({ dataset: await make() }).epoch(3))).toEqual(epochs[3])
  const shuffled = await SmartCacheDataset({ data, cacheNum: 3, seed: 0 })
  expect(shuffled.windowAt(0)).toEqual([2, 0, 1]) // np.random.RandomState(0).shuffle of 0 to 4 begins so
})

test('the threads that move a smart cache on live from one epoch to the next, give back memory, and end with the loader', async () => {
  const seen: string[] = []
  const workers: StartWorkers = (description) => {
    seen.push('started')
    const source = datasetFrom(description, () => expect.fail('only fixed steps are sent')) as Dataset
    return {
      ahead: 2,
      load: () => expect.fail('batches are made here'),
      result: async (index) => (seen.push('made'), source.result(index)),
      update: () => {},
      collect: () => seen.push('collected'),
      dispose: async () => void seen.push('ended'),
    }
  }
  const set = await SmartCacheDataset({ data, transform: null, cacheNum: 2, replaceRate: 0.5, shuffle: false, workers })
  expect(seen).toEqual([]) // two items are no work for threads
  const loader = DataLoader({ dataset: set })
  for (const epoch of [0, 1, 2]) expect(await numbers(loader.epoch(epoch))).toEqual([epoch, epoch + 1])
  await loader.dispose()
  expect(seen).toEqual(['started', 'made', 'collected', 'made', 'collected', 'made', 'ended'])
  expect(await numbers(loader.epoch(3))).toEqual([3, 4]) // and start again where they are needed
  await loader.dispose()
})

test('what failed in the background is tried again when it is needed', async () => {
  let broken = true
  const moody = (sample: { n: number }) => {
    if (sample.n === 2 && broken) throw new Error('broken')
    return sample
  }
  const set = await SmartCacheDataset({ data, transform: moody, cacheNum: 2, replaceRate: 0.5, shuffle: false })
  const loader = DataLoader({ dataset: set })
  expect(await numbers(loader.epoch(0))).toEqual([0, 1])
  await new Promise((resolve) => setTimeout(resolve, 5)) // it fails meanwhile
  broken = false
  expect(await numbers(loader.epoch(1))).toEqual([1, 2])
})

test('an item that cannot be made fails the epoch that needs it, by name', async () => {
  const fail = (sample: { n: number }) => {
    if (sample.n === 4) throw new Error('broken')
    return sample
  }
  const set = await SmartCacheDataset({ data, transform: fail, cacheNum: 4, replaceRate: 0.25, shuffle: false })
  const loader = DataLoader({ dataset: set })
  expect(await numbers(loader.epoch(0))).toHaveLength(4)
  await expect(numbers(loader.epoch(1))).rejects.toThrow('item 4: fail: broken')
})

test('ZipDataset joins tuples and is as long as the shortest', () => {
  const zip = ZipDataset({
    datasets: [
      [1, 2, 3],
      ZipDataset({
        datasets: [
          [4, 5],
          [6, 7],
        ],
      }),
      Dataset({ data }),
    ],
  })
  expect(zip.length).toBe(2)
  expect(zip.get(1)).toEqual({ 0: 2, 1: 5, 2: 7, 3: data[1] })
  const crops = Dataset({ data, transform: (sample) => [sample, sample] })
  expect(() => ZipDataset({ datasets: [crops] }).get(0)).toThrow(
    /gives 2 samples of one item; crop several samples after/,
  )
})

test('ArrayDataset moves images and segmentations alike', () => {
  const images = data.map((item) => item.image)
  const flip = () => RandFlip({ prob: 0.5 })
  const set = ArrayDataset({
    img: images,
    imgTransform: flip(),
    seg: images,
    segTransform: flip(),
    labels: [0, 1, 0, 1, 0],
  })
  const orders = [1, 2, 3, 4, 5, 6].map((seed) => {
    const { 0: img, 1: seg, 2: label } = set.get(1, seed) as Record<number, unknown>
    expect(voxels(img)).toEqual(voxels(seg))
    expect(label).toBe(1)
    return voxels(img)[0]
  })
  expect(new Set(orders)).toEqual(new Set([1, 3]))
  expect(() => ArrayDataset({ img: images, labels: [1] })).toThrow(
    'ArrayDataset.labels: has 1 items, img has 5; give one for each',
  )
})

test('ImageDataset loads files, and gives the metadata where it is asked to', async () => {
  const paths = [0, 1].map((n) => {
    writeImage(`/d/${n}.nii`, image('float32', [1, 2, 2, 2], new Float32Array(8).fill(n)), {}, files)
    return `/d/${n}.nii`
  })
  const set = ImageDataset({ imageFiles: paths, segFiles: paths, labels: [5, 6], imageOnly: false })
  const sample = set.get(1) as Record<number, unknown>
  expect(Object.keys(sample)).toEqual(['0', '1', '2', '3', '4'])
  expect(voxels(sample[0])).toEqual(new Array(8).fill(1))
  expect(sample[3]).toMatchObject({ filename_or_obj: '/d/1.nii' })
  const batches = DataLoader({ dataset: ImageDataset({ imageFiles: paths, labels: [5, 6] }), batchSize: 2 })
  for await (const { 0: images, 1: labels } of batches) {
    expect(images).toMatchObject({ shape: [2, 2, 2, 2] })
    expect(labels).toMatchObject({ shape: [2] })
  }
})

test('streams give batches in the order of their source, and go on from a position', async () => {
  const dataset = IterableDataset({ data: () => data, transform: RandFlipd({ keys, prob: 0.5 }) })
  const loader = DataLoader({ dataset, batchSize: 2, seed: 3 })
  expect(loader.length).toBe(Infinity)
  expect(await numbers(loader.epoch(0))).toEqual([0, 1, 2, 3, 4])
  const all: SampleBatch[] = []
  for await (const { batch } of loader.from({ epoch: 0, batch: 0 }, 2)) all.push(batch)
  const later: SampleBatch[] = []
  for await (const { batch } of loader.from({ epoch: 0, batch: 2 }, 2)) later.push(batch)
  expect(later).toEqual(all.slice(2))
  await expect(numbers(DataLoader({ dataset: IterableDataset({ data: [] }) }))).rejects.toThrow(
    /has no batch; give more/,
  )
})

test('ShuffleBuffer draws as MONAI does', async () => {
  const order = await numbers(
    DataLoader({ dataset: ShuffleBuffer({ data: [1, 2, 3, 4], bufferSize: 30, seed: 0 }) }),
    '0',
  )
  expect(order).toEqual([2, 1, 3, 4])
  const small = ShuffleBuffer({ data: [0, 1, 2, 3, 4, 5, 6, 7], bufferSize: 3, seed: 42 })
  const loader = DataLoader({ dataset: small })
  expect(await numbers(loader.epoch(0), '0')).toEqual([0, 2, 1, 4, 6, 3, 5, 7])
  expect(await numbers(loader.epoch(1), '0')).toEqual([0, 1, 3, 2, 5, 7, 6, 4])
})

test('arrays of samples that were put together are used again, but not those that somebody has seen', async () => {
  const size = 32
  const items = [1, 2, 3].map((n) => ({
    image: image(
      'float32',
      [1, size, size, size],
      Float32Array.from({ length: size ** 3 }, (_, i) => (i * n) % 97),
    ),
  }))
  const plain = Dataset({ data: items, transform: steps() })
  const seen: (readonly [index: number, seed: number | undefined, sample: Sample])[] = []
  const watched: typeof plain = {
    ...plain,
    get(index, seed) {
      const sample = plain.get(index, seed) as Sample
      seen.push([index, seed, sample])
      return sample
    },
  }
  const [loader, watching] = [plain, watched].map((dataset) => DataLoader({ dataset, seed: 5 }))
  for (const epoch of [0, 1]) {
    const batches: SampleBatch[] = []
    for await (const batch of loader.epoch(epoch)) batches.push(batch)
    let i = 0
    for await (const batch of watching.epoch(epoch))
      expect(tensorOf(batch, 'image').data).toEqual(tensorOf(batches[i++], 'image').data)
  }
  expect(seen).toHaveLength(6)
  for (const [index, seed, sample] of seen)
    expect(sample).toEqual(Dataset({ data: items, transform: steps() }).get(index, seed))
  const kept = await CacheDataset({ data: items, transform: steps() })
  for (const i of items.keys()) expect(kept.get(i, 3)).toEqual(plain.get(i, 3))
  expect(items.map(({ image }) => image.data[1])).toEqual([1, 2, 3]) // what was given is as it was
})
