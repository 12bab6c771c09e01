import { expect, test } from 'vitest'
import { evaluate, input, ops, program, type Op, type OpName } from 'volvox/graph'
import { sampleTensors, samples } from 'volvox/graph/samples'
import { createOrt } from '../executor.ts'
import { nodeRuntime } from '../runtime.ts'

// In this thread: starting one for every sample would take minutes.
const runtime = await nodeRuntime()
const levels = ['disabled', 'all'] as const

for (const name of Object.keys(ops) as OpName[])
  for (const sample of samples[name])
    test(`${name} ${sample.title}: as the interpreter`, async () => {
      const tensors = sampleTensors(sample)
      const inputs = sample.inputs.map(({ dtype, shape }, i) => input(`${i}`, { dtype, shape }))
      const results = (ops[name] as unknown as Op<unknown>).all(inputs, sample.attrs)
      const feeds = Object.fromEntries(tensors.map((tensor, i) => [`${i}`, tensor]))
      const expected = evaluate(results, feeds)
      const outputs = Object.fromEntries(results.map((value, i) => [`${i}`, value]))
      for (const graphOptimizationLevel of levels) {
        const session = await createOrt({ runtime, graphOptimizationLevel }).open(
          [program('sample', outputs)],
          {},
          { threads: 1 },
        )
        const found = await session.run('sample', feeds)
        await session.dispose()
        results.forEach(({ dtype, shape }, i) => {
          const { data } = found[`${i}`]
          expect([found[`${i}`].dtype, found[`${i}`].shape]).toEqual([dtype, shape])
          const scale = Math.max(1, ...expected[i].data.map(Math.abs))
          data.forEach((value, k) =>
            expect(Math.abs(Number(value) - expected[i].data[k])).toBeLessThanOrEqual(1e-5 * scale),
          )
          expect(data).toHaveLength(expected[i].data.length)
        })
      }
    })
