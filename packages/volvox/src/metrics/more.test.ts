import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floats, tensor, type Tensor } from '../core/tensor.ts'
import * as m from '../graph/math.ts'
import { LabelQualityScore, VarianceMetric } from './activeLearning.ts'
import { largestAssignment } from './assignment.ts'
import { Cumulative } from './cumulative.ts'
import { CumulativeAverage } from './cumulativeAverage.ts'
import { DiceMetric, MeanIoU } from './dice.ts'
import { DiceHelper } from './diceHelper.ts'
import { FIDMetric } from './frechet.ts'
import { computeFpTpProbsNd, computeFrocCurveData, computeFrocScore } from './froc.ts'
import { HausdorffDistanceMetric } from './hausdorff.ts'
import { LossMetric } from './lossMetric.ts'
import { MMDMetric } from './mmd.ts'
import { PanopticQualityMetric } from './panoptic.ts'
import { ROCAUCMetric, computeRocAuc } from './rocAuc.ts'
import { MultiScaleSSIMMetric, SSIMMetric } from './similarity.ts'
import { surfaceElements } from './surfaceArea.ts'
import { SurfaceDiceMetric } from './surfaceDice.ts'

const numbers = (n: number) => fc.array(fc.integer({ min: -20, max: 20 }), { minLength: n, maxLength: n })

test('the assignment is the best of all', () => {
  const permutations = (list: readonly number[]): number[][] =>
    list.length === 0 ? [[]] : list.flatMap((x, i) => permutations(list.toSpliced(i, 1)).map((rest) => [x, ...rest]))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 2 }), numbers(24), (rows, more, flat) => {
      const columns = rows + more
      const table = Array.from({ length: rows }, (_, r) => flat.slice(r * columns, (r + 1) * columns))
      const sum = (partners: readonly number[]) => table.reduce((total, row, r) => total + row[partners[r]], 0)
      const best = Math.max(...permutations(Array.from({ length: columns }, (_, c) => c)).map(sum))
      expect(sum(largestAssignment(table))).toBe(best)
      const turned = Array.from({ length: columns }, (_, c) => table.map((row) => row[c]))
      const found = largestAssignment(turned)
      expect(found.reduce((total, row, c) => (row < 0 ? total : total + turned[c][row]), 0)).toBe(best)
    }),
    { numRuns: 40 },
  )
})

test('the area under the curve is the share of pairs in order', () => {
  fc.assert(
    fc.property(numbers(9), fc.array(fc.nat(1), { minLength: 9, maxLength: 9 }), (scores, truths) => {
      const pairs = scores.flatMap((a, i) =>
        scores.flatMap((b, j) => (truths[i] > truths[j] ? [a > b ? 1 : a === b ? 0.5 : 0] : [])),
      )
      const [area] = computeRocAuc(floats([9], scores), floats([9], truths)).data
      if (pairs.length === 0) expect(area).toBeNaN()
      else expect(area).toBeCloseTo(pairs.reduce((a, b) => a + b, 0) / pairs.length, 6)
    }),
  )
})

test('areas of classes become one as asked, over all batches', () => {
  const auc = ROCAUCMetric()
  auc(floats([2, 2], [0.1, 0.9, 0.4, 0.2]), floats([2, 2], [0, 1, 1, 0]))
  auc([floats([2], [0.3, 0.1])], [floats([2], [0, 1])])
  expect(auc.getBuffer()?.[0].shape).toEqual([3, 2])
  expect([...auc.aggregate('none').value.data]).toEqual([1, 0.5])
  expect(auc.aggregate().value.data[0]).toBe(0.75)
  expect(auc.aggregate('weighted').value.data[0]).toBeCloseTo(2 / 3, 6)
  auc.reset()
  expect(() => auc.aggregate()).toThrow(
    /^ROCAUCMetric.aggregate: there is nothing to aggregate; call the metric with a batch first$/,
  )
})

test('two sets that are the same are at no distance', () => {
  const features = floats([5, 3], [1, 2, 3, 0, 1, 0, 4, 4, 1, 2, 0, 0, 1, 1, 5])
  const few = floats([2, 3], [1, 2, 3, 0, 1, 0])
  expect(FIDMetric()(features, features).data[0]).toBeCloseTo(0, 5)
  expect(FIDMetric()(few, few).data[0]).toBeCloseTo(0, 5)
  expect(FIDMetric()(few, floats([2, 3], [2, 3, 4, 1, 2, 1])).data[0]).toBeCloseTo(3, 5)
  const sign = MMDMetric({ yMapping: (x) => ({ ...x, data: (x.data as Float32Array).map(Math.sign) }) })
  expect(sign(floats([2, 1], [5, 3]), floats([2, 1], [1, 7])).data[0]).toBe(0)
})

test('an image is as similar to itself as can be, at every scale', () => {
  const image = floats(
    [1, 1, 24, 26],
    Float32Array.from({ length: 624 }, (_, i) => Math.sin(i * i)),
  )
  expect(SSIMMetric({ spatialDims: 2 })(image, image).data[0]).toBeCloseTo(1, 5)
  expect(
    MultiScaleSSIMMetric({ spatialDims: 2, kernelSize: 3, weights: [0.3, 0.7] })(image, image).data[0],
  ).toBeCloseTo(1, 5)
})

test('areas of surface elements are those of their parts', () => {
  const areas = surfaceElements([2, 3, 5])
  expect(areas[0b11110000]).toBe(15) // a face across the first axis
  expect(areas[0b11001100]).toBe(10)
  expect(areas[0b10101010]).toBe(6)
  expect([...surfaceElements([3, 4])].slice(0, 8)).toEqual([0, 2.5, 2.5, 4, 2.5, 3, 5, 2.5])
})

test('surfaces within the tolerance count', () => {
  const [a, b] = [new Float32Array(100), new Float32Array(100)]
  for (const i of [3, 4, 5]) for (const j of [3, 4, 5]) [a[10 * i + j], b[10 * i + j + 1]] = [1, 1]
  const batch = (data: Float32Array) => floats([1, 1, 10, 10], data)
  const score = (most: number, rest: object = {}) =>
    SurfaceDiceMetric({ classThresholds: [most], ...rest })(batch(a), batch(b), { spacing: 2 }).data[0]
  expect(score(2)).toBe(1)
  expect(score(1.9)).toBeCloseTo(0.5, 6) // the three of each that face the same way lie outside, and one of each side
  expect(score(2, { useSubvoxels: true })).toBe(1)
  expect(
    SurfaceDiceMetric({ classThresholds: [1] })(batch(new Float32Array(100)), batch(new Float32Array(100))).data[0],
  ).toBeNaN()
})

test('scores of classes have names where they are asked for', () => {
  const named = (options: object) => {
    const dice = DiceMetric({ numClasses: 3, reduction: 'mean_batch', includeBackground: false, ...options })
    dice(floats([1, 1, 4], [0, 1, 1, 2]), floats([1, 1, 4], [0, 1, 2, 2]))
    return dice.aggregate().byClass
  }
  expect(named({ returnWithLabel: true })).toEqual({ label_1: 0.6667, label_2: 0.6667 })
  expect(named({ returnWithLabel: ['organ'] })).toEqual({ organ: 0.6667 })
  expect(named({})).toBeUndefined()
})

test('objects match by their overlap', () => {
  const map = (...ids: number[]) => floats([1, 2, 1, 8], [...ids, ...ids.map((id) => Math.sign(id))])
  const quality = (matchIouThreshold: number) => {
    const metric = PanopticQualityMetric({
      numClasses: 1,
      metricName: ['pq', 'sq', 'recognition quality'],
      matchIouThreshold,
      smoothNumerator: 0,
    })
    metric(map(1, 1, 1, 0, 5, 5, 0, 9), map(2, 2, 0, 0, 7, 7, 7, 0))
    return metric.aggregateEach().map(({ value }) => value.data[0])
  }
  const two = 2 / 3
  expect(quality(0.5)[0]).toBeCloseTo((two + two) / 2.5, 6)
  expect(quality(0.3)[1]).toBeCloseTo(two, 6)
  expect(quality(0.9)[2]).toBe(0)
})

test('free-response curves of made-up detections', () => {
  const mask = tensor('int32', [2, 3], Int32Array.of(0, 1, 1, 0, 0, 2))
  const coords = tensor('int32', [4, 2], Int32Array.of(0, 1, 0, 2, 1, 0, 1, 1))
  const { fpProbs, tpProbs, numTargets } = computeFpTpProbsNd([0.9, 0.5, 0.6, 0.2], coords, mask)
  expect([fpProbs, tpProbs, numTargets]).toEqual([[0.6, 0.2], [0.9, 0], 2])
  const curve = computeFrocCurveData(fpProbs, tpProbs, numTargets, 1)
  expect(curve).toEqual({ fpsPerImage: [2, 1, 0, 0], totalSensitivity: [0.5, 0.5, 0.5, 0] })
  expect(computeFrocScore(curve)).toBe(0.5)
})

test('running averages leave out what is not finite', () => {
  const average = CumulativeAverage()
  expect(average.aggregate().data[0]).toBe(0)
  average.append([1, NaN], 2)
  average.append([4, 8], [1, 3])
  expect([...average.aggregate().data]).toEqual([2, 8])
  expect([...average.getCurrent().data]).toEqual([4, 8])
  average.reset()
  average.append(3)
  expect(average.aggregate().data[0]).toBe(3)
})

test('buffers hold items of batches side by side', () => {
  const kept = Cumulative()
  expect(kept.getBuffer()).toBeNull()
  kept.extend(floats([2, 3]), floats([2], [1, 2]))
  kept.append(floats([3]), floats([], [5]))
  expect(kept.length).toBe(3)
  expect(kept.getBuffer()?.map(({ shape }) => shape)).toEqual([[3, 3], [3]])
  expect(() => kept.append(floats([3]))).toThrow(/^Cumulative: got 1 batches where 2 are kept; give one for each$/)
  kept.reset()
  expect(kept.length).toBe(0)
})

test('a network output is judged by its largest channel, or by each channel', () => {
  const logits = floats([1, 2, 4], [1, -1, 2, 0, 0, 3, 1, 1])
  const truth = floats([1, 1, 4], [0, 1, 1, 1])
  expect(DiceHelper()(logits, truth).value.data[0]).toBeCloseTo(0.8, 6)
  const each = DiceHelper({ sigmoid: true, activate: true, reduction: 'none' })(
    logits,
    floats([1, 2, 4], [1, 0, 1, 1, 0, 1, 1, 0]),
  )
  expect([...each.value.data].map((x) => Math.round(x * 100))).toEqual([80, 80])
})

test('a loss is a metric of each item and channel', () => {
  const lossFn = { forward: (input: m.Operand, target?: m.Operand) => m.mean(m.abs(m.sub(input, target ?? 0)), [2]) }
  const metric = LossMetric({ lossFn, reduction: 'mean_batch' })
  expect([...metric(floats([1, 2, 2], [1, 2, 3, 5]), floats([1, 2, 2])).data]).toEqual([1.5, 4])
  metric(floats([1, 2, 2], [3, 2, 0, 0]), floats([1, 2, 2]))
  expect([...metric.aggregate().value.data]).toEqual([2, 2])
})

test('predictions that agree have no variance, and labels that fit no distance', () => {
  const same = floats([2, 1, 2, 2], [1, 2, 3, 4, 1, 2, 3, 4])
  expect(VarianceMetric()(same).data[0]).toBe(0)
  expect(VarianceMetric({ spatialMap: true })(same).shape).toEqual([2, 2])
  expect([...LabelQualityScore()(same, floats([2, 1, 2, 2])).data]).toEqual([10, 10])
  expect(LabelQualityScore({ scalarReduction: 'none' })(same, same).shape).toEqual([2, 1, 2, 2])
})

describe('what does not fit is refused in a sentence', () => {
  const of = (...shape: number[]): Tensor => floats(shape)
  const label = (...values: number[]) => floats([1, 1, values.length], values)
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['NaN in a mask', () => MeanIoU()(label(NaN, 1), label(1, 0)), /^MeanIoU: prediction holds NaN \(item 0, channel 0\); give 0 and 1, or class numbers$/],
    ['NaN in a truth', () => DiceMetric()(label(1, 1), label(NaN, 0)), /^computeDice: truth holds NaN \(item 0, channel 0\); give 0 and 1, or class numbers$/],
    ['NaN in a surface', () => HausdorffDistanceMetric({ includeBackground: true })(label(1, NaN), label(1, 1)), /^HausdorffDistanceMetric: prediction holds NaN \(item 0, channel 0\); give 0 and 1, or class numbers$/],
    ['labels beyond the classes', () => DiceMetric({ numClasses: 2 })(label(0, 1), label(0, 2)), /^computeDice: truth holds label 2 \(item 0\); 2 classes are numbered 0 to 1$/],
    ['channels that are not classes', () => DiceMetric({ numClasses: 3 })(of(1, 2, 4), of(1, 1, 4)), /^computeDice: prediction has 2 channels where 3 classes are scored; give 3 channels, or one of class numbers$/],
    ['too few thresholds', () => SurfaceDiceMetric({ classThresholds: [1] })(of(1, 3, 4, 4), of(1, 3, 4, 4)), /^SurfaceDiceMetric.classThresholds: has 1 values; 2 classes are scored$/],
    ['a line', () => SurfaceDiceMetric({ classThresholds: [1] })(of(1, 1, 4), of(1, 1, 4)), /^SurfaceDiceMetric: truth \[1, 1, 4\] does not fit; give one-hot \[batch, channel, ...\] with 2 or 3 spatial axes$/],
    ['images of other axes', () => SSIMMetric({ spatialDims: 3 })(of(1, 1, 20, 20), of(1, 1, 20, 20)), /^SSIMMetric: prediction \[1, 1, 20, 20\] and truth \[1, 1, 20, 20\] must agree and be \[batch, channel, ...\] with 3 spatial axes$/],
    ['images that are too small', () => SSIMMetric({ spatialDims: 2 })(of(1, 1, 8, 20), of(1, 1, 8, 20)), /^SSIMMetric: images \[1, 1, 8, 20\] are smaller than the window of 11 x 11; lower winSize$/],
    ['too many scales', () => MultiScaleSSIMMetric({ spatialDims: 2 })(of(1, 1, 64, 64), of(1, 1, 64, 64)), /^MultiScaleSSIMMetric: spatial axis 0 has 64 voxels; 5 weights and a kernel of 11 need more than 160$/],
    ['one image', () => FIDMetric()(of(1, 4), of(3, 4)), /^FIDMetric: there are features of 1 image; a covariance takes 2 or more$/],
    ['features of two kinds', () => FIDMetric()(of(3, 5), of(3, 4)), /^FIDMetric: features \[3, 5\] and \[3, 4\] do not go together; give two \[images, features\]$/],
    ['one sample', () => MMDMetric()(of(1, 4), of(3, 4)), /^MMDMetric: a set has shape \[1, 4\]; give at least 2 images$/],
    ['objects without classes', () => PanopticQualityMetric({ numClasses: 1 })(of(1, 1, 4, 4), of(1, 1, 4, 4)), /^PanopticQualityMetric: prediction \[1, 1, 4, 4\] and truth \[1, 1, 4, 4\] must agree and be \[batch, 2, h, w\]: numbers of objects, then classes$/],
    ['an unknown quality', () => PanopticQualityMetric({ numClasses: 1, metricName: 'qq' }), /^PanopticQualityMetric.metricName: "qq" is unknown; use pq, sq or rq$/],
    ['scores of three axes', () => computeRocAuc(of(2, 2, 2), of(2, 2, 2)), /^ROCAUCMetric: got a batch of shape \[2, 2, 2\]; give \[batch\] or \[batch, class\]$/],
    ['a map of repeats without image', () => VarianceMetric({ spatialMap: true })(of(2, 2, 4)), /^VarianceMetric: predictions \[2, 2, 4\] have no image; a map takes \[repeats, channel, ...\] with 2 or 3 spatial axes$/],
    ['detections outside', () => computeFpTpProbsNd([1], floats([1, 2], [0, 5]), of(2, 3)), /^computeFpTpProbsNd.coords: 5 lies outside of axis 1 of 3; give places in the mask$/],
    ['counts of another shape', () => CumulativeAverage().append([1, 2], [1, 2, 3]), /^CumulativeAverage.append: count \[3\] does not fit value \[2\]; give one number or that shape$/],
    ['something else for a loss', () => LossMetric({ lossFn: 'DiceLoss' as never }), /^LossMetric.lossFn: "DiceLoss" does not fit; give a loss, e.g. DiceLoss/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})
