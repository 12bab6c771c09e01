// Attention of more tokens than the samples of all operations have: in one chunk or in several, with known and unknown regions.
import { expect, test } from 'vitest'
import { sizeOf, type Tensor } from 'volvox'
import { constant, evaluate, input, ops, program, type Value } from 'volvox/graph'
import { openInThread } from '../session.ts'
import { available, difference } from '../testing.ts'

interface Case {
  readonly title: string
  readonly samples: number
  readonly length: number
  readonly others?: number
  readonly heads: number
  readonly depth: number
  readonly bias?: boolean
  /** Rows of regions. */
  readonly rows?: number
}

const cases: readonly Case[] = [
  { title: 'all at once', samples: 2, length: 80, heads: 6, depth: 5, bias: true },
  { title: 'all at once, apart', samples: 4, length: 90, heads: 3, depth: 2, rows: 2 },
  { title: 'some samples at a time', samples: 15, length: 230, heads: 4, depth: 4, bias: true, rows: 3 },
  { title: 'head by head', samples: 2, length: 1030, heads: 2, depth: 2, bias: true, rows: 2 },
  { title: 'more keys than queries', samples: 2, length: 40, others: 300, heads: 3, depth: 8, bias: true },
]

for (const { title, samples, length, others = length, heads, depth, bias = false, rows = 0 } of cases)
  for (const known of rows > 0 ? [true, false] : [true])
    test.skipIf(!available)(`${title}${known ? '' : ', regions as an input'}: as the interpreter`, () => {
      const features = heads * depth
      const attrs = { heads, scale: depth ** -0.5, bias, regions: rows > 0 }
      const feeds: Record<string, Tensor> = {}
      const fed = (name: string, shape: readonly number[]): Value => {
        feeds[name] = waves(shape, Object.keys(feeds).length)
        return input(name, { dtype: 'float32', shape })
      }
      const inputs = [fed('q', [samples, length, features])]
      for (const name of ['k', 'v']) inputs.push(fed(name, [samples, others, features]))
      if (bias) inputs.push(fed('bias', [heads, length, others]))
      if (rows > 0) {
        // The first row is one region.
        const data = Int32Array.from({ length: rows * length }, (_, i) =>
          i < length ? 7 : Math.floor((i * i) / 5) % 3,
        )
        feeds.regions = { dtype: 'int32', shape: [rows, length], data }
        const type = { dtype: 'int32', shape: [rows, length], data } as const
        inputs.push(known ? constant(type) : input('regions', { dtype: 'int32', shape: type.shape }))
      }
      const gradient = fed('gradient', [samples, length, features])
      const results = [ops.attention(inputs, attrs), ...ops.attentionGrad.all([gradient, ...inputs], attrs)]
      const outputs = Object.fromEntries(results.map((value, i) => [`${i}`, value]))
      const session = openInThread([program('p', outputs)], {}, { threads: 1 })
      const found = session.run('p', feeds)
      session.dispose()
      evaluate(results, feeds).forEach((expected, i) =>
        expect(difference(found[i], expected), `result ${i}`).toBeLessThanOrEqual(1e-5),
      )
    })

function waves(shape: readonly number[], slot: number): Tensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * (0.7 + 0.1 * slot) + slot))
  return { dtype: 'float32', shape, data }
}
