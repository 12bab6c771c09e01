import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createOrt } from '@volvox/ort'
import { afterAll, expect, test } from 'vitest'
import { encodeCheckpoint, loadDecathlonProperties, readImage, useFiles, writeImage, type Image } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { hippocampus } from '../recipes/hippocampus.ts'
import type { Plan } from '../recipes/recipe.ts'
import { recordedIo } from '../testing.ts'
import { readModel, type RunConfig } from './runConfig.ts'
import { startEvaluation } from './startEvaluation.ts'
import { startInference } from './startInference.ts'
import { train, type TrainingOptions } from './train.ts'

useFiles(nodeFiles)
const data = fileURLToPath(new URL('../../../../examples/data/hippocampus', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'volvox-train-'))
afterAll(() => rmSync(root, { recursive: true }))

/** The recipe in small: the same transforms and steps with a network that takes milliseconds. */
const recipe = hippocampus.plan(loadDecathlonProperties(data))
const plan: Plan = {
  ...recipe,
  network: { ...recipe.network, filters: [2, 4, 4, 4] },
  augmentation: recipe.augmentation.map((step) =>
    'spatial_size' in step
      ? { ...step, spatial_size: [16, 16, 16] }
      : 'roi_size' in step
        ? { ...step, roi_size: [16, 16, 16] }
        : step,
  ),
  patchSize: [16, 16, 16],
  inference: { ...recipe.inference, roiSize: [40, 56, 40], swBatchSize: 1, flips: false },
}
const config = (maxSteps: number): RunConfig => ({ plan, data, seed: 3, budget: { maxSteps }, volvox: 'test' })
const options = (out: string, rest: Partial<TrainingOptions> = {}): TrainingOptions => ({
  config: config(12),
  out: join(root, out),
  resume: false,
  executor: createOrt(),
  workers: 0,
  threads: 1,
  ...rest,
})
const tensorsOf = (out: string) => readModel(join(root, out)).checkpoint

test('a schedule of steps goes on where it was when a run is resumed', async () => {
  const lrScheduler = { _target_: 'StepLR', step_size: 2, gamma: 0.5 }
  const scheduled = (maxSteps: number) => ({ config: { ...config(maxSteps), lrScheduler } })
  await train(options('steps', scheduled(6)), recordedIo())
  await train(options('more-steps', scheduled(3)), recordedIo())
  await train(options('more-steps', { ...scheduled(6), resume: true }), recordedIo())
  expect(tensorsOf('more-steps').tensors).toEqual(tensorsOf('steps').tensors)
  expect(tensorsOf('steps').config.lrScheduler).toEqual(lrScheduler)
})

test('a run that is interrupted and resumed, with other workers, ends bit for bit as one that is not', async () => {
  await train(options('straight'), recordedIo())
  const io = recordedIo()
  const half = train(
    options('halves', { workers: existsSync(new URL('../../../node/dist/loaderWorker.js', import.meta.url)) ? 1 : 0 }),
    {
      ...io,
      onInterrupt(stop) {
        // Ctrl-C as soon as the first steps are done.
        const timer = setInterval(() => existsSync(join(root, 'halves', 'best.safetensors')) && stop(), 5)
        return () => clearInterval(timer)
      },
    },
  )
  const first = await half
  expect(first.interrupted).toBe(true)
  expect(first.steps).toBeLessThan(12)
  await train(options('halves', { resume: true }), recordedIo())
  expect(tensorsOf('halves').tensors).toEqual(tensorsOf('straight').tensors)
  expect(tensorsOf('halves').progress).toMatchObject({
    iteration: 12,
    position: tensorsOf('straight').progress.position,
  })
  const steps = readFileSync(join(root, 'halves', 'log.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .filter((line) => line.split(',')[4] !== '')
  expect(steps.map((line) => Number(line.split(',')[0]))).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
})

const built = fileURLToPath(new URL('../../dist/segmentation/train.js', import.meta.url))
test.skipIf(!existsSync(built))('a run that is killed resumes from its last checkpoint, bit for bit', async () => {
  const out = join(root, 'killed')
  const script = join(root, 'killed.mjs')
  // A process of its own, on the built files, that saves after every step.
  writeFileSync(
    script,
    `import { train } from ${JSON.stringify(`file://${built}`)}
import { createOrt } from ${JSON.stringify(`file://${fileURLToPath(new URL('../../../ort/dist/index.js', import.meta.url))}`)}
const silent = { print() {}, note() {}, progress() {}, settle() {}, onInterrupt: () => () => {} }
await train({ config: ${JSON.stringify(config(12))}, out: ${JSON.stringify(out)}, resume: false, executor: createOrt(), workers: 0, threads: 1, saveSeconds: 0.001 }, silent)
`,
  )
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
  const watch = setInterval(
    () =>
      existsSync(join(out, 'last.safetensors')) && tensorsOf('killed').progress.iteration >= 3 && child.kill('SIGKILL'),
    2,
  )
  expect(await ended).toBe('SIGKILL')
  clearInterval(watch)
  const { iteration } = tensorsOf('killed').progress
  expect(iteration).toBeGreaterThanOrEqual(3)
  expect(iteration).toBeLessThan(12)
  await train(options('killed', { resume: true }), recordedIo())
  expect(tensorsOf('killed').tensors).toEqual(tensorsOf('straight').tensors)
})

test('the first steps are profiled into tables and a trace, and the run goes on as it would have', async () => {
  const io = recordedIo()
  await train(options('profiled', { profileSteps: 2 }), io)
  expect(io.printed[0]).toMatch(/^[\d.]+ ms a step in operations, over 2 steps\./)
  expect(io.printed.some((line) => /^convWeightGrad +\d+ +[\d.]+ +[\d.]+%/.test(line))).toBe(true)
  expect(io.printed.some((line) => line.startsWith('Reorders: '))).toBe(true)
  const { traceEvents } = JSON.parse(readFileSync(join(root, 'profiled', 'trace.json'), 'utf8'))
  expect(traceEvents.length).toBeGreaterThan(100)
  expect(tensorsOf('profiled').tensors).toEqual(tensorsOf('straight').tensors)
})

test('activations that are computed again give the same losses', async () => {
  await train(options('recomputed', { recompute: true }), recordedIo())
  const losses = (out: string) =>
    readFileSync(join(root, out, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .flatMap((line) => JSON.parse(line).loss ?? []) as number[]
  const [first, again] = [losses('straight'), losses('recomputed')]
  expect(first).toHaveLength(12)
  first.slice(0, 4).forEach((loss, i) => expect(again[i]).toBeCloseTo(loss, 4))
})

test('a precision that cannot be had is said, kept in the checkpoint, and may be missing from old ones', async () => {
  const io = recordedIo()
  const wished = { ...config(1), plan: { ...plan, precision: 'bfloat16' as const } }
  await train(options('wished', { config: wished }), io)
  expect(io.noted).toContain('Executor ort has no bfloat16; computing in float32.')
  const { checkpoint, config: kept } = readModel(join(root, 'wished'))
  expect(kept.plan.precision).toBe('bfloat16')
  const { precision: _, ...old } = plan
  const file = join(root, 'older.safetensors')
  writeFileSync(file, encodeCheckpoint({ ...checkpoint, config: { ...checkpoint.config, plan: old } }))
  expect(readModel(file).config.plan.precision).toBe('float32')
})

const inferred = (image: string, out: string) =>
  startInference(
    {
      model: join(root, 'straight'),
      images: [image],
      out,
      checkpoint: 'last',
      flips: false,
      executor: 'ort',
      threads: 1,
      precision: null,
      json: false,
    },
    recordedIo(),
  )

test('a checkpoint or an image that cannot be used is refused in a sentence', async () => {
  const { checkpoint } = readModel(join(root, 'straight'))
  const { postprocessing: _, ...old } = plan
  writeFileSync(
    join(root, 'old.safetensors'),
    encodeCheckpoint({ ...checkpoint, config: { ...checkpoint.config, plan: old } }),
  )
  expect(() => readModel(join(root, 'old.safetensors'))).toThrow(
    /its plan lacks postprocessing \(it was written by Volvox test\)/,
  )
  writeFileSync(join(root, 'other.safetensors'), encodeCheckpoint({ ...checkpoint, config: {} }))
  expect(() => readModel(join(root, 'other.safetensors'))).toThrow(/was not written by volvox train/)

  const scan = readImage(`${data}/imagesTr/hippocampus_039.nii.gz`, { as: 'float32' })
  const segmented = (changed: Image) => {
    writeImage(join(root, 'changed.nii'), changed)
    return inferred(join(root, 'changed.nii'), join(root, 'x.nii'))
  }
  await expect(
    segmented({ ...scan, data: Float32Array.from(scan.data as Float32Array, (x, i) => (i === 7 ? NaN : x)) }),
  ).rejects.toThrow(/^changed: NormalizeIntensityd \("image"\): 1 of 61,268 voxels are NaN/)
  const two = Float32Array.from({ length: 2 * scan.data.length }, (_, i) => Number(scan.data[i % scan.data.length]))
  await expect(segmented({ ...scan, shape: [2, ...scan.shape.slice(1)], data: two })).rejects.toThrow(
    /^changed: has \[2, 34, 53, 34\] values/,
  )
})

const series = fileURLToPath(new URL('../../../../../shared/data/dicom/Study1/13_HCropVolume', import.meta.url))

test.skipIf(!existsSync(series))(
  'the folder of a DICOM series is one image, with the segmentation on its grid',
  async () => {
    const out = join(root, 'series_seg.nii')
    await inferred(series, out)
    const [segmented, scan] = [readImage(out), readImage(series)]
    expect(segmented.shape).toEqual(scan.shape)
    segmented.affine.forEach((x, i) => expect(x).toBeCloseTo(scan.affine[i], 4))
  },
)

test('a trained network is evaluated into a report, and segments on the grid of each image', async () => {
  const io = recordedIo()
  const model = join(root, 'straight')
  const result = await startEvaluation(
    {
      model,
      data: null,
      list: 'validation',
      checkpoint: 'last',
      flips: false,
      out: null,
      executor: 'ort',
      threads: 1,
      precision: null,
      json: false,
    },
    io,
  )
  expect(result.cases).toHaveLength(4)
  expect(Object.keys(result.classes)).toEqual(['Anterior', 'Posterior'])
  expect(readFileSync(result.report, 'utf8')).toContain('hippocampus_049')
  const image = `${data}/imagesTr/hippocampus_039.nii.gz`
  await startInference(
    {
      model,
      images: [image],
      out: join(root, 'seg.nii.gz'),
      checkpoint: 'last',
      flips: true,
      executor: 'ort',
      threads: 1,
      precision: null,
      json: true,
    },
    io,
  )
  const [scan, labels] = [readImage(image), readImage(join(root, 'seg.nii.gz'))]
  expect([labels.shape, labels.affine, labels.dtype]).toEqual([scan.shape, scan.affine, 'uint8'])
  expect(JSON.parse(io.printed.at(-1)!)).toMatchObject({ image, voxels: { Anterior: expect.any(Number) } })
})
