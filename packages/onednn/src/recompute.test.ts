import { floats, sizeOf } from 'volvox'
import * as g from 'volvox/graph'
import { expect, test } from 'vitest'
import { openInThread } from './session.ts'
import { available } from './testing.ts'

const of = (shape: readonly number[]) => ({ dtype: 'float32', shape }) as const

const noise = (shape: readonly number[], seed: number) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin((i + 1) * 12.9898 + seed * 78.233) * 0.3),
  )

/** Convolutions, group norms and activations in a row, residuals among them, and a step of gradient descent. */
function deepStep(depth: number) {
  const [channels, shape] = [16, [1, 16, 8, 8, 8]]
  let y = g.input('x', of(shape))
  const weights: g.Value[] = []
  for (let i = 0; i < depth; i++) {
    const w = g.state(`w${i}`, of([channels, channels, 3, 3, 3]))
    const gamma = g.state(`gamma${i}`, of([channels]))
    weights.push(w, gamma)
    const next = g.relu(g.groupNorm(g.conv(y, w, null, { pads: 1 }), 8, gamma))
    y = i % 2 ? g.add(y, next) : next
  }
  const loss = g.mean(g.square(y))
  const steps = g.gradients(loss, weights).map((dw, i) => [g.nameOf(weights[i]), g.sub(weights[i], dw)] as const)
  const whole = g.program('step', { loss }, new Map(steps))
  return { whole, checkpointed: g.recompute(whole, [loss]) }
}

test.skipIf(!available)('a deep network that computes its activations again takes half of the memory', () => {
  const { whole, checkpointed } = deepStep(16)
  const states = Object.fromEntries(whole.states.map((value, i) => [g.nameOf(value), noise(value.shape, i)]))
  const [first, second] = [whole, checkpointed].map((built) => {
    const session = openInThread([built], states, { threads: 2 })
    const losses = [1, 2].map((seed) => session.run('step', { x: noise([1, 16, 8, 8, 8], seed) }).loss.data[0])
    const { arenaBytes } = session.describe('step')
    const after = session.read()
    session.dispose()
    return { losses, arenaBytes, after }
  })
  expect(second.losses).toEqual(first.losses)
  expect(second.after).toEqual(first.after)
  expect(second.arenaBytes).toBeLessThan(0.5 * first.arenaBytes)
})
