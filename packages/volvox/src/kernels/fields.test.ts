import { expect, test } from 'vitest'
import { gammaField, timesExponentials } from './fields.ts'

test('timesExponentials multiplies each row by e to the power of its sum of curves', () => {
  for (const length of [1, 4, 7]) {
    const [rows, orders] = [5, 3]
    const data = Float32Array.from({ length: rows * length }, (_, i) => i - 4)
    const factors = Float64Array.from({ length: rows * orders }, (_, i) => Math.sin(i))
    const curves = Float64Array.from({ length: orders * length }, (_, i) => Math.cos(i))
    timesExponentials(data, factors, curves, length).forEach((y, i) => {
      const [row, column] = [Math.floor(i / length), i % length]
      let sum = 0
      for (let k = 0; k < orders; k++) sum += factors[row * orders + k] * curves[k * length + column]
      expect(Math.abs(y - data[i] * Math.exp(sum))).toBeLessThanOrEqual(1e-6 * Math.abs(y))
    })
  }
})

test('gammaField raises each value to its own power, 0 as well, and keeps NaN', () => {
  const data = Float32Array.of(-1, 0, 3, 7, -1, -1, NaN)
  const exponents = Float32Array.of(2, 0.5, 1.5, 3, 0, -1, 2)
  const out = gammaField(data, exponents, { low: -1, divisor: 8, range: 16 })
  data.forEach((x, i) => {
    const want = ((x + 1) / 8) ** exponents[i] * 16 - 1
    if (Number.isFinite(want)) expect(out[i]).toBeCloseTo(want, 5)
    else expect(out[i]).toBe(want)
  })
})
