import { expect, test } from 'vitest'
import { compare } from './compare.ts'
import { doubles } from './numbers.ts'

test('equal within bounds, and NaN and infinity with their like', () => {
  expect(compare('x', doubles([1, NaN, Infinity]), doubles([1.1, NaN, Infinity]), 0.2)).toBeNull()
  expect(compare('x', doubles([1, NaN]), doubles([1, 2]), 9)).toMatchObject({
    largest: Infinity,
    detail: '1 of 2 elements differ',
  })
  expect(compare('x', doubles([Infinity]), doubles([-Infinity]), 9)).toMatchObject({ largest: Infinity })
  expect(compare('x', doubles([0, 3]), doubles([0, 1]), 1)).toMatchObject({ largest: 2, allowed: 1 })
})

test('a share of elements may be off where the case says so', () => {
  const ones = new Float64Array(100).fill(1)
  const got = ones.with(7, 5)
  expect(compare('x', doubles(got), doubles(ones), 0, 0.01)).toBeNull()
  expect(compare('x', doubles(got.with(8, 5)), doubles(ones), 0, 0.01)).toMatchObject({ largest: 4 })
})

test('missing results and other shapes are no match', () => {
  expect(compare('x', undefined, doubles([1]), 9)).toMatchObject({ largest: Infinity, detail: 'no such result' })
  expect(compare('x', doubles([1]), doubles([1], []), 9)).toMatchObject({ detail: 'shape [1] instead of []' })
})
