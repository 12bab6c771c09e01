import fc from 'fast-check'
import { test, expect } from 'vitest'
import { floats, sizeOf } from 'volvox'
import { conv, evaluate, gradients, input, nameOf, program, type Value } from 'volvox/graph'
import { createOrt } from '../executor.ts'
import { nodeRuntime } from '../runtime.ts'

const runtime = await nodeRuntime() // in this thread: starting one for every case would take minutes

const axis = fc.record({
  length: fc.integer({ min: 1, max: 7 }),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  before: fc.integer({ min: 0, max: 3 }),
  after: fc.integer({ min: 0, max: 3 }),
})

const convolution = fc
  .record({
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
    batch: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 3 }),
  })
  .filter(({ axes }) => axes.every((a) => a.dilation * (a.kernel - 1) < a.length + a.before + a.after))

test('a convolution and its gradients equal the interpreter, whatever strides, pads, dilations and groups are', () =>
  fc.assert(
    fc.asyncProperty(convolution, async ({ axes, batch, groups, inputs, outputs }) => {
      const x = input('x', { dtype: 'float32', shape: [batch, groups * inputs, ...axes.map((a) => a.length)] })
      const w = input('w', { dtype: 'float32', shape: [groups * outputs, inputs, ...axes.map((a) => a.kernel)] })
      const bias = input('bias', { dtype: 'float32', shape: [groups * outputs] })
      const y = conv(x, w, bias, {
        strides: axes.map((a) => a.stride),
        dilations: axes.map((a) => a.dilation),
        pads: [...axes.map((a) => a.before), ...axes.map((a) => a.after)],
        groups,
      })
      const g = input('g', y)
      const [dx, dw, dbias] = gradients(y, [x, w, bias], g)
      const feeds = Object.fromEntries([x, w, bias, g].map((value, i) => [nameOf(value), wave(value, i)]))
      const results = { y, dx, dw, dbias }
      const expected = evaluate(Object.values(results), feeds)
      const session = await createOrt({ runtime }).open([program('gradients', results)], {}, { threads: 1 })
      const found = await session.run('gradients', feeds)
      await session.dispose()
      Object.keys(results).forEach((name, i) => {
        expect(found[name].shape, name).toEqual(expected[i].shape)
        found[name].data.forEach((value, k) => expect(Number(value), name).toBeCloseTo(expected[i].data[k], 4))
      })
    }),
    { numRuns: 150, seed: 1 },
  ))

function wave({ shape }: Value, phase: number) {
  return floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + phase)),
  )
}
