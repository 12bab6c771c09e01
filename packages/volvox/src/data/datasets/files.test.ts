import { expect, test } from 'vitest'
import { useFiles } from '../../core/files.ts'
import { memoryFiles } from '../../formats/memoryFiles.ts'
import { writeNpy } from '../../formats/numpy/npy.ts'
import { writeZip } from '../../formats/zip/writeZip.ts'
import { DataLoader } from '../loader.ts'
import { ThreadDataLoader } from '../threadLoader.ts'
import { CrossValidation, DecathlonDataset } from './decathlonDataset.ts'
import { Dataset } from './items.ts'
import { NPZDictItemDataset } from './npz.ts'

test('DecathlonDataset and CrossValidation split as MONAI 1.4 does', async () => {
  const training = Array.from({ length: 10 }, (_, i) => ({ image: `${i}.nii`, label: `l${i}.nii` }))
  const entries = new Map(
    training.flatMap(({ image, label }) => [image, label]).map((name) => [`/d/T/${name}`, Uint8Array.of(1)]),
  )
  entries.set(
    '/d/T/dataset.json',
    new TextEncoder().encode(JSON.stringify({ name: 'T', labels: { 0: 'none', 1: 'one' }, training })),
  )
  useFiles(memoryFiles(entries))
  const common = { rootDir: '/d', task: 'T', cacheNum: 0, seed: 3 }
  const numbers = (items: readonly Readonly<Record<string, unknown>>[]) =>
    items.map(({ image }) => Number(/\d+/.exec(String(image))?.[0]))
  const first = await DecathlonDataset({ ...common, section: 'training' })
  expect(numbers(first.items)).toEqual([1, 2, 9, 6, 7, 0, 3, 8])
  expect(first.properties.labels).toEqual({ 0: 'none', 1: 'one' })
  expect(numbers((await DecathlonDataset({ ...common, section: 'validation' })).items)).toEqual([5, 4])
  const folds = CrossValidation({ ...common, nfolds: 4, seed: 1 })
  expect(numbers((await folds.getDataset([0, -1])).items)).toEqual([2, 0, 8, 4, 7])
  await expect(DecathlonDataset({ ...common, task: 'U', section: 'training', download: true })).rejects.toThrow(
    'DecathlonDataset: there is no /d/U/dataset.json; nothing is downloaded here; get the task from medicaldecathlon.com and unpack it there',
  )
})

test('NPZDictItemDataset gives items along the first axis', () => {
  const images = { dtype: 'float32', shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) } as const
  const labels = { dtype: 'int32', shape: [3], data: Int32Array.of(7, 8, 9) } as const
  const bytes = writeZip([
    { name: 'x.npy', bytes: writeNpy(images, 'x') },
    { name: 'y.npy', bytes: writeNpy(labels, 'y') },
  ])
  useFiles(memoryFiles(new Map([['/a.npz', bytes]])))
  const set = NPZDictItemDataset({ npzfile: '/a.npz', keys: { x: 'image', y: 'label' }, otherKeys: ['y'] })
  expect(set.length).toBe(3)
  expect(set.get(1)).toEqual({ image: { dtype: 'float32', shape: [2], data: Float32Array.of(3, 4) }, label: 8 })
  expect(set.otherArrays.y.data).toEqual(labels.data)
  expect(() => NPZDictItemDataset({ npzfile: '/a.npz', keys: { z: 'image' } })).toThrow(/holds no array "z"/)
})

test('ThreadDataLoader gives each batch several times, and goes on from any of them', async () => {
  const dataset = Dataset({ data: [1, 2, 3] })
  const loader = ThreadDataLoader({ dataset, repeats: 2, bufferSize: 2 })
  expect(loader.length).toBe(6)
  const seen: unknown[] = []
  for await (const { batch, next } of loader.from({ epoch: 0, batch: 0 }, 1)) {
    const { 0: value } = batch
    seen.push(['data' in value && value.data[0], next.batch + next.epoch * 3])
  }
  expect(seen).toEqual([[1, 0], [1, 1], [2, 1], [2, 2], [3, 2], [3, 3]]) // prettier-ignore
  const plain: unknown[] = []
  for await (const batch of DataLoader({ dataset })) plain.push(batch)
  const once: unknown[] = []
  for await (const batch of ThreadDataLoader({ dataset })) once.push(batch)
  expect(once).toEqual(plain)
})
