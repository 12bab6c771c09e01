// MONAI's layers by their names: laws, values known beforehand, and sentences.
import { describe, expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { gradients } from '../graph/autodiff.ts'
import { complexAbs } from '../graph/complex.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { TorchGenerator } from '../rng/index.ts'
import { BilateralFilter, TrainableBilateralFilter, TrainableJointBilateralFilter } from './blocks/bilateralFilter.ts'
import { ConjugateGradient } from './blocks/conjugateGradient.ts'
import { DropPath } from './blocks/dropPath.ts'
import { HilbertTransform } from './blocks/hilbertTransform.ts'
import { linear } from './blocks/linear.ts'
import { LLTM } from './blocks/lltm.ts'
import { MedianFilter } from './blocks/medianFilter.ts'
import { Act, Dropout, Norm, Pool } from './factories.ts'
import { network, outputsOf, type Network } from './network.ts'
import { forwardPass } from './pass.ts'
import { fillRandomInputs } from './random.ts'

const mixed = (...shape: number[]) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => ((7 * i) % 23) - 11),
  )

function run(net: Network, given: readonly FloatTensor[], weights?: Readonly<Record<string, Tensor>>) {
  const values = outputsOf(net.forward(forwardPass(), ...given.map((x, i) => input(`x${i}`, x))))
  const feeds = Object.fromEntries(given.map((x, i) => [`x${i}`, x]))
  const results = evaluate(values, { ...feeds, ...(weights ?? net.init(new TorchGenerator(0))) })
  return results.map(({ data }) => [...data])
}

describe('the median filter', () => {
  test('sorts every neighbourhood', () => {
    const x = mixed(5, 6)
    const [got] = run(MedianFilter({ radius: [1, 2], spatialDims: 2 }), [x])
    const at = (i: number, j: number) => Number(x.data[Math.min(4, Math.max(0, i)) * 6 + Math.min(5, Math.max(0, j))])
    const want = got.map((_, place) => {
      const [i, j] = [Math.floor(place / 6), place % 6]
      const around = [-1, 0, 1].flatMap((di) => [-2, -1, 0, 1, 2].map((dj) => at(i + di, j + dj)))
      return around.sort((a, b) => a - b)[7]
    })
    expect(got).toEqual(want)
  })

  test('learns through the voxel in the middle alone', () => {
    const x = floats([1, 1, 3], [5, 1, 3])
    const value = input('x', x)
    const [y] = outputsOf(MedianFilter({ radius: 1, spatialDims: 1 }).forward(forwardPass(), value))
    const [grad] = gradients(m.sum(m.narrow(y, 2, 1, 1)), [value])
    expect([...evaluate([grad], { x })[0].data]).toEqual([0, 0, 1])
  })
})

test('the Hilbert transform of a cosine is a sine', () => {
  const wave = (f: (angle: number) => number) => Array.from({ length: 12 }, (_, i) => f((2 * Math.PI * 3 * i) / 12))
  const x = floats([1, 1, 12], wave(Math.cos))
  const value = input('x', x)
  const [y] = outputsOf(HilbertTransform({}).forward(forwardPass(), value))
  const [parts, envelope] = evaluate([y, complexAbs(y)], { x }).map(({ data }) => [...data])
  wave(Math.sin).forEach((sine, i) => expect(parts[2 * i + 1]).toBeCloseTo(sine, 5))
  for (const v of envelope) expect(v).toBeCloseTo(1, 5)
})

describe('bilateral filters', () => {
  const step = floats([1, 1, 6], [0, 0.1, 0, 9, 9.1, 9])

  test('smooth, but not across an edge', () => {
    const [y] = run(BilateralFilter({ spatialSigma: 1, colorSigma: 0.5 }), [step])
    for (const v of y.slice(0, 3)) expect(v).toBeLessThan(0.1)
    for (const v of y.slice(3)) expect(v).toBeGreaterThan(9)
    expect(y[1]).toBeLessThan(0.06)
  })

  test('leave a flat image as it is, with and without its surroundings', () => {
    const flat = floats([1, 1, 3, 4], new Array(12).fill(2))
    for (const net of [
      BilateralFilter({ spatialSigma: 0.5 }),
      TrainableBilateralFilter({ spatialSigma: 1, colorSigma: 1 }),
    ])
      for (const v of run(net, [flat])[0]) expect(v).toBeCloseTo(2, 6)
  })

  test('are guided by themselves or by another image', () => {
    const sigmas = { spatialSigma: [1], colorSigma: 0.5 }
    const [alone] = run(TrainableBilateralFilter(sigmas), [step])
    const [guided] = run(TrainableJointBilateralFilter(sigmas), [step, step])
    expect(guided).toEqual(alone)
    const [blurred] = run(TrainableJointBilateralFilter(sigmas), [step, floats([1, 1, 6])])
    expect(blurred[2]).toBeGreaterThan(1) // a guide without an edge
  })

  test('learn their deviations, under the names of MONAI', () => {
    const net = TrainableBilateralFilter({ spatialSigma: [1, 2], colorSigma: 0.5 })
    const start = net.init(new TorchGenerator(0))
    expect(net.weights.map(({ name, trainable }) => [name, trainable, Number(start[name].data[0].toFixed(4))])).toEqual(
      [
        ['sigma_x', true, 1],
        ['sigma_y', true, 2],
        ['sigma_z', true, 0.01],
        ['sigma_color', true, 0.5],
      ],
    )
  })
})

test('a recurrent step gates what comes in and goes out', () => {
  const net = LLTM({ inputFeatures: 1, stateSize: 1 })
  const one = (value: number) => floats([1, 1], [value])
  const weights = { weights: floats([3, 2], [0, 0, 0, 0, 0, 1]), bias: floats([1, 3], [0, 0, 0]) }
  const [[output], [cell]] = run(net, [one(2), one(5), one(3)], weights)
  expect(cell).toBeCloseTo(3 + 0.5 * 2, 6)
  expect(output).toBeCloseTo(0.5 * Math.tanh(4), 6)
})

describe('conjugate gradients', () => {
  const times = network({ name: 'Times', options: {}, build: () => linear(2, 2, { bias: false }) })({})
  const weights = { 'linear_op.weight': floats([2, 2], [4, 1, 1, 3]) }
  const y = floats([2], [1, 2])

  test('solve a system of two in two steps, and stop there', () => {
    for (const numIter of [2, 7]) {
      const [x] = run(ConjugateGradient({ linearOp: times, numIter }), [floats([2]), y], weights)
      expect(x[0]).toBeCloseTo(1 / 11, 6)
      expect(x[1]).toBeCloseTo(7 / 11, 6)
    }
  })

  test('leave a solution as it is', () => {
    const net = ConjugateGradient({ linearOp: times, numIter: 3 })
    expect(run(net, [floats([2], [1, 2]), floats([2], [6, 7])], weights)[0]).toEqual([1, 2])
  })
})

test('paths are dropped by samples, in training alone', () => {
  const x = floats([64, 2], new Array(128).fill(1))
  for (const [scaleByKeep, kept] of [
    [true, 2],
    [false, 1],
  ] as const) {
    // prettier-ignore
    const net = DropPath({ dropProb: 0.5, scaleByKeep })
    expect(run(net, [x])[0]).toEqual([...x.data])
    const pass = forwardPass({ training: true })
    const outputs = outputsOf(net.forward(pass, input('x0', x)))
    const masks = fillRandomInputs({ inputs: pass.randomInputs }, new TorchGenerator(1))
    const data = [...evaluate(outputs, { x0: x, ...masks })[0].data]
    expect(new Set(data)).toEqual(new Set([0, kept]))
    for (let i = 0; i < 64; i++) expect(data[2 * i]).toBe(data[2 * i + 1])
  }
})

test('factories are the names of what they make', () => {
  expect([Act.LEAKYRELU, Norm.BATCH, Dropout.ALPHADROPOUT, Pool.ADAPTIVEAVG]).toEqual([
    'LEAKYRELU',
    'BATCH',
    'ALPHADROPOUT',
    'ADAPTIVEAVG',
  ])
})

describe('what does not fit is refused in a sentence', () => {
  const of = (net: Network, ...given: number[][]) =>
    net.forward(forwardPass(), ...given.map((shape, i) => input(`x${i}`, { dtype: 'float32', shape })))
  const sigmas = { spatialSigma: [1, 1], colorSigma: 1 }
  const same = network({ name: 'Same', options: {}, build: () => linear(2, 2) })({})
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['a radius below 0', () => MedianFilter({ radius: -1 }), /^MedianFilter.radius: -1 is below 0; give 0 or more$/],
    ['radii of other axes', () => MedianFilter({ radius: [1, 1] }), /^MedianFilter.radius: \[1, 1\] has 2 values; give one, or one for each of the 3 spatial axes$/],
    ['too few axes', () => of(MedianFilter({ radius: 1 }), [4, 4]), /^MedianFilter: got shape \[4, 4\]; give 3 spatial axes$/],
    ['an axis that is not there', () => of(HilbertTransform({}), [1, 2]), /^HilbertTransform.axis: 2 does not exist in an input of shape \[1, 2\]$/],
    ['an approximation', () => BilateralFilter({ fastApprox: true }), /^BilateralFilter.fastApprox: true asks for a lattice that there is only in compiled code; set it to false$/],
    ['no width', () => BilateralFilter({ spatialSigma: 0 }), /^BilateralFilter.spatialSigma: 0 does not fit; give a number above 0$/],
    ['more widths than axes can be', () => TrainableBilateralFilter({ spatialSigma: [1, 1, 1, 1], colorSigma: 1 }), /^TrainableBilateralFilter.spatialSigma: has 4 values; give 1 to 3$/],
    ['a width of 0 among others', () => TrainableBilateralFilter({ spatialSigma: [1, 0], colorSigma: 1 }), /^TrainableBilateralFilter.spatialSigma: \[1, 0\] does not fit; give a number above 0 or a list of them$/],
    ['several channels', () => of(TrainableBilateralFilter(sigmas), [1, 2, 4, 4]), /^TrainableBilateralFilter: got shape \[1, 2, 4, 4\]; give \[N, 1, ...spatial\] with no more spatial axes than sigmas, 2$/],
    ['a volume for two widths', () => of(TrainableBilateralFilter(sigmas), [1, 1, 4, 4, 4]), /with no more spatial axes than sigmas, 2$/],
    ['no guide', () => of(TrainableJointBilateralFilter(sigmas), [1, 1, 4, 4]), /^TrainableJointBilateralFilter: got 1 of its inputs; give input_tensor \(the image\), guidance_tensor \(the guide\)$/],
    ['a guide of another size', () => of(TrainableJointBilateralFilter(sigmas), [1, 1, 4, 4], [1, 1, 4, 5]), /the guide has shape \[1, 1, 4, 5\]; give one of shape \[1, 1, 4, 4\]$/],
    ['no state', () => of(LLTM({ inputFeatures: 2, stateSize: 3 }), [1, 2]), /^LLTM: got 1 of its inputs; give input \(what comes in\), state.0 \(the output before\), state.1 \(the cell before\)$/],
    ['other features', () => of(LLTM({ inputFeatures: 2, stateSize: 3 }), [1, 3], [1, 3], [1, 3]), /^LLTM: input 0 has shape \[1, 3\]; give \[N, 2\]$/],
    ['a guess of another shape', () => of(ConjugateGradient({ linearOp: same, numIter: 1 }), [1, 2], [2]), /^ConjugateGradient: x has shape \[1, 2\], y \[2\]; give the same$/],
    ['a certain chance above 1', () => DropPath({ dropProb: 1.5 }), /^DropPath.dropProb: 1.5 does not fit; give a probability from 0 to 1$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})
