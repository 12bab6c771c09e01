import { describe, expect, test } from 'vitest'
import { floats, tensor, type Tensor } from '../core/tensor.ts'
import { computeConfusionMatrixMetric, getConfusionMatrix } from './confusionMatrix.ts'
import { computeFrechetDistance } from './frechet.ts'
import {
  computeAverageSurfaceDistance,
  computeGeneralizedDice,
  computeHausdorffDistance,
  computeIou,
  computeMsSsim,
  computePercentHausdorffDistance,
  computeSurfaceDice,
  computeVariance,
  doMetricReduction,
  ignoreBackground,
  isBinaryTensor,
  labelQualityScore,
} from './functional.ts'
import { computePanopticQuality, remapInstanceId } from './panoptic.ts'

/** One-hot `[2, 3, 6, 5]` of class numbers by formula. */
function oneHot(step: number): Tensor {
  const label = Array.from({ length: 60 }, (_, i) => (i * i * step + Math.floor(i / 5)) % 3)
  return floats(
    [2, 3, 6, 5],
    Array.from({ length: 180 }, (_, i) =>
      label[Math.floor(i / 90) * 30 + (i % 30)] === Math.floor((i % 90) / 30) ? 1 : 0,
    ),
  )
}

const [p, y] = [oneHot(1), oneHot(3)]
const ramp = floats(
  [2, 3, 2, 5],
  Array.from({ length: 60 }, (_, i) => ((i * 7) % 11) / 11),
)
const turned = floats(
  ramp.shape,
  ramp.data.map((_, i) => ramp.data[i + 4 - 2 * (i % 5)]),
)
const mask = ({ data }: Tensor) => ({ shape: [6, 5], data: Uint8Array.from(data.slice(30, 60) as Float32Array) })
const objects = (...ids: number[]) => tensor('int32', [3, 4], Int32Array.from(ids))
const [found, real] = [objects(0, 3, 3, 0, 7, 7, 3, 0, 7, 7, 0, 5), objects(0, 1, 1, 1, 2, 2, 0, 0, 2, 2, 9, 9)]
const texture = Array.from({ length: 256 }, (_, i) => ((i * 5) % 17) / 17)
const blurred = texture.map((x, i) => 0.8 * x + 0.2 * texture[(15 - Math.floor(i / 16)) * 16 + (i % 16)])
const image = (values: readonly number[]) => floats([1, 1, 16, 16], values)
const twice = (...row: number[]) => [...row, ...row]
const mean = (...values: number[]) => floats([2], values)
const square = (...values: number[]) => floats([2, 2], values)
const matrices = getConfusionMatrix(p, y, false)

// prettier-ignore
const cases: Readonly<Record<string, readonly [Tensor | number, readonly number[]]>> = {
  computeIou: [computeIou(p, y), twice(0.222222, 0.25, 0.125)],
  computeGeneralizedDice: [computeGeneralizedDice(p, y, { weightType: 'simple' }), twice(0.363636, 0.4, 0.222222)],
  'computeGeneralizedDice, summed': [computeGeneralizedDice(p, y, { sumOverClasses: true }), twice(0.333333)],
  computeHausdorffDistance: [computeHausdorffDistance(p, y, { includeBackground: true, percentile: 50, spacing: [0.5, 2] }), twice(0.5, 0.5, 0.5)],
  computeAverageSurfaceDistance: [computeAverageSurfaceDistance(p, y, { symmetric: true }), twice(0.6, 0.823801)],
  computeSurfaceDice: [computeSurfaceDice(p, y, [1, 0.5]), twice(1, 0.222222)],
  computePercentHausdorffDistance: [computePercentHausdorffDistance(mask(p), mask(y), { percentile: 75 }), [1]],
  getConfusionMatrix: [matrices, twice(4, 6, 14, 6, 2, 6, 14, 8)],
  'getConfusionMatrix of values between': [getConfusionMatrix(floats([1, 2, 4], [0.5, 1, 1, 2, 0, 0.25, 1, 0]), floats([1, 2, 4], [0, 1, 0.5, 0, 1, 0, 1, 0])), [2, 2.5, 0, -0.5, 1, 1, 1, 1]],
  computeConfusionMatrixMetric: [computeConfusionMatrixMetric('mcc', matrices), twice(0.1, -0.1066)],
  'computeConfusionMatrixMetric of one': [computeConfusionMatrixMetric('f1 score', floats([4], [4, 6, 14, 6])), [0.4]],
  computeVariance: [computeVariance(ramp), [0.079825]],
  labelQualityScore: [labelQualityScore(ramp, turned, { includeBackground: false }), [0.3, 0.3]],
  computeFrechetDistance: [computeFrechetDistance(mean(1, 2), square(2, 0.5, 0.5, 1), mean(0, -1), square(1, -0.3, -0.3, 3)), [10.929312]],
  'computePanopticQuality, pq': [computePanopticQuality(found, real), [0.333333]],
  'computePanopticQuality, sq': [computePanopticQuality(found, real, { metricName: 'sq' }), [0.999999]],
  'computePanopticQuality, counts': [computePanopticQuality(found, real, { outputConfusionMatrix: true, matchIouThreshold: 0.2 }), [3, 0, 0, 2]],
  remapInstanceId: [remapInstanceId(found), [0, 1, 1, 0, 3, 3, 1, 0, 3, 3, 0, 2]],
  'remapInstanceId by size': [remapInstanceId(found, true), [0, 2, 2, 0, 1, 1, 2, 0, 1, 1, 0, 3]],
  computeMsSsim: [computeMsSsim(image(texture), image(blurred), { spatialDims: 2, kernelSize: 3, weights: [0.4, 0.6] }), [0.949365]],
  doMetricReduction: [doMetricReduction(floats([2, 2], [1, NaN, 3, 5]), 'mean_batch').value, [2, 5]],
}

describe("functions of a batch give MONAI 1.4's numbers", () => {
  for (const [title, [got, want]] of Object.entries(cases))
    test(title, () => {
      const values = typeof got === 'number' ? [got] : [...got.data]
      expect(values.length).toBe(want.length)
      want.forEach((value, i) => expect(Number(values[i]), `[${i}]`).toBeCloseTo(value, 4))
    })
})

test('probabilities count by their value, as in MONAI', () => {
  const sure = [0.2, 0.9, 0.5, 0]
  const [soft, hard] = [floats([1, 1, 4], sure), floats([1, 1, 4], [0, 1, 1, 0])]
  expect(computeIou(soft, hard).data[0]).toBeCloseTo(1.4 / (2 + 1.6 - 1.4), 6)
  expect(computeGeneralizedDice(soft, hard).data[0]).toBeCloseTo(2.8 / 3.6, 6)
})

test('the background goes, but for the only channel', () => {
  expect(ignoreBackground(p, y).map(({ shape }) => shape)).toEqual([
    [2, 2, 6, 5],
    [2, 2, 6, 5],
  ])
  expect(ignoreBackground(p, y)[1].data.slice(0, 30)).toEqual(y.data.slice(30, 60))
  expect(ignoreBackground(ramp, floats([1, 1, 2], [0, 1]))[1].shape).toEqual([1, 1, 2])
})

test('what does not fit is refused in a sentence', () => {
  expect(() => isBinaryTensor(ramp, 'y_pred')).toThrow(/^y_pred: holds 0.6363\d+; give 0 and 1 only$/)
  expect(() => computeConfusionMatrixMetric('f1', floats([3], [1, 2, 3]))).toThrow(
    /^computeConfusionMatrixMetric: \[3\] are no confusion matrices; give \[..., 4\]/,
  )
  expect(() => computePanopticQuality(found, ramp)).toThrow(
    /^computePanopticQuality: prediction \[3, 4\] and truth \[2, 3, 2, 5\] differ/,
  )
  expect(() => computePanopticQuality(found, real, { matchIouThreshold: 0 })).toThrow(
    /^computePanopticQuality.matchIouThreshold: 0 does not fit; give a number above 0, up to 1$/,
  )
  expect(() => computeFrechetDistance(mean(1, 2), mean(1, 2), mean(1, 2), mean(1, 2))).toThrow(
    /^computeFrechetDistance: mean \[2\] and covariance \[2\] do not fit; give \[features\] and \[features, features\]$/,
  )
  expect(() => computePercentHausdorffDistance(mask(p), mask(y), { percentile: 101 })).toThrow(
    /^computePercentHausdorffDistance.percentile: 101 does not fit; give a percentage from 0 to 100$/,
  )
})
