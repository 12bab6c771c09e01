import { expect, test } from 'vitest'
import { argsort } from './argsort.ts'

test('equal values are left in the order that NumPy 1.24 leaves them in', () => {
  // numpy.random.RandomState(3).randint(0, 6, 40), and its argsort.
  const values = [2, 0, 1, 3, 0, 0, 0, 5, 5, 3, 2, 3, 1, 1, 2, 5, 0, 4, 4, 5, 0, 2, 1, 2, 2, 2, 4, 1, 3, 2, 5, 0, 1, 5, 2, 0, 3, 0, 3, 1] // prettier-ignore
  const order = [31, 16, 35, 6, 5, 20, 37, 1, 4, 2, 32, 22, 12, 13, 27, 39, 34, 29, 25, 24, 23, 0, 14, 21, 10, 38, 3, 28, 11, 9, 36, 18, 17, 26, 7, 30, 33, 15, 8, 19] // prettier-ignore
  expect(argsort(values)).toEqual(order)
})

test('few values are sorted stably, none are nothing', () => {
  expect(argsort([3, 1, 3, 1, 2])).toEqual([1, 3, 4, 0, 2])
  expect(argsort([])).toEqual([])
})
