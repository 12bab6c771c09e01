import { describe, expect, test } from 'vitest'
import { VolvoxError } from '../core/errors.ts'
import { floats, sizeOf, type Tensor } from '../core/tensor.ts'
import { MSELoss } from '../losses/regression.ts'
import { metricComponents } from './components.ts'

/** What metrics cannot do without. */
const needed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  LossMetric: { lossFn: MSELoss() },
  MetricsReloadedBinary: { metricName: 'Dice Score' },
  MetricsReloadedCategorical: { metricName: 'Weighted Cohens Kappa' },
  MultiScaleSSIMMetric: { spatialDims: 2, kernelSize: 3, weights: [0.5, 0.5] },
  PSNRMetric: { maxVal: 1 },
  PanopticQualityMetric: { numClasses: 2 },
  SSIMMetric: { spatialDims: 2, winSize: 3 },
  SurfaceDiceMetric: { classThresholds: [1] },
}

type Call = (yPred: Tensor, y?: Tensor) => unknown

const ones = (...shape: number[]): Tensor => floats(shape, new Float32Array(sizeOf(shape)).fill(1))
const batch = ones(2, 2, 8, 8)

const metrics = [...new Set(Object.values(metricComponents))]
  .map((component) => ({
    name: component.componentName,
    schema: component.schema,
    make: (options: object) =>
      (component as (options: object) => unknown)({ ...needed[component.componentName], ...options }) as Call,
  }))
  .filter(({ name, schema }) => 'reduction' in schema && name !== 'DiceHelper')

/** Whose values are compared, or counted, as they are. */
const ofValues = new Set(['MAEMetric', 'MSEMetric', 'RMSEMetric', 'PSNRMetric', 'SSIMMetric', 'MultiScaleSSIMMetric'])
const others = new Set(['LossMetric', 'PanopticQualityMetric', 'MetricsReloadedBinary', 'MetricsReloadedCategorical'])

describe('a truth of another shape', () => {
  for (const { name, make } of metrics)
    test(name, () => {
      for (const shape of [
        [2, 2, 8, 7],
        [1, 2, 8, 8],
        [2, 3, 8, 8],
        [2, 2, 8, 8, 2],
      ])
        // prettier-ignore
        expectSentence(name, () => make({})(batch, ones(...shape)))
    })
})

describe('a batch of nothing', () => {
  for (const { name, make } of metrics)
    test(name, () => {
      // prettier-ignore
      for (const nothing of [ones(0, 2, 8, 8), ones(2, 2, 0, 8)]) expectSentence(name, () => make({})(nothing, nothing))
    })
})

describe('NaN in a prediction', () => {
  for (const { name, make } of metrics.filter(({ name }) => !ofValues.has(name) && !others.has(name)))
    test(name, () => {
      const broken = floats(batch.shape, Float32Array.from(batch.data as Float32Array).fill(NaN, 70, 71))
      expect(() => make({})(broken, batch)).toThrow(
        /^\w+: prediction holds NaN \(item 0, channel 1\); give 0 and 1, or class numbers$/,
      )
    })
})

describe('an unknown reduction', () => {
  for (const { name, make } of metrics)
    test(name, () =>
      expect(() => make({ reduction: 'median' })).toThrow(
        new RegExp(`^${name}.reduction: "median" does not fit; give one of`),
      ),
    )
})

describe('an option that is not there', () => {
  for (const { name, make } of metrics)
    test(name, () => expect(() => make({ sigmoidal: true })).toThrow(new RegExp(`^${name}.sigmoidal: no such option`)))
})

/** One sentence that begins with the metric and holds no line break. */
function expectSentence(name: string, attempt: () => unknown): void {
  let thrown: unknown = null
  try {
    attempt()
  } catch (error) {
    thrown = error
  }
  expect(thrown, name).toBeInstanceOf(VolvoxError)
  expect((thrown as VolvoxError).message).toMatch(/^\w+(\.\w+)?: [^\n]+$/)
}
