import { expect, test } from 'vitest'
import { Dataset } from '../data/datasets/items.ts'
import { DataLoader } from '../data/loader.ts'
import { tensorOf } from '../data/collate.ts'
import { cosineSchedule } from '../optimizers/index.ts'
import { RandomState } from '../rng/index.ts'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'
import {
  CheckpointSaver,
  EarlyStopHandler,
  LrScheduleHandler,
  ProgressHandler,
  StatsHandler,
  TensorBoardStatsHandler,
  ValidationHandler,
  readLog,
  type ProgressReport,
} from './handlers/index.ts'
import type { Learner } from './learner.ts'
import { memoryFolder } from './runFolder.ts'
import { SupervisedTrainer, type SupervisedTrainerOptions } from './trainer.ts'

/** Momentum descent to the mean of the data, with noise of its own: every part of a step's state matters. */
function learner(): Learner & { w: number } {
  let w = Math.fround(0)
  let moment = Math.fround(0)
  return {
    learningRate: 0.1,
    get w() {
      return w
    },
    async step(batch, { learningRate, seed }) {
      const { data } = tensorOf(batch, 'n')
      const mean = Array.from(data, Number).reduce((a, b) => a + b) / data.length
      moment = Math.fround(0.9 * moment + (w - mean) + 0.01 * new RandomState(seed).uniform())
      w = Math.fround(w - learningRate * moment)
      return { loss: (w - mean) ** 2 }
    },
    read: async () => ({
      w: { dtype: 'float32', shape: [1], data: Float32Array.of(w) },
      'optimizer.m.w': { dtype: 'float32', shape: [1], data: Float32Array.of(moment) },
    }),
    async write(tensors) {
      w = Number(tensors.w.data[0])
      moment = Number(tensors['optimizer.m.w'].data[0])
    },
  }
}

const data = Array.from({ length: 10 }, (_, n) => ({ n }))
function setUp(options: Partial<SupervisedTrainerOptions> = {}) {
  const own = learner()
  const trainDataLoader = DataLoader({ dataset: Dataset({ data }), batchSize: 3, shuffle: true, seed: 4 })
  const trainer = new SupervisedTrainer({ learner: own, trainDataLoader, seed: 4, ...options })
  return { own, trainer }
}
const cosine = () => LrScheduleHandler(cosineSchedule())

test('a run that was interrupted and resumed ends bit for bit where an uninterrupted one does', async () => {
  const straight = setUp({ maxSteps: 12, trainHandlers: [cosine()] })
  await straight.trainer.run()
  expect(straight.trainer.iteration).toBe(12)

  const folder = memoryFolder()
  const first = setUp({ maxSteps: 12, trainHandlers: [cosine(), CheckpointSaver({ folder })], config: { recipe: 'x' } })
  first.trainer.on('iterationCompleted', (trainer) => {
    if (trainer.iteration === 6) trainer.interrupt()
  })
  await first.trainer.run()
  expect(first.trainer.iteration).toBe(6)

  const second = setUp({ maxSteps: 12, trainHandlers: [cosine(), CheckpointSaver({ folder })] })
  const checkpoint = decodeCheckpoint(folder.files.get('last.safetensors')!, 'last.safetensors')
  expect(checkpoint.config).toEqual({ recipe: 'x' })
  await second.trainer.restore(checkpoint)
  await second.trainer.run()
  expect(second.own.w).toBe(straight.own.w)
  expect(second.trainer.position).toEqual(straight.trainer.position)
  expect(second.trainer.learningRate).toBe(straight.trainer.learningRate)
})

test('a killed run goes on from its last checkpoint, and its log has each step once', async () => {
  const straight = setUp({ maxSteps: 12, trainHandlers: [cosine()] })
  await straight.trainer.run()
  const folder = memoryFolder()
  const handlers = () => [
    cosine(),
    CheckpointSaver({ folder, save: { interval: 5, unit: 'iteration' } }),
    StatsHandler(folder),
  ]
  const killed = setUp({ maxSteps: 12, trainHandlers: handlers() })
  killed.trainer.on('iterationCompleted', (trainer) => {
    if (trainer.iteration === 8) throw new Error('killed')
  })
  await expect(killed.trainer.run()).rejects.toThrow('killed')
  await folder.append('log.jsonl', new TextEncoder().encode('{"step":6,"loss":1}\n{"step":7,"lo'))

  const resumed = setUp({ maxSteps: 12, trainHandlers: handlers() })
  await resumed.trainer.restore(decodeCheckpoint(folder.files.get('last.safetensors')!, 'last'))
  expect(resumed.trainer.iteration).toBe(5)
  await resumed.trainer.run()
  expect(resumed.own.w).toBe(straight.own.w)
  expect((await readLog(folder)).map((row) => row.step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
})

test('another seed is refused on resuming', async () => {
  const { trainer } = setUp({ maxSteps: 1 })
  const checkpoint = await trainer.checkpoint()
  await expect(setUp({ maxSteps: 1, seed: 5 }).trainer.restore(checkpoint)).rejects.toThrow(
    /started with seed 4, not 5/,
  )
})

test('budgets: epochs count batches, minutes follow the clock, also over a resume', async () => {
  const epochs = setUp({ maxEpochs: 2.5 })
  await epochs.trainer.run()
  expect(epochs.trainer.iteration).toBe(10)

  const seen: number[] = []
  let now = 0
  const timed = (steps: number) => {
    const made = setUp({
      maxMinutes: 1,
      clock: () => now,
      trainHandlers: [LrScheduleHandler((fraction) => (seen.push(fraction), 1 - fraction))],
    })
    made.trainer.on('iterationCompleted', (trainer) => {
      now += 10
      if (trainer.iteration === steps) trainer.interrupt()
    })
    return made.trainer
  }
  const first = timed(2)
  await first.run()
  const checkpoint = await first.checkpoint()
  now += 1000 // the machine was off
  const second = timed(Infinity)
  await second.restore(checkpoint)
  await second.run()
  expect(second.iteration).toBe(6)
  expect(seen.map((fraction) => Math.round(fraction * 6))).toEqual([0, 1, 2, 3, 4, 5])
  expect(() => setUp({})).toThrow(/^SupervisedTrainer: no budget is given/)
  expect(() => setUp({ maxSteps: 1, maxEpochs: 1 })).toThrow(/2 budgets are given/)
  expect(() => setUp({ maxSteps: 0 })).toThrow(/SupervisedTrainer\.steps: 0/)
})

test('the best checkpoint is kept, and patience ends the run', async () => {
  const folder = memoryFolder()
  const scores = [0.5, 0.7, 0.6, 0.65, 0.6, 0.9]
  const validate = async () => ({ Dice: scores.shift() ?? 0 })
  const { trainer } = setUp({
    maxEpochs: 10,
    trainHandlers: [
      ValidationHandler({ validate }),
      EarlyStopHandler({ patience: 3, keyMetric: 'Dice' }),
      CheckpointSaver({ folder, keyMetric: 'Dice', nSaved: 2, save: { interval: 1, unit: 'epoch' } }),
      StatsHandler(folder),
      TensorBoardStatsHandler({ folder, now: () => 1e12 }),
    ],
  })
  await trainer.run()
  expect(trainer.epoch).toBe(5)
  expect(decodeCheckpoint(folder.files.get('best.safetensors')!, 'best').progress).toMatchObject({
    iteration: 8,
    metrics: { Dice: 0.7 },
    handlers: { checkpointSaver: { best: 0.7 } },
  })
  expect([...folder.files.keys()].filter((name) => name.startsWith('step_')).sort()).toEqual([
    'step_000016.safetensors',
    'step_000020.safetensors',
  ])
  const csv = new TextDecoder().decode(folder.files.get('log.csv'))
  expect(csv.split('\n')[0]).toBe('step,epoch,seconds,waitSeconds,learningRate,loss,val_Dice')
  expect(csv.split('\n')).toHaveLength(1 + 20 + 5 + 1)
  expect([...folder.files.keys()].some((name) => name.startsWith('tensorboard/events.out.tfevents.'))).toBe(true)
})

test('progress tells speed and time left', async () => {
  let now = 0
  const reports: ProgressReport[] = []
  const { trainer } = setUp({
    maxSteps: 8,
    clock: () => now,
    trainHandlers: [ProgressHandler((report) => reports.push(report))],
  })
  trainer.on('iterationStarted', () => {
    now += 2
  })
  await trainer.run()
  expect(reports).toHaveLength(9)
  expect(reports[1]).toMatchObject({ fraction: 0.25, iteration: 2, samplesPerSecond: 1.5, done: false })
  expect(reports[3].remainingSeconds).toBeCloseTo(8)
  expect(reports.at(-1)).toMatchObject({ fraction: 1, done: true, remainingSeconds: 0 })
})

test('the log tells how long each step waited for its batch, and checkpoints keep the sum', async () => {
  let now = 0
  const folder = memoryFolder()
  const slow = Dataset({
    data: data.map((item) => ({ ...item })),
    transform: [(sample: unknown) => ((now += 2), sample)],
  })
  const trainDataLoader = DataLoader({ dataset: slow, batchSize: 3, seed: 4 })
  const timed = () =>
    setUp({ maxSteps: 4, seed: 4, trainDataLoader, clock: () => now, trainHandlers: [StatsHandler(folder)] }).trainer
  const first = timed()
  first.on('iterationStarted', () => {
    now += 10
  })
  first.on('iterationCompleted', () => {
    if (first.iteration === 2) first.interrupt()
  })
  await first.run()
  expect((await readLog(folder)).map((row) => row.waitSeconds)).toEqual([6, 6])
  const second = timed()
  await second.restore(await first.checkpoint())
  await second.run()
  expect(second.waitedSeconds).toBe(6 + 6 + 6 + 2)
  expect(second.elapsedSeconds).toBe(20 + second.waitedSeconds)
})

test('a loss that is no number stops the run with a sentence', async () => {
  const own = learner()
  const { trainer } = setUp({ maxSteps: 3, learner: { ...own, step: async () => ({ loss: NaN }) } })
  await expect(trainer.run()).rejects.toThrow('training step 1: the loss is NaN; lower the learning rate (now 0.100)')
})

test('checkpoints that are none, or damaged, are refused', async () => {
  const { trainer } = setUp({ maxSteps: 1 })
  const bytes = encodeCheckpoint(await trainer.checkpoint())
  expect(() => decodeCheckpoint(bytes.subarray(0, bytes.length - 1), 'a.safetensors')).toThrow(/^a\.safetensors: /)
  const text = new TextDecoder('latin1').decode(bytes).replace('"volvox.checkpoint":"1"', '"volvox.checkpoint":"9"')
  expect(() =>
    decodeCheckpoint(
      Uint8Array.from(text, (c) => c.charCodeAt(0)),
      'a',
    ),
  ).toThrow(/version 9; this Volvox reads version 1/)
})
