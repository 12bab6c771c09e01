import { describe, expect, test } from 'vitest'
import { VolvoxError } from '../core/errors.ts'
import { input, type Value } from '../graph/ir.ts'
import type { AdversarialLoss } from './adversarial.ts'
import { lossComponents, pathologyLossComponents, torchLossComponents } from './components.ts'
import { MSELoss } from './regression.ts'
import type { Loss } from './loss.ts'

/** What losses cannot do without. */
const needed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  DeepSupervisionLoss: { loss: MSELoss() },
  GeneralizedWassersteinDiceLoss: { distMatrix: [[0, 1, 1], [1, 0, 1], [1, 1, 0]] }, // prettier-ignore
  JukeboxLoss: { spatialDims: 2 },
  LocalNormalizedCrossCorrelationLoss: { spatialDims: 2 },
  MaskedLoss: { loss: MSELoss() },
  MultiScaleLoss: { loss: MSELoss() },
  NACLLoss: { classes: 3, dim: 2 },
  SSIMLoss: { spatialDims: 2, winSize: 3 },
}

const value = (...shape: number[]): Value => input('v', { dtype: 'float32', shape })
const image = value(2, 3, 6, 5)
/** Whose predictions are no `[2, 3, 6, 5]`. */
const predictions: Readonly<Record<string, Value>> = {
  AsymmetricUnifiedFocalLoss: value(2, 2, 6, 5),
  BarlowTwinsLoss: value(4, 6),
  BoxGIoULoss: value(3, 4),
  ContrastiveLoss: value(4, 6),
}

const all = { ...lossComponents, ...pathologyLossComponents, ...torchLossComponents }
const losses = [...new Set(Object.values(all))]
  .map((component) => ({
    name: component.componentName,
    schema: component.schema,
    make: (options: object) =>
      (component as (options: object) => unknown)({ ...needed[component.componentName], ...options }),
  }))
  // Of an operator, and of features of networks with weights.
  .filter(({ name }) => name !== 'SURELoss' && name !== 'PerceptualLoss')

describe('a target of another shape', () => {
  // Which look at no target, resize it, or take several predictions.
  const other = ['BendingEnergyLoss', 'DiffusionLoss', 'PatchAdversarialLoss', 'DeepSupervisionLoss', 'HoVerNetLoss']
  for (const { name, make } of losses.filter(({ name }) => !other.includes(name)))
    test(name, () => {
      const prediction = predictions[name] ?? image
      const loss = make({}) as Loss
      for (const shape of [
        prediction.shape.with(prediction.shape.length - 1, 9),
        [7, ...prediction.shape.slice(1)],
        [...prediction.shape, 2],
      ])
        expectSentence(() => loss.forward(prediction, value(...shape)))
    })
})

describe('no target at all', () => {
  const alone = new Set(['BendingEnergyLoss', 'DiffusionLoss', 'PatchAdversarialLoss'])
  for (const { name, make } of losses.filter(({ name }) => !alone.has(name)))
    test(name, () =>
      expect(() => (make({}) as Loss).forward(image)).toThrow(new RegExp(`^${name}: has no target to compare`)),
    )
})

describe('a prediction of another rank', () => {
  for (const name of ['BendingEnergyLoss', 'DiffusionLoss'])
    test(name, () => {
      const { make } = losses.find((known) => known.name === name)!
      for (const shape of [
        [2, 3],
        [2, 2, 6],
        [2, 2, 2, 6],
      ])
        expectSentence(() => (make({}) as Loss).forward(value(...shape)))
    })
})

describe('an unknown reduction', () => {
  for (const { name, schema, make } of losses.filter(({ schema }) => 'reduction' in schema))
    test(name, () => {
      expect(schema).toHaveProperty('reduction')
      expect(() => make({ reduction: 'median' })).toThrow(
        new RegExp(`^${name}.reduction: "median" does not fit; give one of "mean", "sum"`),
      )
    })
})

describe('an option that is not there', () => {
  for (const { name, make } of losses)
    test(name, () => expect(() => make({ sigmoidal: true })).toThrow(new RegExp(`^${name}.sigmoidal: no such option`)))
})

test('judgements of a discriminator cannot be of nothing', () => {
  const { make } = losses.find(({ name }) => name === 'PatchAdversarialLoss')!
  expectSentence(() => (make({}) as AdversarialLoss).forward([], true, true))
})

/** One sentence that begins with what is wrong and holds no line break. */
function expectSentence(attempt: () => unknown): void {
  let thrown: unknown = null
  try {
    attempt()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(VolvoxError)
  expect((thrown as VolvoxError).message).toMatch(/^[A-Z]\w+(\.\w+)?: [^\n]+[;:] [^\n]+$/)
}
