import { describe, expect, test } from 'vitest'
import { floats } from '../core/tensor.ts'
import { input, program, state, type Value } from '../graph/ir.ts'
import { evaluate, interpreter } from '../graph/interpret/index.ts'
import { registry } from '../registry.ts'
import { Adam, AdamW } from './adam.ts'
import { clipGradients } from './clip.ts'
import { emaPrefix, emaScalars, emaUpdates } from './ema.ts'
import { initialMoments, type Optimizer, type UpdateOptions } from './optimizer.ts'
import { Novograd } from './novograd.ts'
import { ExponentialLR, LinearLR, WarmupCosineSchedule } from './rates.ts'
import type { RateSchedule } from './rateSchedule.ts'
import * as torchRates from './torchRates.ts'
import { constantSchedule, cosineSchedule, polySchedule, stepSchedule } from './schedules.ts'
import { SGD } from './sgd.ts'

// Parameters [w0..w3, b] after four steps of PyTorch 2.13 and MONAI 1.4 with the gradients and learning rates of `fourSteps`.
// prettier-ignore
const afterFourSteps: readonly (readonly [string, Optimizer, readonly number[]])[] = [
  ['SGD', SGD({ lr: 0.1 }), [0.44, -1.1099999, 1.78, -0.002, 0.1819445]],
  ['SGD, dampened', SGD({ lr: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.05 }), [0.4073882, -1.0325888, 1.6577895, -0.0028237, 0.219771]],
  ['SGD, Nesterov', SGD({ lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }), [0.3502497, -0.9001311, 1.4500126, -0.0049014, 0.2764798]],
  ['Adam', Adam({ lr: 0.1 }), [0.3442788, -1.0942787, 1.8442787, -0.1557211, 0.3212453]],
  ['Adam, decaying', Adam({ lr: 0.1, betas: [0.8, 0.95], eps: 1e-4, weightDecay: 0.1 }), [0.3422797, -1.0915879, 1.8413992, -0.1343637, 0.315825]],
  ['Adam, amsgrad', Adam({ lr: 0.1, betas: [0.9, 0.5], amsgrad: true }), [0.3500201, -1.1000201, 1.8500201, -0.1499798, 0.3128111]],
  ['AdamW', AdamW({ lr: 0.1 }), [0.3433737, -1.0918124, 1.840251, -0.1555852, 0.3208422]],
  ['Novograd', Novograd({ lr: 0.1 }), [0.4294802, -1.0854537, 1.7414273, -0.0023507, 0.3910654]],
  ['Novograd, decaying', Novograd({ lr: 0.1, betas: [0.8, 0.9], eps: 1e-3, weightDecay: 0.1 }), [0.4209181, -1.0626212, 1.7043242, -0.0020652, 0.3665605]],
  ['Novograd, averaging, amsgrad', Novograd({ lr: 0.1, betas: [0.9, 0.5], gradAveraging: true, amsgrad: true }), [0.4937777, -1.2354813, 1.9771849, -0.0002074, 0.1515211]],
  ['AdamW, decaying', AdamW({ lr: 0.1, weightDecay: 0.3, eps: 1e-3 }), [0.3181497, -1.0220056, 1.7260394, -0.1398184, 0.3087703]],
]

describe("PyTorch's numbers", () => {
  for (const [title, optimizer, want] of afterFourSteps)
    test(title, async () => {
      const got = await fourSteps(optimizer)
      want.forEach((value, i) => expect(Math.abs(got[i] - value), `[${i}]`).toBeLessThan(3e-7))
    })
})

test('a parameter without decay moves as if weightDecay were 0', async () => {
  const mixed = await fourSteps(AdamW({ lr: 0.1, weightDecay: 0.3 }), { decays: (name) => name === 'w' })
  const without = await fourSteps(AdamW({ lr: 0.1, weightDecay: 0 }))
  expect(mixed[4]).toBe(without[4])
  expect(Math.abs(mixed[0] - without[0])).toBeGreaterThan(0.01)
})

test('clipping by norm is that of clip_grad_norm_', () => {
  const grads = new Map([
    ['a', input('a', { dtype: 'float32', shape: [3] })],
    ['b', input('b', { dtype: 'float32', shape: [2] })],
  ])
  const feeds = { a: floats([3], [3, -4, 12]), b: floats([2], [0.5, -84]) }
  const tight = clipGradients(grads, { norm: 2.5 })
  const [a, b, norm] = evaluate([tight.grads.get('a')!, tight.grads.get('b')!, tight.norm], feeds)
  expect(norm.data[0]).toBeCloseTo(85.0014706, 6)
  ;[0.0882338, -0.117645, 0.3529351].forEach((want, i) => expect(a.data[i]).toBeCloseTo(want, 6))
  ;[0.0147056, -2.4705455].forEach((want, i) => expect(b.data[i]).toBeCloseTo(want, 6))
  const loose = clipGradients(grads, { norm: 100 })
  expect([...evaluate([loose.grads.get('b')!], feeds)[0].data]).toEqual([0.5, -84])
  const each = clipGradients(grads, { value: 3.5 })
  expect([...evaluate([each.grads.get('a')!], feeds)[0].data]).toEqual([3, -3.5, 3.5])
  expect(() => clipGradients(grads, { norm: 0 })).toThrow(/^clip: 0 does not fit; give a number above 0$/)
})

test('an average keeps its share, less in early steps', () => {
  const next = state('w', { dtype: 'float32', shape: [2] })
  const update = emaUpdates(new Map([['w', next]])).get(`${emaPrefix}w`)!
  const value = (step: number) =>
    evaluate([update], {
      w: floats([2], [10, 20]),
      'ema.w': floats([2], [0, 10]),
      ...emaScalars(step, { decay: 0.75 }),
    })[0].data
  expect(value(1)[0]).toBeCloseTo(10 * (1 - 2 / 11), 5) // (1 + 1) / (10 + 1)
  expect([...value(1000)]).toEqual([2.5, 12.5])
  expect(() => emaScalars(1, { decay: 1 })).toThrow(/^ema.decay: 1 does not fit/)
})

test('schedules follow the budget', () => {
  expect(constantSchedule()(0.7)).toBe(1)
  expect(polySchedule()(0.5)).toBeCloseTo(0.5 ** 0.9, 12)
  expect(polySchedule({ power: 2 })(1.5)).toBe(0)
  const cosine = cosineSchedule({ warmup: 0.1, start: 0.5, end: 0.05 })
  expect([cosine(0), cosine(0.05), cosine(0.1)]).toEqual([0.5, 0.75, 1])
  expect(cosine(0.55)).toBeCloseTo(0.05 + 0.95 / 2, 12)
  expect(cosine(1)).toBeCloseTo(0.05, 12)
  const steps = stepSchedule({ milestones: [0.5, 0.75], gamma: 0.5 })
  expect([steps(0.4), steps(0.5), steps(0.9)]).toEqual([1, 0.5, 0.25])
  expect(() => cosineSchedule({ warmup: 1 })).toThrow(/^cosineSchedule.warmup: 1 does not fit; give a share/)
})

test("rates step by step are MONAI's", () => {
  // prettier-ignore
  const cases: readonly (readonly [RateSchedule, readonly number[]])[] = [
    [LinearLR({ endLr: 2, numIter: 5 }), [0.2, 0.65, 1.1, 1.55, 2]],
    [ExponentialLR({ endLr: 2e-3, numIter: 5 }), [0.2, 0.063245553, 0.02, 0.006324555, 0.002]],
    [WarmupCosineSchedule({ warmupSteps: 3, tTotal: 8 }), [0, 0.066666667, 0.133333333, 0.2, 0.180901699, 0.130901699, 0.069098301, 0.019098301]],
    [WarmupCosineSchedule({ warmupSteps: 2, tTotal: 7, endLr: 0.05, cycles: 1, warmupMultiplier: 0.3 }), [0.06, 0.13, 0.2, 0.130901699, 0.05, 0.05, 0.130901699, 0.2]],
    [WarmupCosineSchedule({ warmupSteps: 9, tTotal: 3, warmupMultiplier: 0.5 }), [0.1, 0.133333333, 0.166666667, 0.2]],
    [WarmupCosineSchedule({ warmupSteps: -2, tTotal: 3 }), [0.2, 0.15, 0.05, 0]],
  ]
  for (const [rate, want] of cases) want.forEach((lr, step) => expect(rate(step, 0.2)).toBeCloseTo(lr, 8))
})

test("rates step by step are PyTorch's", () => {
  const { CosineAnnealingLR, CosineAnnealingWarmRestarts, PolynomialLR } = torchRates
  // prettier-ignore
  const cases: readonly (readonly [RateSchedule, readonly number[]])[] = [
    [torchRates.StepLR({ stepSize: 2, gamma: 0.5 }), [0.2, 0.2, 0.1, 0.1, 0.05, 0.05]],
    [torchRates.MultiStepLR({ milestones: [1, 3, 3], gamma: 0.5 }), [0.2, 0.1, 0.1, 0.025, 0.025]],
    [torchRates.ConstantLR({ factor: 0.5, totalIters: 2 }), [0.1, 0.1, 0.2, 0.2]],
    [torchRates.LinearLR({ startFactor: 0.25, endFactor: 0.75, totalIters: 3 }), [0.05, 0.083333333, 0.116666667, 0.15, 0.15]],
    [torchRates.LinearLR(), [0.066666667, 0.093333333, 0.12, 0.146666667, 0.173333333, 0.2, 0.2]],
    [torchRates.ExponentialLR({ gamma: 0.9 }), [0.2, 0.18, 0.162, 0.1458]],
    [CosineAnnealingLR({ tMax: 3, etaMin: 0.05 }), [0.2, 0.1625, 0.0875, 0.05, 0.0875, 0.1625, 0.2, 0.1625]],
    [CosineAnnealingWarmRestarts({ t0: 2, tMult: 2, etaMin: 0.02 }), [0.2, 0.11, 0.2, 0.17363961, 0.11, 0.04636039, 0.2, 0.193149158]],
    [CosineAnnealingWarmRestarts({ t0: 3 }), [0.2, 0.15, 0.05, 0.2, 0.15]],
    [PolynomialLR({ totalIters: 4, power: 2 }), [0.2, 0.1125, 0.05, 0.0125, 0, 0]],
  ]
  for (const [rate, want] of cases) want.forEach((lr, step) => expect(rate(step, 0.2)).toBeCloseTo(lr, 8))
})

test("a bare name is MONAI's, a path PyTorch's", () => {
  const make = (config: object) => registry().create(config as Record<string, unknown>) as RateSchedule
  expect(make({ _target_: 'ExponentialLR', end_lr: 0.002, num_iter: 5 })(4, 0.2)).toBeCloseTo(0.002, 9)
  expect(make({ _target_: 'torch.optim.lr_scheduler.ExponentialLR', gamma: 0.5 })(1, 0.2)).toBe(0.1)
  expect(make({ _target_: 'torch.optim.lr_scheduler.CosineAnnealingLR', T_max: 2, eta_min: 0.1 })(2, 0.2)).toBe(0.1)
})

test('wrong options are refused in a sentence', () => {
  expect(() => LinearLR({ endLr: 1, numIter: 1 })).toThrow(
    /^LinearLR.numIter: 1 does not fit; give a whole number above 1$/,
  )
  expect(() => WarmupCosineSchedule({ warmupSteps: 1, tTotal: 2, warmupMultiplier: 2 })).toThrow(
    /^WarmupCosineSchedule.warmupMultiplier: 2 does not fit; give a probability from 0 to 1$/,
  )
  expect(() => ExponentialLR({ endLr: 1, numIter: 3 })(-1, 0.1)).toThrow(
    /^ExponentialLR.step: -1 does not fit; give 0 for the first step, or more$/,
  )
  expect(() => SGD({ lr: 0.1, nesterov: true })).toThrow(
    /^SGD.nesterov: needs momentum and no dampening, which are 0 and 0; set momentum above 0 and dampening 0$/,
  )
  expect(() => Adam({ betas: [0.9, 1] })).toThrow(/^Adam.betas: \[0.9, 1\] does not fit; give a pair of numbers/)
  expect(() => AdamW({ lr: -1 })).toThrow(/^AdamW.lr: -1 does not fit; give a number of 0 or more$/)
  expect(() => Adam().update(new Map([['w', state('w', { dtype: 'float32', shape: [1] })]]), new Map())).toThrow(
    /^Adam: parameter "w" has no gradient/,
  )
})

/** w and b after four steps, at learning rates 0.1, 0.1/2, 0.1/3, 0.1/4. */
async function fourSteps(optimizer: Optimizer, options?: UpdateOptions): Promise<number[]> {
  const type = (n: number) => ({ dtype: 'float32', shape: [n] }) as const
  const params = new Map(Object.entries({ w: state('w', type(4)), b: state('b', type(1)) }))
  const grads = new Map<string, Value>(Object.entries({ w: input('gw', type(4)), b: input('gb', type(1)) }))
  const step = program('step', {}, optimizer.update(params, grads, options))
  const initial = { w: floats([4], [0.5, -1.25, 2, 0]), b: floats([1], [0.125]), ...initialMoments(step.states) }
  const session = await interpreter.open([step], initial)
  const names = new Set(step.inputs.map((value) => value.node.attrs.name))
  for (let s = 0; s < 4; s++) {
    const sign = s === 2 ? -1 : 1
    const gw = floats(
      [4],
      [0.3, -0.7, 1.1, 0.01].map((g) => g * (1 + s) * sign),
    )
    const scalars = Object.entries(optimizer.scalars(s + 1, 0.1 / (1 + s))).filter(([name]) => names.has(name))
    await session.run('step', { gw, gb: floats([1], [-0.4 / (1 + s)]), ...Object.fromEntries(scalars) })
  }
  const { w, b } = await session.read(['w', 'b'])
  await session.dispose()
  return [...w.data, ...b.data].map(Number)
}
