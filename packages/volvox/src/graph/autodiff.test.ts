import { expect, test } from 'vitest'
import { tensor, type Tensor } from '../core/tensor.ts'
import type { Tensors } from './executor.ts'
import {
  add,
  cast,
  constant,
  detach,
  evaluate,
  exp,
  gradients,
  input,
  mul,
  ops,
  relu,
  sorted,
  square,
  state,
  sum,
  type Op,
  type OpName,
  type Value,
} from './index.ts'
import { sampleTensors, samples, type Sample } from './ops/samples.ts'

const names = Object.keys(samples) as OpName[]
const opOf = (name: OpName) => ops[name] as unknown as Op<unknown>
const hasGradient = (name: OpName) => Boolean(opOf(name).rules.gradient ?? opOf(name).rules.decompose)

for (const name of names)
  for (const sample of (samples[name] as readonly Sample[]).filter(isDifferentiable(name))) {
    test(`gradient of ${name}, ${sample.title}`, () => {
      const { inputs, feeds, result } = built(name, sample)
      checkGradients(result, inputs, feeds)
    })
    test(`gradient of the gradient of ${name}, ${sample.title}`, () => {
      const { inputs, feeds, result } = built(name, sample)
      const total = gradients(result, inputs).map((gradient, i) => weighted(gradient, i + 10))
      const first = total.reduce((a, b) => add(a, b))
      checkGradients(first, inputs, feeds)
    })
  }

test('every operation has a gradient', () => {
  expect(names.filter((name) => !hasGradient(name))).toEqual([])
})

test('gradients add up over all uses of a value', () => {
  const x = input('x', { dtype: 'float32', shape: [3] })
  const [dx] = gradients(sum(add(mul(x, x), mul(3, x))), [x])
  expect([...evaluate([dx], { x: tensor('float32', [3], Float32Array.of(1, -2, 5)) })[0].data]).toEqual([5, -1, 13])
})

test('gradients reach values in the middle and values behind them', () => {
  const x = state('x', { dtype: 'float32', shape: [] })
  const y = square(x)
  const [dy, dx] = gradients(square(y), [y, x])
  const results = evaluate([dy, dx], { x: tensor('float32', [], Float32Array.of(3)) })
  expect(results.map(({ data }) => data[0])).toEqual([18, 108])
})

test('what the output does not depend on has a gradient of zeros', () => {
  const x = input('x', { dtype: 'float32', shape: [2, 2] })
  const [gradient] = gradients(sum(constant(tensor('float32', [2], Float32Array.of(1, 2)))), [x])
  expect(gradient.shape).toEqual([2, 2])
  expect([...evaluate([gradient])[0].data]).toEqual([0, 0, 0, 0])
})

test('no gradient passes through a detached value', () => {
  const x = input('x', { dtype: 'float32', shape: [2] })
  const [dx] = gradients(sum(mul(x, detach(square(x)))), [x])
  const { data } = evaluate([dx], { x: tensor('float32', [2], Float32Array.of(3, -2)) })[0]
  expect([...data]).toEqual([9, 4])
})

test('a seed weights the output', () => {
  const x = input('x', { dtype: 'float32', shape: [2] })
  const seed = constant(tensor('float32', [2], Float32Array.of(10, 100)))
  const [dx] = gradients(square(x), [x], seed)
  expect([...evaluate([dx], { x: tensor('float32', [2], Float32Array.of(1, 2)) })[0].data]).toEqual([20, 400])
})

test('a graph of 10,000 nodes does not overflow the stack', () => {
  const x = input('x', { dtype: 'float32', shape: [] })
  let y = x
  for (let i = 0; i < 5000; i++) y = relu(mul(1.0001, y))
  const [dx] = gradients(y, [x])
  expect(sorted([dx]).length).toBeGreaterThan(10_000)
  expect(evaluate([dx], { x: tensor('float32', [], Float32Array.of(1)) })[0].data[0]).toBeCloseTo(1.0001 ** 5000, 3)
})

test('the gradient of relu does not need its input', () => {
  const x = input('x', { dtype: 'float32', shape: [3] })
  const inner = exp(x)
  const outer = relu(inner)
  const seed = input('seed', { dtype: 'float32', shape: [3] })
  const [toInner] = gradients(outer, [inner], seed)
  expect(toInner.node.inputs).toEqual([seed, outer])
})

test('errors say what to do', () => {
  const x = input('x', { dtype: 'float32', shape: [2] })
  expect(() => gradients(x, [x])).toThrow('gradients: the output has shape [2]; reduce it to one number or give a seed')
  expect(() => gradients(x, [x], sum(x))).toThrow(
    /^gradients: seed is float32 of shape \[\]; the output is float32 of shape \[2\]/,
  )
})

// Samples of whole numbers and results of whole numbers have nothing to differentiate; `detach` does not pretend to.
function isDifferentiable(name: OpName): (sample: Sample) => boolean {
  if (name === 'detach') return () => false
  return ({ inputs, attrs }) => {
    const results = [opOf(name).rules.infer(inputs, attrs)].flat()
    return inputs.some((type) => 'range' in type) && results.some(({ dtype }) => dtype !== 'int32')
  }
}

/** The sample as a graph of float64, with all floating-point results summed under fixed weights. */
function built(name: OpName, sample: Sample): { inputs: Value[]; feeds: Record<string, Tensor>; result: Value } {
  const values = sample.inputs.map(({ dtype, shape }, i) =>
    input(`in${i}`, { dtype: dtype === 'int32' ? dtype : 'float64', shape }),
  )
  const feeds = Object.fromEntries(
    sampleTensors(sample).map(({ shape, data }, i) => [
      `in${i}`,
      values[i].dtype === 'int32' ? tensor('int32', shape, data) : tensor('float64', shape, Float64Array.from(data)),
    ]),
  )
  const results = opOf(name)
    .all(values, sample.attrs)
    .filter(({ dtype }) => dtype !== 'int32')
  const result = results.map(weighted).reduce((total, part) => add(total, part))
  return { inputs: values.filter((_, i) => 'range' in sample.inputs[i]), feeds, result }
}

function weighted(value: Value, seed: number): Value {
  const [weights] = sampleTensors({ inputs: [{ dtype: 'float32', shape: value.shape, range: [-1, 1.5 + seed] }] })
  return sum(mul(cast(value, 'float64'), cast(constant(weights), 'float64')))
}

/**
 * Differences of sixth order at up to 10 elements of each input against the graph's gradient. The samples keep this far
 * away from kinks and ties: three steps on either side.
 */
function checkGradients(result: Value, inputs: readonly Value[], feeds: Tensors): void {
  const step = 2e-3
  const exact = evaluate(gradients(result, inputs), feeds)
  inputs.forEach((value, slot) => {
    const name = String(value.node.attrs.name)
    const { shape, data } = feeds[name] as Tensor<Float64Array>
    const stride = Math.max(1, Math.floor(data.length / 10))
    for (let i = 0; i < data.length; i += stride) {
      let largest = 1
      const valueAt = (steps: number) => {
        const moved = data.slice()
        moved[i] += steps * step
        const [found] = evaluate([result], { ...feeds, [name]: tensor('float64', shape, moved) })[0].data
        largest = Math.max(largest, Math.abs(found))
        return found
      }
      const difference = (steps: number) => valueAt(steps) - valueAt(-steps)
      const estimate = (45 * difference(1) - 9 * difference(2) + difference(3)) / (60 * step)
      const error = Math.abs(estimate - exact[slot].data[i])
      // Differences of large sums lose digits: those that float64 has beyond 1e-9 last up to some thousands.
      expect(error, `${name}[${i}]: ${exact[slot].data[i]}, by differences ${estimate}`).toBeLessThan(
        1e-9 * Math.max(1 + Math.abs(estimate), largest / 1000),
      )
    }
  })
}
