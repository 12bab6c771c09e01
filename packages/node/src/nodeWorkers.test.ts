import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { afterAll, expect, test } from 'vitest'
import {
  CacheDataset,
  Compose,
  DataLoader,
  Dataset,
  EnsureChannelFirstd,
  EnsureSameShaped,
  Flipd,
  ImageDataset,
  IterableDataset,
  LMDBDataset,
  LoadImage,
  LoadImaged,
  NormalizeIntensityd,
  OneOf,
  OptionError,
  PadListDataCollate,
  PersistentDataset,
  RandFlip,
  RandFlipd,
  RandGaussianNoised,
  RandSpatialCropd,
  Resize,
  SmartCacheDataset,
  tensorOf,
  useFiles,
  type DataLoaderOptions,
  type PipelineStep,
  type SampleBatch,
  type Image,
  type StartWorkers,
} from 'volvox'
import { nodeFiles } from './files.ts'
import { nodeWorkers } from './nodeWorkers.ts'

useFiles(nodeFiles)
const built = existsSync(new URL('../dist/loaderWorker.js', import.meta.url))
const images = fileURLToPath(new URL('../../../examples/data/hippocampus/imagesTr/', import.meta.url))
const data = [39, 46, 50].map((n) => ({ image: `${images}hippocampus_0${n}.nii.gz` }))
// Noise on the whole image, in a place where shapes differ: batches of one.
const transform = () => [
  LoadImaged({ keys: ['image'] }),
  EnsureChannelFirstd({ keys: ['image'] }),
  NormalizeIntensityd({ keys: ['image'] }),
  RandGaussianNoised({ keys: ['image'], prob: 1, std: 1 }),
]

async function sums(options: DataLoaderOptions): Promise<number[][]> {
  const loader = DataLoader({ shuffle: true, seed: 11, ...options })
  const out: number[][] = []
  for (const epoch of [0, 1]) for await (const batch of loader.epoch(epoch)) out.push(summary(batch))
  await loader.dispose()
  return out
}
function sameVoxels(one: unknown, other: unknown, key = 'image'): boolean {
  const [a, b] = [one, other].map((sample) => (sample as Record<string, Image>)[key].data)
  return a.length === b.length && a.every((value, i) => value === b[i])
}

function summary(batch: SampleBatch, key = 'image'): number[] {
  const { data: voxels, shape } = tensorOf(batch, key)
  return [...shape, Number(voxels[0]), Array.from(voxels, Number).reduce((a, b) => a + b)]
}

test.skipIf(!built)('batches are the same whatever the number of threads, with and without cache', async () => {
  const dataset = Dataset({ data, transform: transform() })
  const alone = await sums({ dataset })
  expect(alone).toHaveLength(6)
  expect(await sums({ dataset, workers: nodeWorkers(1) })).toEqual(alone)
  const cached = await CacheDataset({ data, transform: transform() })
  expect(await sums({ dataset: cached, workers: nodeWorkers(2) })).toEqual(alone)
})

test.skipIf(!built)('an error in a thread names item and transform, and is of its class', async () => {
  const loader = DataLoader({
    dataset: Dataset({ data: [{ image: '/nowhere/x.nii.gz' }], transform: transform() }),
    workers: nodeWorkers(1),
  })
  const failure = await loader
    .epoch(0)
    .next()
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'MISSING' })
  expect(String(failure)).toMatch(/item 0 \(x\): .*LoadImaged.*\/nowhere\/x\.nii\.gz/)
  await loader.dispose()
})

const folder = mkdtempSync(join(tmpdir(), 'volvox-worker-'))
afterAll(() => rmSync(folder, { recursive: true }))
/** A thread that answers each task by the code; `mark(name)` tells whether it was called with the name before, by any thread. */
const entry = (code: string): URL => {
  const file = join(folder, `${Math.random()}.mjs`)
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads'
    import { existsSync, writeFileSync } from 'node:fs'
    const mark = (name) => existsSync('${file}' + name) || (writeFileSync('${file}' + name, ''), false)
    parentPort.on('message', ({ id, task: { job } }) => {
      const done = (value, transfer) => parentPort.postMessage({ kind: 'done', id, value }, transfer)
      ${code}
    })`,
  )
  return pathToFileURL(file)
}
const numbers = Array.from({ length: 8 }, (_, n) => ({ n }))
const told: string[] = []
const onReplaced = (sentence: string) => told.push(sentence)
const numbersOf = async (loader: DataLoader): Promise<unknown[]> => {
  const out: unknown[] = []
  for await (const batch of loader) out.push(...(batch.n as unknown[]))
  await loader.dispose()
  return out
}

test('a thread that dies is told and replaced, and no batch is lost', async () => {
  const workers = nodeWorkers(2, {
    entry: entry('if (job.indices[0] === 2 && !mark("died")) process.exit(3); done({ n: job.indices })'),
    onReplaced,
  })
  const loader = DataLoader({ dataset: Dataset({ data: numbers }), workers })
  expect(await numbersOf(loader)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(told.splice(0)).toEqual([
    expect.stringMatching(/^loader thread [01] ended with code 3 while it made item [02]; another takes its place$/),
  ])
})

test('a batch on which two threads die is an error, not a wait without end', async () => {
  const workers = nodeWorkers(2, {
    entry: entry('if (job.indices[0] === 2) process.exit(3); done({ n: job.indices })'),
    onReplaced,
  })
  const loader = DataLoader({ dataset: Dataset({ data: numbers }), workers })
  await expect(numbersOf(loader)).rejects.toThrow(
    'item 2: two loader threads ended with code 3 while they made this; load it without workers to see why',
  )
  expect(told.splice(0)).toHaveLength(2)
  await loader.dispose()
})

test('threads that die as they start end in an error, not in ever more threads', async () => {
  const file = join(folder, 'dies.mjs')
  writeFileSync(file, 'process.exit(3)')
  const workers = nodeWorkers(1, { entry: pathToFileURL(file), onReplaced })
  const loader = DataLoader({ dataset: Dataset({ data: numbers }), workers })
  await expect(loader.epoch(0).next()).rejects.toThrow(/^item 0: two loader threads ended with code 3 while they/)
  await new Promise((resolve) => setTimeout(resolve, 200)) // more would have died by now
  expect(told.splice(0).length).toBeLessThanOrEqual(4)
  await loader.dispose()
})

test('a thread that hangs is ended after the timeout', async () => {
  const workers = nodeWorkers(1, {
    entry: entry('if (job.indices[0] === 1 && !mark("hung")) for (;;); done({ n: job.indices })'),
    timeout: 0.5,
    onReplaced,
  })
  expect(await numbersOf(DataLoader({ dataset: Dataset({ data: numbers }), workers }))).toHaveLength(8)
  expect(told.splice(0)).toEqual([
    'loader thread 0 gave no answer for 0.5 s while it made item 1; another takes its place',
  ])
})

test('without a timeout it is told which item a thread is waited for', async () => {
  const slow: string[] = []
  const workers = nodeWorkers(1, {
    entry: entry(
      'if (job.indices[0] === 1) for (const end = Date.now() + 600; Date.now() < end;); done({ n: job.indices })',
    ),
    slowAfter: 0.2,
    onSlow: (sentence) => slow.push(sentence),
  })
  const loader = DataLoader({ dataset: Dataset({ data: numbers }), workers })
  expect(await numbersOf(loader)).toHaveLength(8)
  await loader.dispose()
  expect(slow.at(-1)).toBe(
    'loader thread 0 has been making item 1 for 0.2 s, and is waited for without end; give the option timeout (seconds) to end one that takes too long',
  )
})

test('voxels change hands without a copy', async () => {
  const workers = nodeWorkers(1, {
    entry: entry(
      'const data = new Float32Array(4); done({ n: { dtype: "float32", shape: [4], data }, left: [] }, [data.buffer])',
    ),
  })
  const loader = DataLoader({ dataset: Dataset({ data: numbers }), workers })
  const { value } = await loader.epoch(0).next()
  expect(tensorOf(value as SampleBatch, 'n').data).toHaveLength(4)
  await loader.dispose()
})

test.skipIf(!built)('every data set and way of collating gives the same batches in threads', async () => {
  const pad = PadListDataCollate()
  const files = data.map(({ image }) => image)
  const steps = transform().slice(0, 3)
  const sets = {
    persistent: () => PersistentDataset({ data, transform: transform(), cacheDir: join(folder, 'kept') }),
    lmdb: () => LMDBDataset({ data, transform: transform(), cacheDir: join(folder, 'lmdb') }),
    smart: () =>
      SmartCacheDataset({ data, transform: transform(), cacheNum: 2, replaceRate: 0.5, workers: nodeWorkers(1) }),
    filled: () => CacheDataset({ data, transform: transform(), workers: nodeWorkers(1) }),
    images: () =>
      ImageDataset({
        imageFiles: files,
        segFiles: files,
        transform: RandFlip({ prob: 0.5 }),
        segTransform: RandFlip({ prob: 0.5 }),
      }),
    stream: () => IterableDataset({ data, transform: transform() }),
    padded: () => Dataset({ data, transform: steps }),
  }
  for (const [name, make] of Object.entries(sets)) {
    const first = name === 'images' ? '0' : 'image'
    const run = async (workers: StartWorkers | null): Promise<number[][]> => {
      const options = name === 'padded' ? { batchSize: 3, collate: pad } : {}
      const loader = DataLoader({ dataset: await make(), workers, seed: 4, ...options })
      const out: number[][] = []
      for (const epoch of [0, 1]) for await (const batch of loader.epoch(epoch)) out.push(summary(batch, first))
      await loader.dispose()
      return out
    }
    const alone = await run(null)
    expect(alone.length, name).toBeGreaterThanOrEqual(2)
    expect(await run(nodeWorkers(1)), name).toEqual(alone)
  }
})

test.skipIf(!built)(
  'transforms of a folder of their own, and those that only the whole registry has, run in threads',
  async () => {
    const only = (step: PipelineStep) => sums({ dataset: Dataset({ data, transform: [...transform(), step] }) })
    const threaded = (step: PipelineStep) =>
      sums({ dataset: Dataset({ data, transform: [...transform(), step] }), workers: nodeWorkers(1) })
    for (const make of [
      () => OneOf({ transforms: [RandFlipd({ keys: ['image'], prob: 1 }), Compose([Flipd({ keys: ['image'] })])] }),
      () => EnsureSameShaped({ keys: ['image'], sourceKey: 'image' }),
    ])
      expect(await threaded(make() as PipelineStep)).toEqual(await only(make() as PipelineStep))
  },
)

test.skipIf(!built)('a cache that a thread helps to fill keeps what plain transforms give, as it is', async () => {
  const paths = Array.from({ length: 30 }, (_, i) => data[i % data.length].image)
  const make = (paths: readonly string[], workers: StartWorkers | null) =>
    CacheDataset({
      data: paths,
      transform: [LoadImage({ ensureChannelFirst: true }), Resize({ spatialSize: 48 }), RandFlip({ prob: 0.5 })],
      workers,
    })
  const filled = await make(paths, nodeWorkers(2))
  const alone = await make(paths.slice(0, data.length), null)
  for (const i of paths.keys()) expect(sameVoxels(filled.get(i, 1), alone.get(i % data.length, 1), '0')).toBe(true)
})

test.skipIf(!built)('a smart cache starts its threads once, and leaves none behind', async () => {
  const alive = new Set<Worker>()
  let started = 0
  const seen = (worker: Worker): void => {
    started += 1
    alive.add(worker)
    worker.on('exit', () => alive.delete(worker))
  }
  process.on('worker', seen)
  const workers = nodeWorkers(1)
  const dataset = await SmartCacheDataset({ data, transform: transform(), cacheNum: 2, replaceRate: 0.5, workers })
  expect(started).toBe(0) // two items are no work for a thread
  const loader = DataLoader({ dataset, workers })
  for (const epoch of [0, 1, 2]) for await (const batch of loader.epoch(epoch)) expect(batch).toHaveProperty('image')
  expect([started, alive.size]).toEqual([2, 2]) // one makes batches, one what comes into the cache
  await loader.dispose()
  expect(alive.size).toBe(0)
  process.off('worker', seen)
})

test('what cannot run in threads is refused in a sentence', () => {
  expect(nodeWorkers(0)).toBeNull()
  expect(() => nodeWorkers(-1)).toThrow(OptionError)
  const loader = DataLoader({
    dataset: Dataset({ data: numbers, transform: (sample) => sample }),
    workers: nodeWorkers(1),
  })
  return expect(loader.epoch(0).next()).rejects.toThrow(/cannot be sent to worker threads/)
})

test('what was read of a folder stays as it is, while memory of what nobody holds is used again', () => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'volvox-kept-'))
  const steps = () => [
    ...transform().slice(0, 3),
    RandSpatialCropd({ keys: ['image'], roiSize: 24, randomSize: false }),
  ]
  const kept = PersistentDataset({ data, transform: steps(), cacheDir })
  const whole = PersistentDataset({ data, transform: transform().slice(0, 3), cacheDir })
  const plain = [Dataset({ data, transform: steps() }), Dataset({ data, transform: transform().slice(0, 3) })]
  const rounds = [0, 1, 2].map((seed) => data.map((_, i) => [kept.get(i, seed), whole.get(i)] as const))
  for (const [seed, round] of rounds.entries())
    for (const [i, [part, all]] of round.entries()) {
      expect(sameVoxels(part, plain[0].get(i, seed))).toBe(true)
      expect(sameVoxels(all, plain[1].get(i))).toBe(true)
    }
  const damaged = readdirSync(cacheDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.safetensors'),
  )
  for (const name of damaged) {
    const bytes = readFileSync(join(cacheDir, name))
    bytes[bytes.length - 9] ^= 1
    writeFileSync(join(cacheDir, name), bytes)
  }
  for (const i of data.keys()) expect(sameVoxels(whole.get(i), plain[1].get(i))).toBe(true) // found sound before, and looked at again since it changed
  rmSync(cacheDir, { recursive: true })
})

test.skipIf(!built)(
  'a loader that is disposed of while threads answer lets the process go on',
  () => {
    const script = `
    const { Dataset, DataLoader, Flipd, SmartCacheDataset, useFiles } = await import('volvox')
    const { nodeWorkers } = await import('@volvox/node')
    const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    const image = { dtype: 'float32', shape: [1, 4, 4, 4], data: new Float32Array(64), affine, meta: {}, history: [] }
    const data = Array.from({ length: 40 }, () => ({ image }))
    for (let i = 0; i < 12; i++) {
      const transform = [Flipd({ keys: ['image'] })]
      const dataset = await SmartCacheDataset({ data, transform, cacheNum: 20, replaceRate: 0.5, workers: nodeWorkers(1) })
      const loader = DataLoader({ dataset, batchSize: 4, workers: nodeWorkers(1) })
      for (const epoch of [0, 1]) for await (const batch of loader.epoch(epoch));
      await loader.dispose()
    }
    console.log('went on')`
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
    })
    expect([stdout, stderr, status]).toEqual(['went on\n', '', 0])
  },
  60_000,
)
