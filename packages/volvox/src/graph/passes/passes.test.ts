import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tensor, type Tensor } from '../../core/tensor.ts'
import {
  add,
  broadcastTo,
  checkProgram,
  clip,
  concat,
  constant,
  conv,
  decomposeFor,
  div,
  evaluateProgram,
  exp,
  fill,
  fromPlain,
  gradients,
  greater,
  input,
  layerNorm,
  mean,
  mul,
  narrow,
  neg,
  onesLike,
  ops,
  optimize,
  printProgram,
  program,
  relu,
  reshape,
  rewrite,
  scalar,
  scoped,
  softmax,
  square,
  state,
  sub,
  sum,
  toPlain,
  transpose,
  where,
  zerosLike,
  type Evaluated,
  type Op,
  type OpName,
  type Program,
  type Value,
} from '../index.ts'
import { sampleTensors, samples, type Sample } from '../ops/samples.ts'

const names = Object.keys(samples) as OpName[]
const opOf = (name: OpName) => ops[name] as unknown as Op<unknown>
const x = () => input('x', { dtype: 'float32', shape: [2, 3] })
const opsIn = ({ nodes }: Program) =>
  nodes.map((node) => node.op).filter((op) => op !== 'input' && op !== 'constant' && op !== 'state')
const optimized = (value: Value) => optimize(program('p', { value }))

for (const name of names)
  for (const sample of samples[name] as readonly Sample[])
    test(`passes keep ${name}, ${sample.title}`, () => {
      const [built, feeds] = sampleProgram(name, sample)
      const before = evaluateProgram(built, feeds)
      same(evaluateProgram(optimize(built), feeds), before)
      same(evaluateProgram(fromPlain(structuredClone(toPlain(built))), feeds), before)
      if (opOf(name).rules.decompose) {
        const parts = decomposeFor(built, (op) => op !== name)
        expect(opsIn(parts)).not.toContain(name)
        same(evaluateProgram(parts, feeds), before)
        same(evaluateProgram(optimize(parts), feeds), before)
      }
    })

test('a training step keeps its results and loses nodes', () => {
  const step = trainingStep()
  const feeds = trainingFeeds()
  const smaller = optimize(step)
  expect(smaller.nodes.length).toBeLessThan(step.nodes.length)
  same(evaluateProgram(smaller, feeds), evaluateProgram(step, feeds))
  expect(smaller.updates.size).toBe(2)
  checkProgram(smaller)
})

// Steps of a random graph: each adds a value made of two earlier ones.
const steps: readonly ((a: Value, b: Value) => Value)[] = [
  add,
  sub,
  mul,
  (a) => mul(a, 1),
  (a) => add(0, a),
  (a) => neg(a),
  (a) => transpose(transpose(a, [1, 0]), [1, 0]),
  (a, b) => transpose(add(transpose(a, [1, 0]), transpose(b, [1, 0])), [1, 0]),
  (a) => reshape(relu(reshape(a, [6])), [2, 3]),
  (a, b) => add(a, broadcastTo(sum(b, [0], true), [2, 3])),
  (a, b) => narrow(concat([a, b], 1), 1, 1, 3),
  (a) => mul(a, fill([2, 3], 0.5)),
  (a, b) => where(greater(a, b), a, zerosLike(b)),
]

test('optimising random graphs keeps their results and adds no nodes', () => {
  const step = fc.tuple(fc.nat(steps.length - 1), fc.nat(20), fc.nat(20))
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (choices) => {
      const values: Value[] = [x(), constant(tensor('float32', [2, 3], Float32Array.of(1, -1, 0.5, 2, 0, 3)))]
      for (const [which, a, b] of choices)
        values.push(steps[which](values[a % values.length], values[b % values.length]))
      const built = program('random', { last: values[values.length - 1], sum: values.reduce((a, b) => add(a, b)) })
      const feeds = { x: tensor('float32', [2, 3], Float32Array.of(0.3, -1.2, 2.5, 0, -0.7, 1)) }
      const smaller = optimize(built)
      checkProgram(smaller)
      expect(smaller.nodes.length).toBeLessThanOrEqual(built.nodes.length)
      same(evaluateProgram(smaller, feeds), evaluateProgram(built, feeds))
    }),
  )
})

test('numbers that change nothing go', () => {
  const a = x()
  for (const value of [
    add(a, 0),
    sub(a, 0),
    mul(1, a),
    div(a, 1),
    mul(a, onesLike(a)),
    add(zerosLike(a), a),
    neg(neg(a)),
    clip(a),
  ])
    expect(opsIn(optimized(value))).toEqual([])
  expect(opsIn(optimized(add(scalarInput(), fill([2, 3], 0))))).toEqual(['broadcastTo']) // it still stretches
})

test('moves that cancel go', () => {
  const a = x()
  expect(opsIn(optimized(transpose(transpose(a, [1, 0]), [1, 0])))).toEqual([])
  expect(opsIn(optimized(reshape(reshape(a, [6]), [3, 2])))).toEqual(['reshape'])
  expect(opsIn(optimized(reshape(reshape(a, [6]), [2, 3])))).toEqual([])
  expect(opsIn(optimized(concat([a], 0)))).toEqual([])
  expect(opsIn(optimized(add(a, broadcastTo(input('b', { dtype: 'float32', shape: [3] }), [2, 3]))))).toEqual(['add'])
  expect(opsIn(optimized(sum(input('c', { dtype: 'float32', shape: [2, 1] }), [1])))).toEqual(['reshape'])
})

test('equal nodes become one, others stay apart', () => {
  const a = x()
  expect(opsIn(optimized(mul(exp(a), exp(a))))).toEqual(['exp', 'mul'])
  expect(opsIn(optimized(add(sum(a, [0], true), sum(a, [1], true))))).toEqual(['sum', 'sum', 'add'])
  expect(opsIn(optimized(add(clip(a, 0, Infinity), clip(a, 0, 1))))).toEqual(['clip', 'clip', 'add'])
  const ones = () => constant(tensor('float32', [100], new Float32Array(100).fill(1.5)))
  expect(opsIn(optimize(program('p', { a: mul(a, sum(ones())), b: mul(a, sum(ones())) })))).toEqual(['mul'])
})

test('nodes of constants become constants', () => {
  const folded = optimized(mul(x(), exp(add(scalar(1), scalar(2)))))
  expect(opsIn(folded)).toEqual(['mul'])
  const factor = folded.nodes.find((node) => node.op === 'constant')
  expect(factor?.attrs.data).toEqual(Float32Array.of(Math.exp(3)))
})

test('constants do not grow', () => {
  const wide = optimized(mul(x(), exp(fill([1000, 2, 3], 2))))
  expect(wide.nodes.filter((node) => node.op === 'constant').every((node) => node.outputs[0].shape.length === 0)).toBe(
    true,
  )
})

test('decomposition goes on until all is known', () => {
  const gamma = input('gamma', { dtype: 'float32', shape: [3] })
  const normal = layerNorm(x(), gamma, gamma)
  const [dx] = gradients(sum(normal), [gamma])
  const known = new Set([
    'sub',
    'square',
    'sum',
    'div',
    'sqrt',
    'reciprocal',
    'add',
    'mul',
    'broadcastTo',
    'reshape',
    'neg',
  ])
  expect(opsIn(decomposeFor(program('p', { normal, dx }), (op) => known.has(op))).every((op) => known.has(op))).toBe(
    true,
  )
  expect(() => decomposeFor(program('p', { y: scoped('model.0', () => exp(x())) }), (op) => op !== 'exp')).toThrow(
    'exp (model.0): has no lowering here and no decomposition; add one of the two',
  )
})

test('a rewrite must keep types', () => {
  expect(() =>
    rewrite(program('p', { y: exp(x()) }), (node) => (node.op === 'exp' ? [sum(node.inputs[0])] : null)),
  ).toThrow('exp: would be replaced by float32 []; its result is float32 [2, 3]')
})

test('a plain program gives the same program again', () => {
  const step = trainingStep()
  const copy = fromPlain(structuredClone(toPlain(step)))
  expect(printProgram(copy)).toBe(printProgram(step))
  same(evaluateProgram(copy, trainingFeeds()), evaluateProgram(step, trainingFeeds()))
})

test('a damaged plain program is refused', () => {
  const plain = toPlain(program('p', { y: exp(x()) }))
  const [first, second] = plain.nodes
  expect(() => fromPlain({ ...plain, nodes: [second, first] })).toThrow(
    'p: refers to output 0 of node 0, which is not there before its use',
  )
  expect(() => fromPlain({ ...plain, nodes: [first, { ...second, op: 'expp' }] })).toThrow(
    'expp: is not an operation of the table',
  )
  expect(() =>
    fromPlain({ ...plain, nodes: [first, { ...second, outputs: [{ dtype: 'float32', shape: [7] }] }] }),
  ).toThrow('exp: has results float32 [7]; its inputs give float32 [2, 3]')
})

test('programs print one node a line', () => {
  const a = x()
  const y = scoped('head', () => softmax(a, 1))
  expect(printProgram(program('p', { y }))).toBe(
    [
      'program p',
      '%0 = input() {name: "x"} -> float32 [2, 3]',
      '%1 = softmax(%0) {axis: 1} -> float32 [2, 3]  # head',
      'output y = %1',
      '',
    ].join('\n'),
  )
})

test('10,000 nodes pass through every pass', () => {
  let y: Value = scalarInput()
  for (let i = 0; i < 5000; i++) y = relu(add(y, i % 2))
  const deep = program('deep', { y })
  const feeds = { s: tensor('float32', [], Float32Array.of(1)) }
  const before = evaluateProgram(deep, feeds)
  same(evaluateProgram(optimize(deep), feeds), before)
  same(evaluateProgram(fromPlain(toPlain(deep)), feeds), before)
})

function scalarInput(): Value {
  return input('s', { dtype: 'float32', shape: [] })
}

function sampleProgram(name: OpName, sample: Sample): [Program, Record<string, Tensor>] {
  const values = sample.inputs.map((type, i) => input(`in${i}`, type))
  const outputs = Object.fromEntries(
    opOf(name)
      .all(values, sample.attrs)
      .map((value, i) => [`out${i}`, value]),
  )
  return [program(name, outputs), Object.fromEntries(sampleTensors(sample).map((fed, i) => [`in${i}`, fed]))]
}

/** A small network with loss, gradients and a step of gradient descent. */
function trainingStep(): Program {
  const image = input('image', { dtype: 'float32', shape: [2, 1, 5, 5] })
  const w = state('w', { dtype: 'float32', shape: [3, 1, 3, 3] })
  const b = state('b', { dtype: 'float32', shape: [3] })
  const loss = mean(square(sub(softmax(relu(conv(image, w, b, { pads: 1 })), 1), 0.5)))
  const [dw, db] = gradients(loss, [w, b])
  return program(
    'train',
    { loss },
    new Map([
      ['w', sub(w, mul(0.1, dw))],
      ['b', sub(b, mul(0.1, db))],
    ]),
  )
}

function trainingFeeds(): Record<string, Tensor> {
  const [image, w, b] = sampleTensors({
    inputs: [[2, 1, 5, 5], [3, 1, 3, 3], [3]].map((shape) => ({ dtype: 'float32', shape, range: [-1, 1] }) as const),
  })
  return { image, w, b }
}

function same(actual: Evaluated, wanted: Evaluated): void {
  for (const group of ['outputs', 'updates'] as const) {
    expect(Object.keys(actual[group])).toEqual(Object.keys(wanted[group]))
    for (const [name, { shape, data }] of Object.entries(wanted[group])) {
      expect(actual[group][name].shape).toEqual(shape)
      // Constants are rounded to float32 when they are folded.
      data.forEach((v, i) =>
        expect(Math.abs(actual[group][name].data[i] - v)).toBeLessThanOrEqual(1e-7 * (1 + Math.abs(v))),
      )
    }
  }
}
