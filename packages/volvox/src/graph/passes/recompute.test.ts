import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../../core/tensor.ts'
import {
  add,
  batchNorm,
  checkProgram,
  conv,
  evaluateProgram,
  gradients,
  input,
  mean,
  mul,
  nameOf,
  optimize,
  program,
  recompute,
  relu,
  square,
  state,
  sub,
  tanh,
  type Program,
  type Value,
} from '../index.ts'
import { chooseCuts, type Produced } from './segments.ts'

const convs = ({ nodes }: Program) => nodes.filter((node) => node.op === 'conv').length

test('what is computed again is what was, and is not merged with it', () => {
  const { built, forward, feeds } = deepStep(12)
  const again = recompute(built, forward)
  checkProgram(again)
  const smaller = optimize(again)
  expect(convs(smaller)).toBeGreaterThan(convs(built))
  expect(convs(smaller)).toBeLessThan(2 * convs(built)) // the last segment and the borders are kept
  const wanted = evaluateProgram(built, feeds)
  expect(evaluateProgram(again, feeds)).toEqual(wanted)
  expect(evaluateProgram(smaller, feeds).outputs.loss.data[0]).toBeCloseTo(wanted.outputs.loss.data[0], 6)
})

test('the backward pass waits for its gradient before it computes again', () => {
  const { built, forward, top } = deepStep(12)
  const again = recompute(built, forward)
  const first = new Set(built.nodes)
  const waiting = again.nodes.filter((node) => node.op === 'after')
  expect(waiting.length).toBeGreaterThan(0)
  for (const { inputs } of waiting) {
    expect(first.has(inputs[0].node)).toBe(true) // a border, computed once
    expect(dependsOn(inputs[1], top)).toBe(true)
  }
})

test('less is alive at once', () => {
  const { built, forward } = deepStep(40)
  expect(mostAlive(recompute(built, forward))).toBeLessThan(0.5 * mostAlive(built))
})

test('running statistics are updated once, from what was computed first', () => {
  const { built, forward } = deepStep(12)
  const again = recompute(built, forward)
  for (const [name, value] of built.updates) if (name.startsWith('running')) expect(again.updates.get(name)).toBe(value)
})

test('a forward pass alone stays as it is', () => {
  const y = tanh(square(input('x', { dtype: 'float32', shape: [2, 3] })))
  const built = program('p', { y })
  expect(recompute(built, [y]).nodes).toEqual(built.nodes)
})

// Steps of a random network: each makes a value of two earlier ones.
const layers: readonly ((a: Value, b: Value, w: Value) => Value)[] = [
  (a, _, w) => conv(a, w, null, { pads: 1 }),
  (a) => tanh(a),
  (a, b) => add(a, b),
  (a, b) => mul(a, b),
  (a) => square(a),
]

test('random networks keep their results', () => {
  const step = fc.tuple(fc.nat(layers.length - 1), fc.nat(3), fc.nat(9))
  fc.assert(
    fc.property(fc.array(step, { minLength: 8, maxLength: 30 }), (choices) => {
      const w = state('w', { dtype: 'float32', shape: [2, 2, 3] })
      const values: Value[] = [input('x', { dtype: 'float32', shape: [1, 2, 5] })]
      for (const [which, near, far] of choices) {
        const last = values.length - 1
        values.push(mul(layers[which](values[Math.max(0, last - near)], values[Math.max(0, last - far)], w), 0.5))
      }
      const loss = mean(square(values[values.length - 1]))
      const built = program('p', { loss }, new Map([['w', sub(w, gradients(loss, [w])[0])]]))
      const feeds = { x: noise([1, 2, 5], 1), w: noise([2, 2, 3], 2) }
      const again = recompute(built, [loss])
      checkProgram(again)
      expect(evaluateProgram(again, feeds)).toEqual(evaluateProgram(built, feeds))
    }),
    { numRuns: 60 },
  )
})

test('cuts are where little is alive', () => {
  // Twelve nodes in a row, each of which the backward pass reads; every third is small.
  const row = Array.from({ length: 12 }, (_, at): Produced => {
    return { at, lastUse: at + 1, bytes: at % 3 === 2 ? 1 : 100, needed: true }
  })
  const cuts = chooseCuts(row, row.length)
  expect(cuts.length).toBeGreaterThan(0)
  expect(cuts.every((cut) => cut % 3 === 2)).toBe(true)
  // What is alive all the time is counted once, so that it forbids no cut.
  const skipped = [{ ...row[0], lastUse: 11, bytes: 500 }, ...row.slice(1)]
  expect(chooseCuts(skipped, row.length).length).toBeGreaterThan(0)
  expect(chooseCuts([], 0)).toEqual([])
})

/** A chain of convolutions, norms and activations with a residual here and there, and a step of gradient descent. */
function deepStep(depth: number): {
  built: Program
  forward: Value[]
  /** What the last layer gives. */
  top: Value
  feeds: Record<string, FloatTensor>
} {
  const shape = [2, 4, 16]
  let y = input('x', { dtype: 'float32', shape })
  const weights: Value[] = []
  const running = new Map<string, Value>()
  for (let i = 0; i < depth; i++) {
    const [w, gamma, beta] = [[4, 4, 3], [4], [4]].map((size, k) =>
      state(`${'wgb'[k]}${i}`, { dtype: 'float32', shape: size }),
    )
    weights.push(w, gamma, beta)
    const normed = batchNorm(conv(y, w, null, { pads: 1 }), gamma, beta)
    const known = state(`running${i}`, { dtype: 'float32', shape: [4] })
    running.set(nameOf(known), add(mul(0.9, known), mul(0.1, normed.mean)))
    y = i % 3 === 2 ? add(y, relu(normed.y)) : relu(normed.y)
  }
  const loss = mean(square(sub(y, 0.3)))
  // The last layers first, as their gradients come; an executor finds this order by itself.
  const steps = gradients(loss, weights).map((dw, i) => [nameOf(weights[i]), sub(weights[i], mul(0.1, dw))] as const)
  const updates = new Map([...running, ...steps.reverse()])
  const built = program('step', { loss }, updates)
  const feeds = Object.fromEntries(
    [...built.inputs, ...built.states].map((value, i) => [nameOf(value), noise(value.shape, i)]),
  )
  return { built, forward: [loss, ...running.values()], top: y, feeds }
}

function noise(shape: readonly number[], seed: number): FloatTensor {
  return floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin((i + 1) * 12.9898 + seed * 78.233)),
  )
}

/** Most elements that are computed and still to be read, over a run of the nodes in order. */
function mostAlive({ nodes }: Program): number {
  const uses = new Map<Value, number>()
  for (const value of nodes.flatMap((node) => node.inputs)) uses.set(value, (uses.get(value) ?? 0) + 1)
  let [alive, most] = [0, 0]
  for (const node of nodes) {
    const isView = node.op === 'after' || node.op === 'state' || node.op === 'constant'
    if (!isView) for (const value of node.outputs) if (uses.has(value)) alive += sizeOf(value.shape)
    most = Math.max(most, alive)
    for (const value of node.inputs) {
      const left = (uses.get(value) ?? 0) - 1
      uses.set(value, left)
      const view = value.node.op === 'after' || value.node.op === 'state' || value.node.op === 'constant'
      if (left === 0 && !view) alive -= sizeOf(value.shape)
    }
  }
  return most
}

function dependsOn(value: Value, wanted: Value): boolean {
  const seen = new Set([value.node])
  const stack = [value.node]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (node === wanted.node) return true
    for (const { node: next } of node.inputs) if (!seen.has(next)) stack.push((seen.add(next), next))
  }
  return false
}
