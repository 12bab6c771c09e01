import { describe, expect, test } from 'vitest'
import { floats, tensor } from '../core/tensor.ts'
import { LesionFROC } from './lesionFroc.ts'
import { MetricsReloadedBinary, MetricsReloadedCategorical } from './reloaded.ts'

/** What MONAI's own tests expect of the package for these two masks, to one in 10^5. */
const binary: Readonly<Record<string, number>> = {
  'False Positives': 0,
  'False Negatives': 1,
  'True Positives': 2,
  'True Negatives': 1,
  'Youden Index': 0.666654,
  Sensitivity: 0.666664,
  Specificity: 0.99999,
  'Balanced Accuracy': 0.833327,
  Accuracy: 0.75,
  'False Positive Rate': 0,
  'Normalised Expected Cost': 0.333333,
  'Matthews Correlation Coefficient': 0.57735,
  'Cohens Kappa': 0.5,
  'Positive Likelihood Ratio': 66576.03,
  'Prediction Overlaps Reference': 1,
  'Positive Predictive Value': 0.999995,
  Recall: 0.666664,
  FBeta: 0.799992,
  'Net Benefit Treated': 0.5,
  'Negative Predictive Values': 0.5,
  'Dice Score': 0.799992,
  'False Positives Per Image': 0,
  'Intersection Over Reference': 0.666664,
  'Intersection Over Union': 0.666664,
  'Volume Difference': 0.333333,
  'Topology Precision': 1,
  'Topology Sensitivity': 1,
  'Centreline Dice Score': 1,
  'Boundary IoU': 0.666667,
  'Normalised Surface Distance': 1,
  'Average Symmetric Surface Distance': 0.2,
  'Mean Average Surfance Distance': 0.166666,
  'Hausdorff Distance': 1,
  'xTh Percentile Hausdorff Distance': 0.9,
}

describe('binary measures', () => {
  for (const [metricName, want] of Object.entries(binary))
    test(metricName, () => {
      const metric = MetricsReloadedBinary({ metricName })
      const [got] = metric(floats([1, 1, 2, 2], [1, 0, 0, 1]), floats([1, 1, 2, 2], [1, 0, 1, 1])).data
      expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-5 * want)
    })
})

const categorical: Readonly<Record<string, number>> = {
  'Balanced Accuracy': 0.5,
  'Weighted Cohens Kappa': 0.272727,
  'Matthews Correlation Coefficient': 0.387298,
  'Expected Cost': 0.5,
  'Normalised Expected Cost': 0.75,
}

describe('measures of classes', () => {
  for (const [metricName, want] of Object.entries(categorical))
    test(metricName, () => {
      const metric = MetricsReloadedCategorical({ metricName })
      const prediction = floats([1, 3, 2, 2], [0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0])
      const truth = floats([1, 3, 2, 2], [1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0])
      const [got] = metric(prediction, truth).data
      expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-5 * want)
    })
})

test('an unknown measure is named, and what it may have been', () => {
  const masks = floats([1, 1, 2, 2])
  expect(() => MetricsReloadedBinary({ metricName: 'Hausdorf Distance' })(masks, masks)).toThrow(
    /^MetricsReloadedBinary.metricName: "Hausdorf Distance" is unknown; did you mean "Hausdorff Distance"\?$/,
  )
  expect(() => MetricsReloadedBinary({ metricName: 'Accuracy' })(floats([1, 2, 2, 2]), floats([1, 2, 2, 2]))).toThrow(
    /must have one channel; use MetricsReloadedCategorical for several$/,
  )
})

describe('tumours of slides', () => {
  const [height, width] = [101, 800]
  /** A slide with the first `tumours` of six tumours, found with 0.8, and false detections of 0.6 and less. */
  const slide = (tumours: number, hits: number, misses: number, size = 3) => {
    const [mask, probs] = [new Uint8Array(height * width), new Float32Array(height * width)]
    const at = (n: number) => 50 * width + Math.floor((n * width) / 7)
    for (let n = 1; n <= tumours; n++)
      for (let y = -size; y < size; y++) for (let x = -size; x < size; x++) mask[at(n) + y * width + x] = 1
    for (let n = 1; n <= hits; n++) probs[at(n)] = 0.8
    for (let n = 0; n < misses; n++) probs[at(5 + n)] = 0.6 - 0.2 * n
    const [shape, level, pixelSpacing] = [[height, width], 0, 1]
    return { probMap: tensor('float32', shape, probs), tumorMask: tensor('uint8', shape, mask), level, pixelSpacing }
  }
  const score = (...data: ReturnType<typeof slide>[]) =>
    LesionFROC({ data, growDistance: 2, itcDiameter: 0 }).evaluate()

  test('found tumours count, at thresholds that let false ones through', () => {
    expect(score(slide(0, 0, 0))).toBeNaN()
    expect(score(slide(1, 0, 0))).toBe(0)
    expect(score(slide(1, 1, 1))).toBe(1)
    expect(score(slide(2, 1, 1))).toBeCloseTo(0.5, 12)
    expect(score(slide(2, 1, 1), slide(2, 2, 1))).toBeCloseTo(0.75, 12)
  })

  test('isolated cells are no targets', () => {
    const froc = LesionFROC({ data: [slide(2, 2, 0)], growDistance: 2, itcDiameter: 100 })
    expect(froc.computeFpTp()).toMatchObject({ numTargets: 0, fpProbs: [] })
  })

  test('files are refused, since slides are not read here', () => {
    const data = [{ prob_map: 'a.npy', tumor_mask: 'a.tif', level: 0, pixel_spacing: 1 }] as never
    expect(() => LesionFROC({ data })).toThrow(
      /^LesionFROC.data: .* does not fit; give a list of \{ probMap, tumorMask, level, pixelSpacing \}, the maps as tensors$/,
    )
  })
})
