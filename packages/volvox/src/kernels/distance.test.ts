import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { distancesAt, edgesIn, squaredDistances, unionBox } from './distance.ts'
import * as reference from './reference/distance.ts'

const shape = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 })
const bits = (n: number) => fc.uint8Array({ minLength: n, maxLength: n, max: 1 })
/** Sparse masks have long ways, dense ones short ways. */
const mask = (n: number) =>
  fc.oneof(
    bits(n),
    fc.tuple(bits(n), bits(n), bits(n)).map(([a, b, c]) => a.map((x, i) => x & b[i] & c[i])),
  )
const masks = shape.chain((size) =>
  fc.record({ shape: fc.constant(size), a: mask(sizeOf(size)), b: mask(sizeOf(size)) }),
)
/** Quarters, whose squares float32 holds exactly. */
const steps = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 3, maxLength: 3 })

test('volumes find room in memory that was not grown before', () => {
  const far = new Uint8Array(80 * 80 * 80)
  far[0] = 1
  expect(squaredDistances(far, [80, 80, 80])[far.length - 1]).toBe(3 * 79 * 79)
})

test('squared distances are those of the lower envelope, to the last bit', () => {
  fc.assert(
    fc.property(masks, steps, ({ shape, a }, quarters) => {
      const spacing = shape.map((_, axis) => quarters[axis] / 4)
      expect([...squaredDistances(a, shape, spacing)]).toEqual([...reference.squaredDistances(a, shape, spacing)])
    }),
  )
})

test('distances at chosen elements are the roots of those of all', () => {
  fc.assert(
    fc.property(masks, ({ shape, a, b }) => {
      const all = squaredDistances(b, shape)
      const chosen = [...all].filter((_, i) => a[i]).map((squared) => Math.fround(Math.sqrt(squared)))
      expect([...distancesAt(a, b, shape)]).toEqual(chosen)
    }),
  )
})

test('long lines are searched to their end', () => {
  const line = new Uint8Array(300)
  line[299] = 1
  expect(squaredDistances(line, [300, 1, 1])[0]).toBe(299 * 299)
  expect(squaredDistances(line, [300])[0]).toBe(299 * 299)
})

test('edges are the elements with a neighbour outside', () => {
  fc.assert(
    fc.property(masks, ({ shape, a, b }) => {
      expect(edgesIn(a, shape, { start: shape.map(() => 0), shape })).toEqual(reference.edgesOf(a, shape))
      const box = unionBox(a, b, shape)
      if (!box) return
      const wide = { start: box.start.map((x) => x - 1), shape: box.shape.map((n) => n + 2) }
      const sum = (values: Uint8Array) => values.reduce((total, x) => total + x, 0)
      expect(sum(edgesIn(a, shape, wide))).toBe(sum(reference.edgesOf(a, shape)))
    }),
  )
})

test('the box holds every element of both masks and no empty face', () => {
  expect(unionBox(new Uint8Array(6), new Uint8Array(6), [2, 3])).toBeNull()
  const [a, b] = [new Uint8Array(4 * 5 * 40), new Uint8Array(4 * 5 * 40)]
  a[(1 * 5 + 2) * 40 + 17] = 1
  b[(2 * 5 + 4) * 40 + 33] = 1
  expect(unionBox(a, b, [4, 5, 40])).toEqual({ start: [1, 2, 17], shape: [2, 3, 17] })
})

test('what does not fit is refused in a sentence', () => {
  expect(() => squaredDistances(new Uint8Array(4), [2, 1, 2, 1])).toThrow(
    /^squaredDistances: the mask has 4 axes; distances are measured in 1 to 3$/,
  )
  expect(() => squaredDistances(new Uint8Array(4), [2, 2], [1, 0])).toThrow(
    /^squaredDistances.spacing: \[1, 0\] does not fit; give a number above 0 for each of the 2 axes$/,
  )
})
