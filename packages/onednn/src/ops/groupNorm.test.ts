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

/** A group norm between two convolutions, whose layouts it should take, with the gradients of everything. */
function between(channels: number, groups: number) {
  const x = g.input('x', of([2, channels, 4, 3, 5]))
  const [w1, w2] = ['w1', 'w2'].map((name) => g.state(name, of([channels, channels, 3, 3, 3])))
  const [gamma, beta] = ['gamma', 'beta'].map((name) => g.state(name, of([channels])))
  const y = g.groupNorm(g.conv(x, w1, null, { pads: 1 }), groups, gamma, beta)
  const loss = g.mean(g.square(g.conv(y, w2, null, { pads: 1 })))
  const weights = [w1, w2, gamma, beta]
  const grads = g.gradients(loss, weights)
  const built = g.program('step', { loss, y, ...Object.fromEntries(grads.map((dw, i) => [`d${i}`, dw])) })
  const tensors = Object.fromEntries([x, ...weights].map((value, i) => [g.nameOf(value), noise(value.shape, i)]))
  return { built, tensors }
}

for (const [channels, groups] of [
  [16, 8],
  [16, 1],
  [32, 2],
  [48, 16],
  [6, 3],
])
  test.skipIf(!available)(`${groups} groups of ${channels} channels between convolutions`, () => {
    const { built, tensors } = between(channels, groups)
    const session = openInThread([built], tensors, { threads: 1 })
    const found = session.run('step', tensors)
    session.dispose()
    const { outputs } = g.evaluateProgram(built, tensors)
    for (const [name, tensor] of Object.entries(outputs))
      expect(difference(found[name], tensor), name).toBeLessThan(3e-5)
  })

test.skipIf(!available)('a group norm moves nothing between layouts', () => {
  const reorders = (groups: number) => {
    const { built, tensors } = between(16, groups)
    const session = openInThread([built], tensors, { threads: 1 })
    const found = session.describe('step').reorders
    session.dispose()
    return found
  }
  expect(reorders(8)).toBe(reorders(16)) // 16 groups of one channel are an instance norm
})
