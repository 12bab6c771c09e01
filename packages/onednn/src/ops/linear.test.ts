// What linear layers and their losses are made of, larger than the samples of all operations are.
import { expect, test } from 'vitest'
import { sizeOf, type Tensor } from 'volvox'
import { add, evaluate, gelu, input, matmul, mul, ops, program, type Value } from 'volvox/graph'
import { openInThread } from '../session.ts'
import { available, difference } from '../testing.ts'

const feeds: Record<string, Tensor> = {}
function fed(name: string, ...shape: number[]): Value {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 0.7 + name.length))
  feeds[name] = { dtype: 'float32', shape, data }
  return input(name, { dtype: 'float32', shape })
}

const x = fed('x', 300, 20)
const product = matmul(x, fed('weight', 24, 20), { transposeB: true })
const biased = add(product, fed('bias in', 24))
const chains: Readonly<Record<string, { readonly y: Value; readonly steps: number }>> = {
  'a bias': { y: biased, steps: 1 },
  'a bias and an activation': { y: gelu(biased), steps: 1 },
  'a bias and a scale': { y: mul(biased, 0.25), steps: 1 },
  'a residual': { y: add(biased, fed('skipped', 300, 24)), steps: 1 },
}

for (const [title, { y, steps }] of Object.entries(chains))
  test.skipIf(!available)(`a matrix product takes ${title} as post-ops`, () => {
    const session = openInThread([program('p', { y })], {}, { threads: 1, small: 0 })
    const found = session.run('p', feeds)
    expect(session.describe('p').steps).toBe(steps)
    session.dispose()
    expect(difference(found.y, evaluate([y], feeds)[0])).toBeLessThanOrEqual(1e-5)
  })

for (const [op, shape, axis] of [
  ['softmaxGrad', [2, 5, 7, 9], 1],
  ['logSoftmaxGrad', [2, 5, 7, 9], 1],
  ['softmaxGrad', [2, 20, 30], 1],
  ['logSoftmaxGrad', [70, 3, 5], 1],
] as const)
  test.skipIf(!available)(`${op} over axis ${axis} of [${shape.join(', ')}]: as the interpreter`, () => {
    const y = ops[op]([fed('g', ...shape), fed('of y', ...shape)], { axis })
    const session = openInThread([program('p', { y })], {}, { threads: 1, small: 0 })
    const found = session.run('p', feeds)
    session.dispose()
    expect(difference(found.y, evaluate([y], feeds)[0])).toBeLessThanOrEqual(1e-5)
  })
