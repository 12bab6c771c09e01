import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import {
  CacheDataset,
  DataLoader,
  Dataset,
  EnsureChannelFirstd,
  LoadImaged,
  NormalizeIntensityd,
  OptionError,
  RandGaussianNoised,
  tensorOf,
  useFiles,
  type DataLoaderOptions,
  type SampleBatch,
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
function summary(batch: SampleBatch): number[] {
  const { data: voxels, shape } = tensorOf(batch, 'image')
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
const entry = (code: string): URL => {
  const file = join(folder, `${Math.random()}.mjs`)
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads'\nparentPort.on('message', ({ id, job }) => { ${code} })`,
  )
  return pathToFileURL(file)
}
const numbers = Array.from({ length: 8 }, (_, n) => ({ n }))

test('a thread that dies is an error, not a wait without end', async () => {
  const workers = nodeWorkers(2, {
    entry: entry(
      'if (job.indices[0] === 2) process.exit(3); setTimeout(() => parentPort.postMessage({ kind: "batch", id, batch: { n: job.indices } }), 5)',
    ),
  })
  const loader = DataLoader({ dataset: Dataset({ data: numbers }), workers })
  await expect(async () => {
    for await (const batch of loader) expect(batch.n).toHaveLength(1)
  }).rejects.toThrow(/ended with code 3/)
  await expect(loader.epoch(0).next()).rejects.toThrow(/ended with code 3/)
  await loader.dispose()
})

test('voxels change hands without a copy', async () => {
  const workers = nodeWorkers(1, {
    entry: entry(
      'const data = new Float32Array(4); parentPort.postMessage({ kind: "batch", id, batch: { n: { dtype: "float32", shape: [4], data }, left: [] } }, [data.buffer]); ',
    ),
  })
  const loader = DataLoader({ dataset: Dataset({ data: numbers }), workers })
  const { value } = await loader.epoch(0).next()
  expect(tensorOf(value as SampleBatch, 'n').data).toHaveLength(4)
  await loader.dispose()
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
