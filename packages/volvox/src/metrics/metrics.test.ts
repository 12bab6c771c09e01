import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floats, type Tensor } from '../core/tensor.ts'
import { ConfusionMatrixMetric, FBetaScore } from './confusionMatrix.ts'
import { DiceMetric, MeanIoU, computeDice } from './dice.ts'
import { GeneralizedDiceScore } from './generalizedDice.ts'
import { HausdorffDistanceMetric, SurfaceDistanceMetric } from './hausdorff.ts'
import { reduceScores } from './reduction.ts'
import { MAEMetric, MSEMetric, PSNRMetric, RMSEMetric } from './regression.ts'

const labels = (values: readonly number[]): Tensor => floats([1, 1, values.length], values)

function oneHot(map: Tensor, classes: number): Tensor {
  const [batch, , length] = map.shape
  const out = new Float32Array(batch * classes * length)
  map.data.forEach(
    (label: number | bigint, i: number) =>
      (out[(Math.floor(i / length) * classes + Number(label)) * length + (i % length)] = 1),
  )
  return floats([batch, classes, length], out)
}

/** A 2-D mask with the given pixels set, as a batch of one with one channel. */
function pixels(...at: readonly [number, number][]): Tensor {
  const out = new Float32Array(64)
  for (const [x, y] of at) out[x * 8 + y] = 1
  return floats([1, 1, 8, 8], out)
}

test('label maps score as their one-hot forms do', () => {
  const map = fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }).map((values) => floats([2, 1, 6], values))
  fc.assert(
    fc.property(map, map, fc.boolean(), fc.boolean(), (p, t, includeBackground, ignoreEmpty) => {
      const options = { includeBackground, ignoreEmpty }
      expect(computeDice(p, t, { ...options, numClasses: 4 })).toEqual(computeDice(oneHot(p, 4), oneHot(t, 4), options))
    }),
  )
})

test('Dice of a hand-made case, with a class that the truth lacks', () => {
  const prediction = labels([0, 1, 1, 2])
  const truth = labels([0, 1, 0, 0])
  expect([...computeDice(prediction, truth, { numClasses: 4 }).data]).toEqual([0.5, Math.fround(2 / 3), NaN, NaN])
  expect([...computeDice(prediction, truth, { numClasses: 4, ignoreEmpty: false }).data]).toEqual([
    0.5,
    Math.fround(2 / 3),
    0,
    1,
  ])
  expect([...MeanIoU()(oneHot(prediction, 4), oneHot(truth, 4)).data]).toEqual([Math.fround(1 / 3), 0.5, NaN, NaN])
})

test('a metric keeps the scores of all batches until it is reset', () => {
  const dice = DiceMetric({ numClasses: 2, reduction: 'mean_batch' })
  dice(labels([0, 1]), labels([0, 1]))
  dice([floats([1, 2], [0, 1])], [floats([1, 2], [0, 0])])
  expect(dice.getBuffer()?.shape).toEqual([2, 2])
  const { value, notNans } = dice.aggregate()
  expect(value.data[0]).toBeCloseTo((1 + 2 / 3) / 2, 6)
  expect(value.data[1]).toBe(1)
  expect([...notNans.data]).toEqual([2, 1])
  dice.reset()
  expect(dice.getBuffer()).toBeNull()
  expect(() => dice.aggregate()).toThrow(
    'DiceMetric.aggregate: there is nothing to aggregate; call the metric with a batch first',
  )
})

test('reductions leave out NaN', () => {
  const scores = floats([2, 3], [1, NaN, 3, NaN, NaN, NaN])
  const reduced = (reduction: Parameters<typeof reduceScores>[1]) => {
    const { value, notNans } = reduceScores(scores, reduction)
    return [[...value.data], [...notNans.data]]
  }
  expect(reduced('mean')).toEqual([[2], [1]])
  expect(reduced('sum')).toEqual([[4], [2]])
  expect(reduced('mean_batch')).toEqual([
    [1, 0, 3],
    [1, 0, 1],
  ])
  expect(reduced('sum_channel')).toEqual([
    [4, 0],
    [2, 0],
  ])
  expect(reduced('mean_channel')).toEqual([
    [2, 0],
    [2, 0],
  ])
  expect(reduced('none')[1]).toEqual([1, 0, 1, 0, 0, 0])
})

test('distances between two pixels are what they look like', () => {
  const [a, b] = [pixels([1, 1]), pixels([4, 5])]
  const options = { includeBackground: true }
  expect(HausdorffDistanceMetric(options)(a, b).data[0]).toBe(5)
  expect(HausdorffDistanceMetric({ ...options, distanceMetric: 'taxicab' })(a, b).data[0]).toBe(7)
  expect(HausdorffDistanceMetric({ ...options, distanceMetric: 'chessboard' })(a, b).data[0]).toBe(4)
  expect(SurfaceDistanceMetric(options)(a, b, { spacing: [2, 2] }).data[0]).toBe(10)
  expect(SurfaceDistanceMetric(options)(a, b, { spacing: [[2, 0.25]] }).data[0]).toBeCloseTo(Math.hypot(6, 1), 6)
})

test('directions and percentiles of the Hausdorff distance', () => {
  const one = pixels([0, 0])
  const three = pixels([0, 0], [0, 4], [0, 7])
  const hausdorff = (options: object, p: Tensor, t: Tensor) =>
    HausdorffDistanceMetric({ includeBackground: true, ...options })(p, t).data[0]
  expect(hausdorff({ directed: true }, one, three)).toBe(0)
  expect(hausdorff({ directed: true }, three, one)).toBe(7)
  expect(hausdorff({}, one, three)).toBe(7)
  expect(hausdorff({ percentile: 50 }, one, three)).toBe(4)
  expect(hausdorff({ percentile: 75 }, one, three)).toBe(5.5)
})

test('an empty mask is infinitely far away, and two of them have no distance', () => {
  const hausdorff = HausdorffDistanceMetric({ includeBackground: true })
  expect(hausdorff(pixels(), pixels([1, 1])).data[0]).toBe(Infinity)
  expect(hausdorff(pixels([1, 1]), pixels()).data[0]).toBe(Infinity)
  expect(hausdorff(pixels(), pixels()).data[0]).toBe(NaN)
  // MONAI's percentiles interpolate between infinities, which gives NaN.
  expect(HausdorffDistanceMetric({ includeBackground: true, percentile: 95 })(pixels(), pixels([1, 1])).data[0]).toBe(
    NaN,
  )
})

test('what does not fit is refused in one sentence', () => {
  expect(() => DiceMetric()(floats([1, 2, 3]), floats([1, 2, 4]))).toThrow(
    /^DiceMetric: prediction \[1, 2, 3\] and truth \[1, 2, 4\] do not go together/,
  )
  expect(() => DiceMetric()(floats([1, 3, 3]), floats([1, 2, 3]))).toThrow(
    /truth has 2 channels where 3 classes are scored/,
  )
  expect(() => HausdorffDistanceMetric()(floats([1, 3, 3]), floats([1, 1, 3]))).toThrow(/both must be one-hot/)
  expect(() => HausdorffDistanceMetric()(pixels([1, 1]), pixels([1, 1]), { spacing: [1, 2, 3] })).toThrow(
    /^HausdorffDistanceMetric\.spacing: \[1, 2, 3\] does not fit; give one number above 0 or one for each of the 2 axes/,
  )
})

test('measures of a confusion matrix', () => {
  // 3 true positives, 1 false positive, 2 false negatives, 2 true negatives.
  const truth = floats([1, 1, 8], [1, 1, 1, 1, 1, 0, 0, 0])
  const prediction = floats([1, 1, 8], [1, 1, 1, 0, 0, 1, 0, 0])
  const metric = ConfusionMatrixMetric({ metricName: ['recall', 'ppv', 'F1 Score', 'accuracy'] })
  expect([...metric(prediction, truth).data]).toEqual([3, 1, 2, 2])
  expect(metric.aggregateEach().map(({ value }) => value.data[0])).toEqual(
    [3 / 5, 3 / 4, 6 / 9, 5 / 8].map(Math.fround),
  )
  const fBeta = FBetaScore({ beta: 2 })
  fBeta(prediction, truth)
  expect(fBeta.aggregate().value.data[0]).toBeCloseTo((5 * 3) / (5 * 3 + 4 * 2 + 1), 6)
  expect(() => ConfusionMatrixMetric({ metricName: 'acuracy' })).toThrow(
    'ConfusionMatrixMetric.metricName: "acuracy" is unknown; did you mean "accuracy"?',
  )
})

test('generalized Dice weighs classes against their volume', () => {
  const truth = oneHot(labels([0, 0, 1, 1, 1, 1]), 2)
  const prediction = oneHot(labels([0, 1, 1, 1, 1, 1]), 2)
  expect([...GeneralizedDiceScore()(prediction, truth).data]).toEqual([2 / 3, 8 / 9].map(Math.fround))
  const all = GeneralizedDiceScore({ reduction: 'mean', weightType: 'simple' })(prediction, truth)
  expect(all.data[0]).toBeCloseTo((2 * (1 / 2 + 4 / 4)) / (3 / 2 + 9 / 4), 6)
})

test('errors of images, item by item', () => {
  const truth = floats([2, 1, 2], [0, 1, 0, 0])
  const prediction = floats([2, 1, 2], [0.5, 0.5, 3, 1])
  expect([...MAEMetric()(prediction, truth).data]).toEqual([0.5, 2])
  expect([...MSEMetric()(prediction, truth).data]).toEqual([0.25, 5])
  expect([...RMSEMetric()(prediction, truth).data]).toEqual([0.5, Math.fround(Math.sqrt(5))])
  expect(PSNRMetric({ maxVal: 5 })(prediction, truth).data[0]).toBeCloseTo(20, 5)
})
