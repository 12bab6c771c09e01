import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyOf, keepAnyOf } from './choices.ts'

const labels = fc.array(fc.constantFrom(0, 1, 2, 4, -1, 0.5, NaN, Infinity), { minLength: 1, maxLength: 70 })
const sets = fc.array(fc.array(fc.constantFrom(0, 1, 2, 4, 0.5), { maxLength: 3 }), { minLength: 1, maxLength: 3 })

test('elements are marked, and kept, where they are one of some values', () => {
  fc.assert(
    fc.property(labels, sets, (values, wanted) => {
      const data = Float32Array.from(values)
      const marks = wanted.flatMap((set) => values.map((x) => Number(set.includes(x) && !Number.isNaN(x))))
      expect([...anyOf(data, wanted)]).toEqual(marks)
      const kept = keepAnyOf(data, wanted[0], new Float32Array(data.length))
      expect([...kept]).toEqual(values.map((x, i) => (marks[i] === 1 ? x : 0)))
    }),
  )
})

test('several rounds are marked in their places', () => {
  const data = new Float32Array(100_001).map((_, i) => i % 3)
  const marks = anyOf(data, [[1], [2, 0]])
  expect(marks.every((mark, i) => mark === Number(i < data.length ? i % 3 === 1 : (i - data.length) % 3 !== 1))).toBe(
    true,
  )
})
