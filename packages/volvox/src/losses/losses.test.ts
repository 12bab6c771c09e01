import { describe, expect, test } from 'vitest'
import { floats, sizeOf, tensor, type Tensor } from '../core/tensor.ts'
import { gradients } from '../graph/autodiff.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { constant, input, type GraphDType, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { RandomState } from '../rng/index.ts'
import { BCELoss } from './classification.ts'
import { ContrastiveLoss } from './contrastive.ts'
import { DeepSupervisionLoss } from './deepSupervision.ts'
import { DiceLoss, MaskedDiceLoss } from './dice.ts'
import { DiceCELoss } from './diceCE.ts'
import { DiceFocalLoss, GeneralizedDiceFocalLoss } from './diceFocal.ts'
import { FocalLoss } from './focal.ts'
import { GeneralizedDiceLoss } from './generalizedDice.ts'
import type { Loss } from './loss.ts'
import { TverskyLoss } from './tversky.ts'

const spatial = [3, 2, 2]
const x = input('x', { dtype: 'float64', shape: [2, 3, ...spatial] })
const labels = input('y', { dtype: 'int32', shape: [2, 1, ...spatial] })
const softmax = { softmax: true, toOnehotY: true }

/** Scalar losses of logits `[2, 3, 3, 2, 2]` and class numbers, each with the options that take another path. */
const cases: Readonly<Record<string, Loss>> = {
  Dice: DiceLoss(softmax),
  'Dice by class weight, squared, without background': DiceLoss({
    ...softmax,
    weight: [0.5, 2],
    squaredPred: true,
    includeBackground: false,
  }),
  'Dice of soft labels': DiceLoss({ sigmoid: true, toOnehotY: true, softLabel: true, jaccard: true }),
  DiceCE: DiceCELoss({ ...softmax, weight: [0.2, 1, 2], labelSmoothing: 0.1, lambdaCe: 0.5 }),
  'DiceCE, summed over the batch': DiceCELoss({ ...softmax, batch: true, reduction: 'sum', weight: [0.2, 1, 2] }),
  'Focal by sigmoid': FocalLoss({ toOnehotY: true, alpha: 0.3, gamma: 1.5 }),
  'Focal by softmax': FocalLoss({ toOnehotY: true, useSoftmax: true, gamma: 2.5, reduction: 'sum' }),
  DiceFocal: DiceFocalLoss({ ...softmax, lambdaFocal: 3 }),
  GeneralizedDice: GeneralizedDiceLoss({ ...softmax, batch: true }),
  'GeneralizedDice by simple weights': GeneralizedDiceLoss({ ...softmax, wType: 'simple' }),
  GeneralizedDiceFocal: GeneralizedDiceFocalLoss({ ...softmax, wType: 'uniform' }),
  Tversky: TverskyLoss({ ...softmax, alpha: 0.3, beta: 0.7 }),
}

describe('gradients are those of finite differences', () => {
  for (const [title, loss] of Object.entries(cases))
    test(title, () => {
      const rng = new RandomState(7)
      const feeds = {
        x: doubles(x.shape, rng.randn(sizeOf(x.shape))),
        y: integers(labels.shape, rng.randint(0, 3, 24)),
      }
      const value = loss.forward(x, labels)
      const [grad] = evaluate(gradients(value, [x]), feeds)
      const at = (data: Float64Array) => evaluate([value], { ...feeds, x: doubles(x.shape, data) })[0].data[0]
      const step = 1e-5
      for (let i = 0; i < feeds.x.data.length; i += 5) {
        const moved = (by: number) => at(feeds.x.data.with(i, feeds.x.data[i] + by))
        expect(Math.abs((moved(step) - moved(-step)) / (2 * step) - grad.data[i]), `[${i}]`).toBeLessThan(1e-8)
      }
    })
})

test('a perfect prediction costs nothing, its opposite nearly everything', () => {
  const y = input('y', { dtype: 'float32', shape: [1, 2, 4] })
  const value = (target: Tensor, prediction: Tensor) => {
    const p = input('p', { dtype: 'float32', shape: [1, 2, 4] })
    return evaluate([DiceLoss().forward(p, y)], { p: prediction, y: target })[0].data[0]
  }
  const truth = floats([1, 2, 4], [1, 1, 0, 0, 0, 0, 1, 1])
  expect(value(truth, truth)).toBe(0)
  expect(value(truth, floats([1, 2, 4], [0, 0, 1, 1, 1, 1, 0, 0]))).toBeCloseTo(1, 5)
})

test('softmax of a single channel has no effect, as in MONAI', () => {
  const one = floats([1, 1, 4], [0.2, 0.7, 0.1, 0.9])
  const p = input('p', { dtype: 'float32', shape: one.shape })
  const [ignored, bare] = evaluate([DiceLoss({ softmax: true }).forward(p, p), DiceLoss().forward(p, p)], { p: one })
  expect(ignored.data[0]).toBe(bare.data[0])
})

test("options without a golden give MONAI 1.5's numbers", () => {
  const logits = floats([1, 2, 4], [0.2, -1, 0.7, 2, 0.1, 0.4, -0.3, 1.5])
  const soft = floats([1, 2, 4], [0.1, 0.9, 0.5, 1, 0.3, 0, 0.8, 0.25])
  const hard = floats([1, 1, 4], [0, 1, 0, 1])
  const value = (loss: Loss, given: Tensor, truth: Tensor) => {
    const [p, y] = [
      input('p', { dtype: 'float32', shape: given.shape }),
      input('y', { dtype: 'float32', shape: truth.shape }),
    ]
    return evaluate([loss.forward(p, y)], { p: given, y: truth })[0].data[0]
  }
  const softLabel = { sigmoid: true, softLabel: true }
  expect(value(DiceLoss(softLabel), logits, soft)).toBeCloseTo(0.378072, 6)
  expect(value(DiceLoss({ ...softLabel, squaredPred: true, jaccard: true }), logits, soft)).toBeCloseTo(0.4260617, 6)
  expect(value(GeneralizedDiceLoss(softLabel), logits, soft)).toBeCloseTo(0.42145, 6)
  expect(value(TverskyLoss({ ...softLabel, alpha: 0.3, beta: 0.7 }), logits, soft)).toBeCloseTo(0.3496844, 6)
  const weight = [0.3, 2]
  expect(value(DiceCELoss({ softmax: true, labelSmoothing: 0.2, weight }), logits, soft)).toBeCloseTo(1.7156382, 6)
  expect(value(DiceCELoss({ softmax: true, reduction: 'sum' }), logits, soft)).toBeCloseTo(4.8622646, 6)
  expect(value(DiceCELoss({ ...softmax, labelSmoothing: 0.2, weight }), logits, hard)).toBeCloseTo(1.0829692, 6)
  const one = floats([1, 1, 4], [0.2, -1, 0.7, 2])
  expect(value(DiceCELoss({ sigmoid: true, weight: [3] }), one, hard)).toBeCloseTo(2.0290065, 6)
})

test('unreduced losses keep samples and classes', () => {
  expect(DiceLoss({ ...softmax, reduction: 'none' }).forward(x, labels).shape).toEqual([2, 3, 1, 1, 1])
  expect(DiceLoss({ ...softmax, reduction: 'none', batch: true }).forward(x, labels).shape).toEqual([3, 1, 1, 1])
  expect(TverskyLoss({ ...softmax, reduction: 'none' }).forward(x, labels).shape).toEqual([2, 3])
})

test('slopes stay finite at the ends of a logarithm and at vectors of length 0', () => {
  const p = input('p', { dtype: 'float32', shape: [2, 2] })
  const [ends, target] = [floats([2, 2], [0, 1, 1, 0]), constant(floats([2, 2], [1, 1, 0, 0]))]
  const [slopes] = evaluate(gradients(BCELoss({ reduction: 'sum' }).forward(p, target), [p]), { p: ends })
  ;[-1e12, -1, 1e12, 1].forEach((want, i) => expect(slopes.data[i] / want).toBeCloseTo(1, 3))
  const [turns] = evaluate(gradients(ContrastiveLoss().forward(p, target), [p]), { p: floats([2, 2], [0, 0, 1, 2]) })
  expect([...turns.data].every(Number.isFinite)).toBe(true)
})

test('a scalar tensor is one weight for all; without voxels, the sum of FocalLoss is the mean of all, as in MONAI', () => {
  const weight = floats([], [0.5])
  expect(DiceLoss({ weight }).options.weight).toBe(0.5)
  const [logits, truth] = [floats([2, 2], [1, -1, 2, 0.5]), constant(floats([2, 2], [1, 0, 0, 1]))]
  const value = (loss: Loss) => {
    const p = input('p', { dtype: 'float32', shape: [2, 2] })
    return evaluate([loss.forward(p, truth)], { p: logits })[0].data[0]
  }
  expect(value(FocalLoss({ reduction: 'sum' }))).toBe(value(FocalLoss()))
})

test('a DynUNet stack counts like the list of its levels', () => {
  const rng = new RandomState(3)
  const stack = input('stack', { dtype: 'float64', shape: [1, 2, 3, ...spatial] })
  const y = input('y', { dtype: 'int32', shape: [1, 1, ...spatial] })
  const loss = DeepSupervisionLoss({ loss: DiceCELoss(softmax) })
  const level = (i: number) => m.reshape(m.narrow(stack, 1, i, 1), [1, 3, ...spatial])
  const feeds = {
    stack: doubles(stack.shape, rng.randn(sizeOf(stack.shape))),
    y: integers(y.shape, rng.randint(0, 3, 12)),
  }
  const [stacked, listed] = evaluate([loss.forward(stack, y), loss.forward([level(0), level(1)], y)], feeds)
  expect(stacked.data[0]).toBe(listed.data[0])
})

test('a mask may be shared by the samples', () => {
  const rng = new RandomState(5)
  const mask = input('mask', { dtype: 'float64', shape: [1, 1, ...spatial] })
  const loss = MaskedDiceLoss({ sigmoid: true, toOnehotY: true })
  const feeds = {
    x: doubles(x.shape, rng.randn(sizeOf(x.shape))),
    y: integers(labels.shape, rng.randint(0, 3, 24)),
    mask: doubles(mask.shape, new Float64Array(12).fill(1)),
  }
  const [masked, plain] = evaluate([loss.forward(x, labels, mask), loss.forward(x, labels)], feeds)
  expect(masked.data[0]).toBe(plain.data[0])
})

test('fractions of class numbers are dropped, as in MONAI', () => {
  const of = (name: string, channels: number) => input(name, { dtype: 'float32', shape: [1, channels, 4] })
  const [logits, y, mask] = [of('p', 3), of('y', 1), of('mask', 1)]
  const feeds = {
    p: floats([1, 3, 4], [0.2, -1, 0.7, 2, 0.1, 0.4, -0.3, 1.5, 1, 0, -2, 0.5]),
    mask: floats([1, 1, 4], [1, 0.5, 0.75, 1]),
  }
  const value = (loss: Value, numbers: number[]) =>
    evaluate([loss], { ...feeds, y: floats([1, 1, 4], numbers) })[0].data[0]
  for (const first of [0.4, -0.4])
    expect(value(DiceLoss(softmax).forward(logits, y), [first, 1.9, 2, 2.3])).toBeCloseTo(0.7520965, 6)
  expect(value(MaskedDiceLoss(softmax).forward(logits, y, mask), [0, 1, 2, 2])).toBeCloseTo(0.7910768, 6)
})

describe('what does not fit is refused in a sentence', () => {
  const of = (dtype: GraphDType, ...shape: number[]): Value => input('v', { dtype, shape })
  const three = of('float32', 2, 3, 4)
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['two activations', () => DiceLoss({ sigmoid: true, softmax: true }), /^DiceLoss.softmax: sigmoid and softmax are given together; choose one activation$/],
    ['two activations of a part', () => DiceCELoss({ softmax: true, otherAct: 'tanh' }), /^DiceCELoss.otherAct: softmax and otherAct are given together; choose one activation$/],
    ['an unknown reduction', () => DiceLoss({ reduction: 'median' as 'mean' }), /^DiceLoss.reduction: "median" does not fit; give one of "mean", "sum", "none"$/],
    ['an unreduced DiceCELoss', () => DiceCELoss({ reduction: 'none' as 'mean' }), /^DiceCELoss.reduction: "none" does not fit; give one of "mean", "sum"$/],
    ['a negative weight', () => DiceLoss({ weight: [1, -1] }), /^DiceLoss.weight: \[1, -1\] does not fit; give a weight of 0 or more, or a list of them or null$/],
    ['a negative share', () => DiceCELoss({ lambdaCe: -1 }), /^DiceCELoss.lambdaCe: -1 does not fit; give a number of 0 or more$/],
    ['too many weights', () => DiceLoss({ sigmoid: true, includeBackground: false, weight: [1, 2, 3] }).forward(three, three), /^DiceLoss.weight: has 3 values for 2 classes; give one per class, without the background when it does not count$/],
    ['another shape', () => DiceLoss().forward(three, of('float32', 2, 1, 4)), /^DiceLoss: target \[2, 1, 4\] does not match prediction \[2, 3, 4\]; give one channel per class, or class numbers in one channel and toOnehotY$/],
    ['channels where numbers should be', () => DiceLoss({ toOnehotY: true }).forward(three, three), /^DiceLoss.toOnehotY: target \[2, 3, 4\] has 3 channels; class numbers take one channel$/],
    ['another rank', () => DiceCELoss().forward(three, of('int32', 2, 4)), /^DiceCELoss: target \[2, 4\] and prediction \[2, 3, 4\] differ in rank/],
    ['another number of channels', () => DiceFocalLoss().forward(three, of('float32', 2, 2, 4)), /^DiceFocalLoss: target \[2, 2, 4\] has 2 channels; give 1 or, as predicted, 3$/],
    ['a list of predictions', () => DiceLoss().forward([three, three], three), /^DiceLoss: got a list of 2 predictions; wrap the loss in DeepSupervisionLoss$/],
    ['no predictions', () => DeepSupervisionLoss({ loss: DiceLoss() }).forward([], three), /^DeepSupervisionLoss: got an empty list of predictions; give at least one level$/],
    ['a mask of classes', () => MaskedDiceLoss().forward(three, three, three), /^MaskedDiceLoss: mask \[2, 3, 4\] does not fit prediction \[2, 3, 4\]; give \[N or 1, 1, ...\] with its spatial shape$/],
    ['something else for a loss', () => DeepSupervisionLoss({ loss: 'DiceLoss' as never }), /^DeepSupervisionLoss.loss: "DiceLoss" does not fit; give a loss, e.g. DiceLoss\(\)$/],
    ['a misspelt option', () => DiceLoss({ sofmax: true } as never), /^DiceLoss.sofmax: no such option; did you mean "softmax"\?$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})

function doubles(shape: readonly number[], data: ArrayLike<number>): Tensor<Float64Array> {
  return tensor('float64', shape, Float64Array.from(data))
}

function integers(shape: readonly number[], data: readonly number[]): Tensor {
  return tensor('int32', shape, Int32Array.from(data))
}
