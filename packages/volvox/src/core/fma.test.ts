import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fma } from './fma.ts'

test('fma keeps what rounding the product would lose', () => {
  const x = 1 + 2 ** -30
  expect(x * x - 1 - 2 ** -29).toBe(0)
  expect(fma(x, x, -1 - 2 ** -29)).toBe(2 ** -60)
})

test('fma of whole numbers is exact as far as a double goes', () => {
  const whole = fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n })
  fc.assert(
    fc.property(whole, whole, whole, (a, b, c) => {
      expect(fma(Number(a), Number(b), Number(c)) + 0).toBe(Number(a * b + c))
    }),
  )
})
