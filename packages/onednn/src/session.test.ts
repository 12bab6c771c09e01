import { floats, sizeOf, type Tensor } from 'volvox'
import * as g from 'volvox/graph'
import { expect, test } from 'vitest'
import { openInThread } from './session.ts'
import { available, difference } from './testing.ts'

const of = (shape: readonly number[]) => ({ dtype: 'float32', shape }) as const

/** Numbers without order or pattern, always the same. */
function noise(shape: readonly number[], seed: number): Tensor<Float32Array> {
  return floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin((i + 1) * 12.9898 + seed * 78.233)),
  )
}

/** Outputs and updates of a program on oneDNN against the interpreter's. */
function check(built: g.Program, tensors: g.Tensors, tolerance = 2e-5): void {
  const states = Object.fromEntries(built.states.map((value) => [g.nameOf(value), tensors[g.nameOf(value)]]))
  const { outputs, updates } = g.evaluateProgram(built, tensors)
  for (const small of [0, 4096]) {
    const session = openInThread([built], states, { threads: 2, small })
    const found = session.run(built.name, tensors)
    const after = session.read()
    session.dispose()
    for (const [name, tensor] of Object.entries(outputs))
      expect(difference(found[name], tensor), name).toBeLessThan(tolerance)
    for (const [name, tensor] of Object.entries(updates))
      expect(difference(after[name], tensor), name).toBeLessThan(tolerance)
    for (const name of Object.keys(states)) if (!updates[name]) expect(difference(after[name], tensors[name])).toBe(0)
  }
}

/** A convolution, a norm and an activation, twice, with a residual and a strided way down and up again. */
function blockNetwork(channels: number, norm: 'batch' | 'instance', act: 'relu' | 'prelu' | 'elu' | 'leakyRelu') {
  const x = g.input('x', of([2, 2, 6, 4, 6]))
  const weight = (name: string, shape: readonly number[]) => g.state(name, of(shape))
  const [w1, w2, w3] = [
    weight('w1', [channels, 2, 3, 3, 3]),
    weight('w2', [channels, channels, 3, 3, 3]),
    weight('w3', [channels, 3, 2, 2, 2]),
  ]
  const [b1, gamma, beta, slope] = ['b1', 'gamma', 'beta', 'slope'].map((name) =>
    weight(name, [name === 'slope' ? 1 : channels]),
  )
  const activated = (v: g.Value) =>
    act === 'prelu' ? g.prelu(v, slope) : act === 'elu' ? g.elu(v) : act === 'relu' ? g.relu(v) : g.leakyRelu(v, 0.1)
  const normed = (v: g.Value) => (norm === 'batch' ? g.batchNorm(v, gamma, beta).y : g.instanceNorm(v, gamma, beta))
  const first = activated(normed(g.conv(x, w1, b1, { pads: 1, strides: 2 })))
  const second = activated(normed(g.conv(first, w2, null, { pads: 1 })))
  const up = g.convTranspose(g.concat([g.add(first, second), second], 0), w3, null, { strides: 2 })
  const y = g.softmax(g.narrow(up, 0, 0, 2), 1)
  const loss = g.mean(g.square(g.sub(y, 0.3)))
  const weights = [w1, w2, w3, b1, gamma, beta, ...(act === 'prelu' ? [slope] : [])]
  const grads = g.gradients(loss, weights)
  const updates = new Map(weights.map((w, i) => [g.nameOf(w), g.sub(w, g.mul(g.input('lr', of([])), grads[i]))]))
  return { x, weights, grads, loss, y, updates }
}

for (const channels of [3, 5, 16, 17])
  for (const [norm, act] of [
    ['batch', 'prelu'],
    ['instance', 'leakyRelu'],
    ['batch', 'elu'],
  ] as const)
    test.skipIf(!available)(
      `a network of ${channels} channels, ${norm} norm and ${act}: gradients as the interpreter's`,
      () => {
        const { weights, grads, loss, y } = blockNetwork(channels, norm, act)
        const tensors = Object.fromEntries(weights.map((w, i) => [g.nameOf(w), noise(w.shape, i)]))
        const outputs = Object.fromEntries(grads.map((grad, i) => [`d${g.nameOf(weights[i])}`, grad]))
        check(g.program('step', { loss, y, ...outputs }), { ...tensors, x: noise([2, 2, 6, 4, 6], 9) }, 1e-4)
      },
    )

test.skipIf(!available)('momentum, square mean and average of a weight are replaced in place', () => {
  const shape = [32, 16, 3, 3, 3]
  const x = g.input('x', of([1, 16, 4, 4, 4]))
  const [w, m, v, ema] = ['w', 'm', 'v', 'ema'].map((name) => g.state(name, of(shape)))
  const y = g.conv(x, w, null, { pads: 1 })
  const [grad] = g.gradients(g.mean(g.square(y)), [w])
  const m2 = g.add(g.mul(0.9, m), g.mul(0.1, grad))
  const v2 = g.add(g.mul(0.99, v), g.mul(0.01, g.square(grad)))
  const w2 = g.sub(w, g.mul(0.1, g.div(m2, g.add(g.sqrt(v2), 1e-3))))
  const ema2 = g.add(g.mul(0.9, ema), g.mul(0.1, w2))
  const built = g.program(
    'step',
    { y },
    new Map([
      ['w', w2],
      ['m', m2],
      ['v', v2],
      ['ema', ema2],
    ]),
  )
  const tensors = Object.fromEntries(['w', 'm', 'v', 'ema'].map((name, i) => [name, noise(shape, i)]))
  tensors.v = floats(shape, tensors.v.data.map(Math.abs))
  check(built, { ...tensors, x: noise([1, 16, 4, 4, 4], 7) })
  const session = openInThread([built], tensors)
  expect(session.describe('step').reorders).toBeLessThanOrEqual(2) // of the input and the output
  session.dispose()
})

test.skipIf(!available)('states that take each other’s values', () => {
  const [a, b] = [g.state('a', of([4])), g.state('b', of([4]))]
  const built = g.program(
    'swap',
    { old: a },
    new Map([
      ['a', b],
      ['b', g.reshape(a, [4])],
    ]),
  )
  check(built, { a: noise([4], 1), b: noise([4], 2) })
})

test.skipIf(!available)('an old state that is given out is the old one', () => {
  const a = g.state('a', of([5]))
  const next = g.add(g.mul(a, 2), 1)
  check(g.program('p', { old: a, next, shown: g.reshape(a, [1, 5]) }, new Map([['a', next]])), { a: noise([5], 1) })
})

test.skipIf(!available)('programs share states, and write replaces them', () => {
  const w = g.state('w', of([16, 16, 3, 3]))
  const conv = (size: number) => g.conv(g.input('x', of([1, 16, size, size])), w, null, { pads: 1 })
  const train = g.program('train', {}, new Map([['w', g.mul(w, g.add(1, g.mul(0, g.sum(conv(8)))))]]))
  const infer = g.program('infer', { y: conv(5) })
  const initial = { w: noise(w.shape, 1) }
  const session = openInThread([infer, train], initial)
  const x = noise([1, 16, 5, 5], 2)
  const expected = g.evaluateProgram(infer, { ...initial, x }).outputs.y
  expect(difference(session.run('infer', { x }).y, expected)).toBeLessThan(1e-5)
  session.run('train', { x: noise([1, 16, 8, 8], 3) })
  expect(difference(session.read(['w']).w, initial.w)).toBeLessThan(1e-6)
  const other = noise(w.shape, 4)
  session.write({ w: other })
  expect(difference(session.read().w, other)).toBe(0)
  const second = g.evaluateProgram(infer, { w: other, x }).outputs.y
  expect(difference(session.run('infer', { x }).y, second)).toBeLessThan(1e-5)
  session.dispose()
})

test.skipIf(!available)('a thousand runs hold no more memory, and times are told by operation', () => {
  const x = g.input('x', of([1, 3, 8, 8]))
  const w = g.state('w', of([3, 3, 3, 3]))
  const built = g.program('p', { y: g.relu(g.conv(x, w, null, { pads: 1 })) })
  const session = openInThread([built], { w: noise(w.shape, 1) }, { profile: true })
  const before = session.memoryBytes()
  for (let i = 0; i < 1000; i++) session.run('p', { x: noise(x.shape, 2) })
  expect(session.memoryBytes()).toBe(before)
  expect(before).toBeGreaterThan(0)
  const rows = session.profile()
  expect(rows.find(({ op }) => op === 'relu' || op === 'conv')?.calls).toBe(1000)
  session.dispose()
})

test.skipIf(!available)('inputs are checked', () => {
  const x = g.input('x', of([2, 3]))
  const session = openInThread([g.program('p', { y: g.neg(x) })], {})
  expect(() => session.run('p', {})).toThrow('p: input "x" is missing; it takes [2, 3]')
  expect(() => session.run('p', { x: floats([3]) })).toThrow('p: input "x" has shape [3]; it takes [2, 3]')
  expect(() => session.run('q', {})).toThrow('run: there is no program "q"; there are p')
  expect(() => session.read(['w'])).toThrow('session: there is no state "w"')
  expect(
    session.run('p', { x: { dtype: 'uint8', shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) } }).y.data[5],
  ).toBe(-6)
  session.dispose()
  const double = g.program('d', { y: g.neg(g.input('x', { dtype: 'float64', shape: [1] })) })
  expect(() => openInThread([double], {})).toThrow(/computes in float32 and int32, not in float64/)
})

test.skipIf(!available)('weights are brought into their layout ahead of the runs, and again when they change', () => {
  const x = g.input('x', of([1, 16, 6, 6, 6]))
  const w = g.state('w', of([16, 8, 3, 3, 3]))
  const look = g.program('look', { y: g.conv(x, w, null, { pads: 1, groups: 2 }) })
  const half = g.program('half', {}, new Map([['w', g.mul(w, 0.5)]]))
  const feed = noise(x.shape, 1)
  const initial = noise(w.shape, 2)
  const session = openInThread([look, half], { w: initial }, { threads: 1 })
  const scaled = (factor: number) => {
    const by = floats(w.shape, initial.data.map((v) => v * factor)) // prettier-ignore
    expect(difference(session.run('look', { x: feed }).y, g.evaluateProgram(look, { x: feed, w: by }).outputs.y)).toBeLessThan(2e-5) // prettier-ignore
  }
  scaled(1)
  scaled(1)
  session.run('half', {})
  scaled(0.5)
  session.write({ w: floats(w.shape, initial.data.map((v) => v * 3)) }) // prettier-ignore
  scaled(3)
  session.dispose()
})

test.skipIf(!available)('a constant is not written over', () => {
  const x = g.input('x', of([32]))
  const c = g.constant(
    floats(
      [32],
      Array.from({ length: 32 }, (_, i) => i),
    ),
  )
  const built = g.program('p', { y: g.relu(g.add(c, g.mul(g.narrow(x, 0, 0, 1), 2))) })
  const session = openInThread([built], {}, { threads: 1, small: 0 })
  const feed = floats([32], new Float32Array(32).fill(1))
  const [first, second] = [session.run('p', { x: feed }), session.run('p', { x: feed })]
  session.dispose()
  expect([...second.y.data]).toEqual([...first.y.data])
  expect(first.y.data[3]).toBe(5)
})

for (const samples of [1, 2])
  test.skipIf(!available)(`parts of a concatenation need not be copied, ${samples} samples`, () => {
    const x = g.input('x', of([samples, 16, 4, 4, 6]))
    const [w, v] = [g.state('w', of([32, 16, 3, 3, 3])), g.state('v', of([16, 48, 1, 1, 1]))]
    const near = g.relu(g.conv(x, w, null, { pads: 1 }))
    const both = g.concat([near, g.mul(x, 2)], 1)
    const again = g.concat([g.mul(x, x), near, x], 1)
    const y = g.conv(g.add(both, 1), v)
    const kept = g.add(g.narrow(both, 1, 16, 32), g.narrow(both, 1, 0, 32))
    const grads = g.gradients(g.add(g.sum(y), g.sum(g.mul(kept, again.shape[1]))), [w, v])
    const built = g.program('p', { y, kept, again, dw: grads[0], dv: grads[1] })
    check(built, { x: noise(x.shape, 1), w: noise(w.shape, 2), v: noise(v.shape, 3) })
  })
