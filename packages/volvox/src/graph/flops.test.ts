import { expect, test } from 'vitest'
import { gradients } from './autodiff.ts'
import { flopsOf, programFlops } from './flops.ts'
import { input, program, state } from './ir.ts'
import { conv, convTranspose } from './layers.ts'
import { matmul, relu, sum } from './math.ts'
import { ops } from './ops/index.ts'

const of = (shape: readonly number[]) => ({ dtype: 'float32', shape }) as const

test('a convolution and its gradients take the same products, each as a multiplication and an addition', () => {
  const x = input('x', of([2, 6, 8, 8, 8]))
  const w = state('w', of([12, 3, 3, 3, 3])) // 2 groups
  const y = conv(x, w, null, { pads: 1, strides: 2, groups: 2 })
  const forward = 2 * (2 * 12 * 4 ** 3) * (3 * 3 ** 3)
  expect(flopsOf(y.node)).toBe(forward)
  const [dx, dw] = gradients(sum(relu(y)), [x, w])
  expect([dx, dw].map((value) => flopsOf(value.node))).toEqual([forward, forward])
  expect(programFlops(program('p', { dx, dw }))).toBe(3 * forward)
})

test('a transposed convolution counts by its input', () => {
  const y = convTranspose(input('x', of([1, 8, 5, 5])), state('w', of([8, 4, 2, 2])), null, { strides: 2 })
  expect(flopsOf(y.node)).toBe(2 * (8 * 5 * 5) * (4 * 2 * 2))
})

test('attention counts as its matrix products: two forward, five backward, of which one is done again', () => {
  const [q, k, v] = ['q', 'k', 'v'].map((name) => input(name, of([3, 5, 8])))
  const y = ops.attention([q, k, v], { heads: 2, scale: 0.5, bias: false, regions: false })
  const product = 2 * (3 * 5 * 5 * 8)
  expect(flopsOf(y.node)).toBe(2 * product)
  const [dq] = gradients(sum(y), [q])
  expect(flopsOf(dq.node)).toBe(5 * product)
})

test('matrix products count by the axis that vanishes, also when it is the first', () => {
  const [a, b] = [input('a', of([7, 3, 5])), input('b', of([5, 4]))]
  expect(flopsOf(matmul(a, b).node)).toBe(2 * (7 * 3 * 4) * 5)
  const [da, db] = gradients(sum(matmul(a, b)), [a, b])
  expect(programFlops(program('p', { da, db }))).toBe(2 * 2 * (7 * 3 * 4) * 5)
})
