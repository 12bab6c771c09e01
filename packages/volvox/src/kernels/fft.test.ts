import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { complexFrom, fourierTransform, type ComplexArray } from './fft.ts'

/** The sum as it is written, along one axis. */
function reference({ real, imaginary }: ComplexArray, shape: readonly number[], axis: number): ComplexArray {
  const n = shape[axis]
  const inner = sizeOf(shape.slice(axis + 1))
  const out = complexFrom(real.length)
  for (let i = 0; i < real.length; i++) {
    const k = Math.floor(i / inner) % n
    for (let j = 0; j < n; j++) {
      const at = i + (j - k) * inner
      const angle = (-2 * Math.PI * ((j * k) % n)) / n
      out.real[i] += real[at] * Math.cos(angle) - imaginary[at] * Math.sin(angle)
      out.imaginary[i] += real[at] * Math.sin(angle) + imaginary[at] * Math.cos(angle)
    }
  }
  return out
}

function someNumbers(length: number): ComplexArray {
  const x = complexFrom(length)
  for (let i = 0; i < length; i++) [x.real[i], x.imaginary[i]] = [Math.sin(7 * i + 1), Math.cos(3 * i * i)]
  return x
}

function expectClose(got: Float64Array, want: Float64Array): void {
  for (let i = 0; i < want.length; i++) expect(Math.abs(got[i] - want[i])).toBeLessThan(1e-10 * want.length)
}

test('every length from 1 to 150 is transformed, products of small primes, large primes and their squares', () => {
  for (const n of [...Array.from({ length: 150 }, (_, i) => i + 1), 37 * 37, 2 * 251]) {
    const x = someNumbers(n)
    const want = reference(x, [n], 0)
    fourierTransform(x, [n], [0])
    expectClose(x.real, want.real)
    expectClose(x.imaginary, want.imaginary)
  }
})

test('axes are transformed one after the other, and the inverse leads back', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(shapes, (shape) => {
      const x = someNumbers(sizeOf(shape))
      const before = { real: x.real.slice(), imaginary: x.imaginary.slice() }
      const axes = shape.map((_, axis) => axis).slice(1)
      const want = axes.reduce((parts, axis) => reference(parts, shape, axis), before)
      fourierTransform(x, shape, axes)
      expectClose(x.real, want.real)
      expectClose(x.imaginary, want.imaginary)
      fourierTransform(x, shape, axes, true)
      expectClose(x.real, before.real)
      expectClose(x.imaginary, before.imaginary)
    }),
    { numRuns: 60 },
  )
})

test('a shape that does not fit is refused', () => {
  expect(() => fourierTransform(complexFrom(5), [2, 3], [0])).toThrow(
    /^fourierTransform: 5 complex numbers do not fill \[2, 3\]$/,
  )
})
