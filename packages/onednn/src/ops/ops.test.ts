import { expect, test } from 'vitest'
import { evaluate, input, ops, program, type Op, type OpName } from 'volvox/graph'
import { sampleTensors, samples } from 'volvox/graph/samples'
import { openInThread } from '../session.ts'
import { available, difference } from '../testing.ts'

for (const name of Object.keys(ops) as OpName[])
  for (const sample of samples[name])
    test.skipIf(!available)(`${name} ${sample.title}: as the interpreter`, () => {
      const tensors = sampleTensors(sample)
      const inputs = sample.inputs.map(({ dtype, shape }, i) => input(`${i}`, { dtype, shape }))
      const results = (ops[name] as unknown as Op<unknown>).all(inputs, sample.attrs)
      const feeds = Object.fromEntries(tensors.map((tensor, i) => [`${i}`, tensor]))
      const expected = evaluate(results, feeds)
      const outputs = Object.fromEntries(results.map((value, i) => [`${i}`, value]))
      for (const small of [0, 4096]) {
        const session = openInThread([program('sample', outputs)], {}, { threads: 1, small })
        const found = session.run('sample', feeds)
        session.dispose()
        results.forEach(({ dtype }, i) => {
          expect(found[i].dtype).toBe(dtype)
          expect(difference(found[i], expected[i])).toBeLessThanOrEqual(1e-5)
        })
      }
    })
