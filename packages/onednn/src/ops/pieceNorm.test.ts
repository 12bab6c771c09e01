import { floats, sizeOf } from 'volvox'
import * as g from 'volvox/graph'
import { expect, test } from 'vitest'
import { openInThread } from '../session.ts'
import { available, difference } from '../testing.ts'

const of = (shape: readonly number[]) => ({ dtype: 'float32', shape }) as const

const noise = (shape: readonly number[], seed: number) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin((i + 1) * 12.9898 + seed * 78.233)),
  )

type Norm = (x: g.Value, gamma: g.Value, beta: g.Value) => g.Value
const instance: Norm = (x, gamma, beta) => g.instanceNorm(x, gamma, beta)
const batch: Norm = (x, gamma, beta) => g.batchNorm(x, gamma, beta).y
const group =
  (groups: number): Norm =>
  (x, gamma, beta) =>
    g.groupNorm(x, groups, gamma, beta)

/** A norm between two convolutions, whose layouts it should take, with the gradients of everything. */
function between(channels: number, space: readonly number[], norm: Norm) {
  const x = g.input('x', of([2, channels, ...space]))
  const kernel = [channels, channels, ...space.map(() => 3)]
  const [w1, w2] = ['w1', 'w2'].map((name) => g.state(name, of(kernel)))
  const [gamma, beta] = ['gamma', 'beta'].map((name) => g.state(name, of([channels])))
  const y = norm(g.conv(x, w1, null, { pads: 1 }), gamma, beta)
  const loss = g.mean(g.square(g.conv(y, w2, null, { pads: 1 })))
  const weights = [w1, w2, gamma, beta]
  const grads = g.gradients(loss, weights)
  const built = g.program('step', { loss, y, ...Object.fromEntries(grads.map((dw, i) => [`d${i}`, dw])) })
  const tensors = Object.fromEntries([x, ...weights].map((value, i) => [g.nameOf(value), noise(value.shape, i)]))
  return { built, tensors }
}

const uneven = [4, 3, 5]
const even = [4, 4, 6]
const cases: readonly (readonly [string, number, readonly number[], Norm])[] = [
  ['8 groups of 16 channels', 16, uneven, group(8)],
  ['1 group of 16 channels', 16, uneven, group(1)],
  ['2 groups of 32 channels', 32, uneven, group(2)],
  ['16 groups of 48 channels', 48, even, group(16)],
  ['3 groups of 6 channels', 6, uneven, group(3)],
  ['4 groups of 8 channels, which come last', 8, even, group(4)],
  ['2 groups of 6 channels in rows', 6, even, group(2)],
  ['3 groups of 24 channels of two axes', 24, [8, 6], group(3)],
  ['2 groups of 4 channels of one axis', 4, [32], group(2)],
  ['instances of 8 channels, which come last', 8, even, instance],
  ['instances of 5 channels in rows', 5, even, instance],
  ['instances of 5 channels, uneven', 5, uneven, instance],
  ['batches of one channel', 1, even, batch],
  ['batches of 4 channels, which come last', 4, [8, 6], batch],
  ['batches of 6 channels in rows', 6, even, batch],
]
for (const [title, channels, space, norm] of cases)
  test.skipIf(!available)(`${title} between convolutions`, () => {
    const { built, tensors } = between(channels, space, norm)
    const session = openInThread([built], tensors, { threads: 1 })
    const found = session.run('step', tensors)
    session.dispose()
    const { outputs } = g.evaluateProgram(built, tensors)
    for (const [name, tensor] of Object.entries(outputs))
      expect(difference(found[name], tensor), name).toBeLessThan(5e-5)
  })

test.skipIf(!available)('a group norm moves nothing between layouts', () => {
  const reorders = (norm: Norm) => {
    const { built, tensors } = between(16, uneven, norm)
    const session = openInThread([built], tensors, { threads: 1 })
    const found = session.describe('step').reorders
    session.dispose()
    return found
  }
  expect(reorders(group(8))).toBe(reorders(instance))
})

test.skipIf(!available)('long channels keep their digits', () => {
  const shape = [1, 1, 128, 128, 96]
  const x = g.input('x', of(shape))
  const [, mean, variance] = g.instanceNorm(x).node.outputs
  const session = openInThread([g.program('p', { mean, variance })], {}, { threads: 2 })
  const fed = noise(shape, 1)
  fed.data.forEach((v, i) => (fed.data[i] = v + 0.5))
  const found = session.run('p', { x: fed })
  session.dispose()
  const count = fed.data.length
  const average = fed.data.reduce((sum, v) => sum + v / count, 0)
  const spread = fed.data.reduce((sum, v) => sum + (v - average) ** 2 / count, 0)
  expect(Math.abs(Number(found.mean.data[0]) - average)).toBeLessThan(1e-6)
  expect(Math.abs(Number(found.variance.data[0]) - spread)).toBeLessThan(1e-6)
})
