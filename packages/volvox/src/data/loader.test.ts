import { expect, test } from 'vitest'
import { image, type Image } from '../core/image.ts'
import { decollateBatch, listDataCollate, tensorOf, type SampleBatch } from './collate.ts'
import { Dataset } from './datasets/items.ts'
import type { LoaderPosition } from './jobs.ts'
import { DataLoader } from './loader.ts'
import { seedFrom } from './seeds.ts'
import { useWorkers, type BatchSource } from './workers.ts'

const data = Array.from({ length: 10 }, (_, n) => ({ n }))
const numbersOf = (batch: SampleBatch) => [...tensorOf(batch, 'n').data].map(Number)
async function collect(batches: AsyncIterable<SampleBatch>): Promise<number[][]> {
  const out: number[][] = []
  for await (const batch of batches) out.push(numbersOf(batch))
  return out
}

test('an epoch gives every item once, in order, the last batch short unless dropped', async () => {
  expect(await collect(DataLoader({ dataset: Dataset({ data }), batchSize: 4 }))).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ])
  const dropping = DataLoader({ dataset: Dataset({ data }), batchSize: 4, dropLast: true })
  expect(dropping.length).toBe(2)
  expect(await collect(dropping)).toHaveLength(2)
})

test('shuffling gives every epoch an order of its own, which the seed decides', async () => {
  const loader = (seed: number) => DataLoader({ dataset: Dataset({ data }), batchSize: 3, shuffle: true, seed })
  const first = await collect(loader(1).epoch(0))
  expect(first.flat().toSorted((a, b) => a - b)).toEqual(data.map(({ n }) => n))
  expect(await collect(loader(1).epoch(0))).toEqual(first)
  expect(await collect(loader(1).epoch(1))).not.toEqual(first)
  expect(await collect(loader(2).epoch(0))).not.toEqual(first)
})

test('a loader that starts in the middle goes on as one that never stopped', async () => {
  const loader = DataLoader({ dataset: Dataset({ data }), batchSize: 4, shuffle: true, seed: 3 })
  const take = async (position: LoaderPosition, count: number) => {
    const out: { numbers: number[]; next: LoaderPosition }[] = []
    for await (const { batch, next } of loader.from(position)) {
      out.push({ numbers: numbersOf(batch), next })
      if (out.length === count) return out
    }
    return out
  }
  const all = await take({ epoch: 0, batch: 0 }, 7)
  expect(all[2].next).toEqual({ epoch: 1, batch: 0 })
  expect(await take(all[3].next, 3)).toEqual(all.slice(4))
})

test('batches come in order from a source that finishes them out of order, and failures come in their turn', async () => {
  const started: number[][] = []
  const source: BatchSource = {
    ahead: 3,
    load: ({ indices }) => {
      started.push([...indices])
      if (indices.includes(6)) return Promise.reject(new Error('item 6 is broken'))
      return new Promise((resolve) =>
        setTimeout(() => resolve(listDataCollate(indices.map((n) => ({ n })))), indices[0] === 0 ? 20 : 1),
      )
    },
    result: () => Promise.reject(new Error('not asked')),
    update: () => {},
    dispose: async () => {},
  }
  const loader = DataLoader({ dataset: Dataset({ data }), batchSize: 2, workers: () => source })
  const seen: number[][] = []
  await expect(async () => {
    for await (const batch of loader) seen.push(numbersOf(batch))
  }).rejects.toThrow('item 6 is broken')
  expect(seen).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ])
  expect(started).toHaveLength(5)
})

test('options that make no sense are refused', () => {
  expect(() => DataLoader({ dataset: Dataset({ data }), batchSize: 0 })).toThrow(/^DataLoader\.batchSize: 0/)
  expect(() => DataLoader({ dataset: Dataset({ data }), batchSize: 11, dropLast: true })).toThrow(
    /10 items make no batch of 11 with dropLast/,
  )
})

test('collating stacks images and keeps their places; decollating gives them back', () => {
  const one = image('float32', [1, 2, 2], Float32Array.of(1, 2, 3, 4), {
    affine: [2, 0, 0, 5, 0, 2, 0, 6, 0, 0, 2, 7, 0, 0, 0, 1],
    meta: { name: 'a' },
  })
  const two = image('float32', [1, 2, 2], Float32Array.of(5, 6, 7, 8))
  const batch = listDataCollate([{ image: one, n: 1, id: 'a' }, [{ image: two, n: 0.5, id: 'b' }]])
  expect(tensorOf(batch, 'image').shape).toEqual([2, 1, 2, 2])
  expect([...tensorOf(batch, 'image').data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(tensorOf(batch, 'n').dtype).toBe('float32')
  expect(batch.id).toEqual(['a', 'b'])
  const back = decollateBatch(batch)
  expect(back[0].image).toEqual(one)
  expect((back[1].image as Image).data).toEqual(two.data)
  expect(back[1].n).toBe(0.5)
})

test('samples that do not stack are named', () => {
  const sized = (n: number) => ({ image: image('float32', [1, n], new Float32Array(n)) })
  expect(() => listDataCollate([sized(2), sized(3)])).toThrow(
    /^batch\.image: sample 1 is float32 \[1, 3\], sample 0 float32 \[1, 2\]/,
  )
  expect(() => listDataCollate([{ a: 1 }, { b: 1 }])).toThrow(/^batch\.a: sample 1 has no "a" \(it has b\)/)
})

test('seeds differ in every part', () => {
  const seeds = new Set([
    seedFrom(0, 0, 0),
    seedFrom(0, 0, 1),
    seedFrom(0, 1, 0),
    seedFrom(1, 0, 0),
    seedFrom(2 ** 32, 0, 0),
    seedFrom(0, 0),
  ])
  expect(seeds.size).toBe(6)
  for (const seed of seeds) expect(seed).toBe(seed >>> 0)
})

test('numWorkers, prefetchFactor and timeout go to what starts the threads', async () => {
  const asked: unknown[] = []
  useWorkers((count, options) => {
    asked.push([count, options])
    return null
  })
  await collect(DataLoader({ dataset: Dataset({ data }), numWorkers: 3, prefetchFactor: 4, timeout: 60 }))
  await collect(DataLoader({ dataset: Dataset({ data }), numWorkers: null }))
  await collect(DataLoader({ dataset: Dataset({ data }), timeout: 60 }))
  expect(asked).toEqual([
    [3, { prefetchFactor: 4, timeout: 60 }],
    [null, { prefetchFactor: undefined, timeout: 0 }],
  ])
  useWorkers(() => null)
})
