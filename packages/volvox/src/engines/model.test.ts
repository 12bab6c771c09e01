import { expect, test } from 'vitest'
import { image } from '../core/image.ts'
import { floats } from '../core/tensor.ts'
import { Dataset } from '../data/datasets/items.ts'
import { DataLoader } from '../data/loader.ts'
import { interpreter } from '../graph/interpret/index.ts'
import { FlipInferer } from '../inferers/index.ts'
import { DiceCELoss } from '../losses/index.ts'
import { DiceMetric } from '../metrics/index.ts'
import { UNet } from '../networks/nets/index.ts'
import { AdamW } from '../optimizers/index.ts'
import { RandomState } from '../rng/index.ts'
import { AsDiscreted } from '../transforms/index.ts'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'
import { SupervisedEvaluator } from './evaluator.ts'
import { LrScheduleHandler } from './handlers/index.ts'
import { openModel, type Model } from './model.ts'
import { SupervisedTrainer } from './trainer.ts'

/** Bright discs on a dark ground: what a network of a few hundred weights learns in a few steps. */
const data = Array.from({ length: 6 }, (_, n) => {
  const rng = new RandomState(n)
  const [x0, y0] = [rng.uniform(2, 6), rng.uniform(2, 6)]
  const inside = Array.from({ length: 64 }, (_, i) => Number(Math.hypot((i >> 3) - x0, (i & 7) - y0) < 2.5))
  return {
    image: image(
      'float32',
      [1, 8, 8],
      Float32Array.from(inside, (value) => 2 * value - 1 + 0.3 * rng.standardNormal()),
    ),
    label: image('uint8', [1, 8, 8], Uint8Array.from(inside)),
  }
})
const spatial = [8, 8]
const open = (seed = 1): Promise<Model> =>
  openModel({
    executor: interpreter,
    network: UNet({
      spatialDims: 2,
      inChannels: 1,
      outChannels: 2,
      channels: [4, 8],
      strides: [2],
      numResUnits: 0,
      dropout: 0.1,
    }),
    training: {
      lossFunction: DiceCELoss({ toOnehotY: true, softmax: true }),
      optimizer: AdamW({ lr: 0.05 }),
      inputShape: [2, 1, ...spatial],
      ema: { decay: 0.5 },
      clip: { norm: 12 },
    },
    inferenceShape: [2, 1, ...spatial],
    activation: 'softmax',
    seed,
  })
const trainerFor = (model: Model, maxSteps: number) =>
  new SupervisedTrainer({
    learner: model.learner,
    trainDataLoader: DataLoader({ dataset: Dataset({ data }), batchSize: 2, shuffle: true, seed: 5 }),
    maxSteps,
    seed: 5,
    trainHandlers: [LrScheduleHandler((fraction) => 1 - fraction)],
  })

test('a network with dropout, trained in two sessions, has the weights of one trained in one, bit for bit', async () => {
  const straight = await open()
  const whole = trainerFor(straight, 12)
  // The interpreter holds float64, a checkpoint float32: round here as well. Executors hold float32 throughout.
  whole.on('iterationCompleted', async ({ iteration, learner }) => {
    if (iteration === 6) await learner.write(await learner.read())
  })
  await whole.run()

  const first = await open()
  const half = trainerFor(first, 12)
  half.on('iterationCompleted', (trainer) => {
    if (trainer.iteration === 6) trainer.interrupt()
  })
  await half.run()
  const file = encodeCheckpoint(await half.checkpoint())

  const second = await open(99)
  const rest = trainerFor(second, 12)
  await rest.restore(decodeCheckpoint(file, 'half'))
  await rest.run()
  expect(await second.learner.read()).toEqual(await straight.learner.read())
})

test('a label that is no class of the loss is named, and its key', async () => {
  const model = await open()
  const step = (label: number) =>
    model.learner.step(
      {
        image: floats([2, 1, ...spatial]),
        label: floats([2, 1, ...spatial], new Float32Array(128).fill(label, 100)),
      },
      { step: 1, learningRate: 0.1, seed: 0 },
    )
  await expect(step(2)).rejects.toThrow(/^batch.label: holds 2; the loss tells 2 classes apart, numbered 0 to 1$/)
  await expect(step(-1)).rejects.toThrow(/^batch.label: holds -1; /)
  await expect(step(0.5)).rejects.toThrow(/^batch.label: holds 0.5; /)
  await expect(step(NaN)).rejects.toThrow(/^batch.label: holds NaN; /)
  expect((await step(1)).loss).toBeGreaterThan(0)
  await model.dispose()
})

test('it learns, and its averaged weights segment what it has seen', async () => {
  const model = await open()
  expect(model.parameters).toBeGreaterThan(100)
  const trainer = trainerFor(model, 60)
  const losses: number[] = []
  trainer.on('iterationCompleted', ({ output }) => void losses.push(output.loss))
  await trainer.run()
  expect(losses.at(-1)).toBeLessThan(losses[0] / 2)
  expect(Object.keys(trainer.output).sort()).toEqual(['Dice', 'gradientNorm', 'loss'])
  const evaluate = (predicting: Model) =>
    new SupervisedEvaluator({
      predictor: predicting.predictor,
      valDataLoader: DataLoader({ dataset: Dataset({ data }) }),
      inferer: FlipInferer(),
      postprocessing: AsDiscreted({ keys: ['pred'], argmax: true }),
      metrics: { Dice: DiceMetric({ includeBackground: false, numClasses: 2 }) },
    }).run()
  const { Dice } = await evaluate(model)
  expect(Dice).toBeGreaterThan(0.9)

  // Its checkpoint alone, in a model that only predicts, gives the same.
  const { tensors } = await trainer.checkpoint()
  const alone = await openModel({
    executor: interpreter,
    network: model.network,
    inferenceShape: [1, 1, ...spatial],
    activation: 'softmax',
    weights: tensors,
  })
  expect((await evaluate(alone)).Dice).toBeCloseTo(Dice, 12)
  expect(() => alone.learner).toThrow(/opened to predict only/)
})

test('a batch of another size is refused in a sentence', async () => {
  const model = await open()
  const trainDataLoader = DataLoader({ dataset: Dataset({ data: data.slice(0, 3) }), batchSize: 2 })
  const trainer = new SupervisedTrainer({ learner: model.learner, trainDataLoader, maxSteps: 2 })
  await expect(trainer.run()).rejects.toThrow(
    /^batch\.image: is \[1, 1, 8, 8\], the network was compiled for \[2, 1, 8, 8\]/,
  )
})
