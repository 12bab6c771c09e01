import { expect, test } from 'vitest'
import { histogram } from './histogram.ts'

test('bins are half open, but for the last', () => {
  const { counts, centres } = histogram(Float32Array.of(0, 1, 1, 2, 3, 4), 4)
  expect([...counts]).toEqual([1, 2, 1, 2])
  expect([...centres]).toEqual([0.5, 1.5, 2.5, 3.5])
})

test('equal values are in the middle of a range of width 1', () => {
  const { counts, centres } = histogram(Float32Array.of(7, 7, 7), 2)
  expect([...counts]).toEqual([0, 3])
  expect([...centres]).toEqual([6.75, 7.25])
})

test('whole numbers have a bin each', () => {
  const { counts, centres } = histogram(Float32Array.of(-1, 2, 2), 256, true)
  expect([...counts]).toEqual([1, 0, 0, 2])
  expect([...centres]).toEqual([-1, 0, 1, 2])
})
