import { expect, test } from 'vitest'
import { floats } from '../core/tensor.ts'
import type { Learner } from './learner.ts'
import { LearningRateFinder } from './learningRateFinder.ts'

/** Descends x² from 1; with a rate above 1 it climbs. */
function descent(): Learner {
  let x = 1
  return {
    learningRate: 0.01,
    step: async (_batch, { learningRate }) => {
      const loss = x * x
      x -= learningRate * 2 * x
      return { loss }
    },
    read: async () => ({ x: floats([1], [x]) }),
    write: async ({ x: tensor }) => void (x = Number(tensor.data[0])),
  }
}

test('rates grow to the last, losses are smoothed, and the steepest fall is found', async () => {
  const learner = descent()
  const finder = LearningRateFinder({ learner })
  expect(finder.getSteepestGradient()).toBeNull()
  await finder.rangeTest([{}, {}], { endLr: 1, numIter: 5, smoothF: 0.5 })
  ;[0.01, 0.0316228, 0.1, 0.316228, 1].forEach((lr, i) => expect(finder.history.lr[i]).toBeCloseTo(lr, 6))
  // x: 1, 0.98, 0.918019, 0.734415, 0.269927
  ;[1, 0.9802, 0.9114798, 0.725422, 0.399141].forEach((loss, i) => expect(finder.history.loss[i]).toBeCloseTo(loss, 5))
  expect(finder.getSteepestGradient()!.lr).toBeCloseTo(0.316228, 6) // the last step does not count
  expect(finder.getSteepestGradient(0, 1)!.lr).toBeCloseTo(0.1, 6)
  await finder.reset()
  expect((await learner.read()).x.data[0]).toBe(1)
})

test('it ends when the loss has grown, and says what does not fit', async () => {
  const finder = LearningRateFinder({ learner: descent() })
  await finder.rangeTest([{}], { startLr: 2, endLr: 3, numIter: 50, stepMode: 'linear', smoothF: 0 })
  expect(finder.history.loss).toHaveLength(2) // 1, then 9: more than 5 times as much
  await expect(finder.rangeTest([])).rejects.toThrow(/^LearningRateFinder.rangeTest: got no batches; give a loader/)
  await expect(finder.rangeTest([{}], { numIter: 1 })).rejects.toThrow(
    /^LearningRateFinder.rangeTest.numIter: 1 does not fit/,
  )
  expect(() => finder.getSteepestGradient(-1)).toThrow(
    /^LearningRateFinder.skipStart: -1 does not fit; give 0 or more$/,
  )
})
