import { expect, test } from 'vitest'
import { thresholdMethods } from './thresholds.ts'

const dark = [10, 11, 12, 12, 11, 13, 10, 12, 14, 12]
const bright = [100, 102, 101, 101, 103, 99, 101]
const data = Float32Array.from([...dark, ...bright, 55])

test('every method finds a threshold between two groups of values', () => {
  for (const [name, method] of Object.entries(thresholdMethods))
    for (const wholeNumbers of [true, false]) {
      const threshold = method({ data, wholeNumbers })
      expect(threshold, name).toBeGreaterThanOrEqual(name === 'triangle' || name === 'yen' ? 10 : 13)
      expect(threshold, name).toBeLessThan(100)
    }
})

test('an image of one value has it as its threshold', () => {
  const constant = new Float32Array(9).fill(7)
  for (const name of ['otsu', 'li', 'mean', 'triangle'])
    expect(thresholdMethods[name]({ data: constant, wholeNumbers: false })).toBe(7)
})

test('a histogram of one peak has no minimum between peaks', () => {
  const hill = Float32Array.from([1, 2, 2, 3, 3, 3, 4, 4, 5])
  expect(() => thresholdMethods.minimum({ data: hill, wholeNumbers: true })).toThrow(
    'threshold "minimum": the histogram does not have two peaks; take another method',
  )
})
