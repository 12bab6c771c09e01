import { expect, test } from 'vitest'
import { image } from '../core/image.ts'
import { Dataset } from '../data/datasets/items.ts'
import { DataLoader } from '../data/loader.ts'
import { DiceMetric } from '../metrics/index.ts'
import { SupervisedEvaluator } from './evaluator.ts'

/** Two cases of four voxels; the label is where the image is above 0. */
const data = [
  [1, -1, 2, -2],
  [3, 3, -3, -3],
].map((values) => ({
  image: image('float32', [1, 2, 2], Float32Array.from(values)),
  label: image(
    'uint8',
    [1, 2, 2],
    Uint8Array.from(values, (value) => Number(value > 0)),
  ),
}))
const evaluator = (threshold: number) =>
  new SupervisedEvaluator({
    predictor: (batch) => ({ ...batch, data: batch.data.map((x) => Number(x > threshold)) }),
    valDataLoader: DataLoader({ dataset: Dataset({ data }), batchSize: 1 }),
    metrics: { Dice: DiceMetric({ includeBackground: false, numClasses: 2 }) },
    classNames: ['Lesion'],
  })

test('each case is predicted and scored, and the means are reported', async () => {
  const steps: number[] = []
  const perfect = evaluator(0)
  perfect.on('iterationCompleted', ({ iteration, output }) => void steps.push(iteration, output.length))
  expect(await perfect.run()).toEqual({ Dice: 1, 'Dice Lesion': 1 })
  expect(steps).toEqual([1, 1, 2, 1])
  const half = evaluator(1.5) // misses one of two voxels of the first case: 2·1 / (2 + 1)
  const metrics = await half.run()
  expect(metrics.Dice).toBeCloseTo((2 / 3 + 1) / 2)
  expect(await half.run()).toEqual(metrics)
})

test('an integer image is refused', async () => {
  const integer = new SupervisedEvaluator({
    predictor: (batch) => batch,
    valDataLoader: DataLoader({ dataset: Dataset({ data: [{ image: data[0].label, label: data[0].label }] }) }),
    metrics: {},
  })
  await expect(integer.run()).rejects.toThrow('batch.image: is uint8; networks take float32')
})
