import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RandomState } from '../rng/index.ts'
import { normalFloats, uniformFloats } from './draws.ts'

test('uniform float32 numbers are the same draws as one by one, and leave the generator where those do', () => {
  const runs = fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.nat(), fc.nat(3), runs, (seed, words, counts) => {
      const [fast, slow] = [new RandomState(seed), new RandomState(seed)]
      for (const rng of [fast, slow]) for (let i = 0; i < words; i++) rng.randint(2 ** 31, null, null, 'uint32')
      for (const count of counts)
        expect(uniformFloats(fast, -1, 2.5, count)).toEqual(Float32Array.from(slow.uniform(-1, 2.5, count)))
      expect(fast.getState()).toEqual(slow.getState())
    }),
    { numRuns: 40 },
  )
})

test('a Gaussian that waits goes on waiting', () => {
  const [fast, slow] = [new RandomState(1), new RandomState(1)]
  expect(fast.randn()).toBe(slow.randn())
  uniformFloats(fast, 0, 1, 300_000)
  slow.rand(300_000)
  expect(fast.randn(3)).toEqual(slow.randn(3))
})

test('normal float32 numbers are the same draws, too, whatever was drawn before', () => {
  const runs = fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.nat(), fc.nat(3), runs, (seed, words, counts) => {
      const [fast, slow] = [new RandomState(seed), new RandomState(seed)]
      for (const rng of [fast, slow]) for (let i = 0; i < words; i++) rng.randint(2 ** 31, null, null, 'uint32')
      for (const count of counts) {
        const [got, want] = [normalFloats(fast, 0.5, 2, count), slow.normal(0.5, 2, count)]
        got.forEach((x, i) => expect(Math.abs(x - want[i])).toBeLessThan(1e-6))
      }
      expect(fast.getState()).toEqual(slow.getState())
    }),
    { numRuns: 40 },
  )
})
