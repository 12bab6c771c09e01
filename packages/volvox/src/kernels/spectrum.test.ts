import fc from 'fast-check'
import { expect, test } from 'vitest'
import { placeOf, sizeOf } from '../core/tensor.ts'
import { complexFrom, fourierTransform, type Floats } from './fft.ts'
import { withSpectrum } from './spectrum.ts'

const cases = fc.record({
  shape: fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 12 }),
    fc.constantFrom([], [1], [5], [9, 4], [3, 37], [2, 3, 4]),
  ),
  double: fc.boolean(),
})

const numbers = (length: number, double: boolean): Floats =>
  new (double ? Float64Array : Float32Array)(length).map((_: number, i: number) => Math.sin(7 * i + i * i))

test('half of a spectrum is half of what fourierTransform gives, and leads back', () => {
  fc.assert(
    fc.property(cases, ({ shape: [channels, first, rest], double }) => {
      const shape = [channels, first, ...rest]
      const data = numbers(sizeOf(shape), double)
      const whole = complexFrom(data)
      const axes = shape.map((_, axis) => axis).slice(1)
      fourierTransform(whole, shape, axes)
      const close = (a: number, b: number) =>
        expect(Math.abs(a - b)).toBeLessThan(double ? 1e-11 * whole.real.length : 1e-4)
      const size = sizeOf(shape) / channels
      withSpectrum(data, shape, (spectrum) => {
        expect(spectrum.shape).toEqual([channels, Math.floor(first / 2) + 1, ...rest])
        for (let i = 0; i < spectrum.real.length; i++) {
          const at = placeOf(i, spectrum.shape).reduce((sum, index, axis) => sum * shape[axis] + index, 0)
          close(spectrum.real[i], whole.real[at])
          close(spectrum.imaginary[i], whole.imaginary[at])
        }
        spectrum.meanLogarithms().forEach((mean, c) => {
          const sizes = Array.from({ length: size }, (_, i) => Math.hypot(whole.real[c * size + i], whole.imaginary[c * size + i])) // prettier-ignore
          if (sizes.every((x) => x > 0.01))
            // smaller ones are rounding errors
            expect(mean).toBeCloseTo(sizes.reduce((sum, x) => sum + Math.log(x + 1e-10), 0) / size, double ? 8 : 2)
        })
        const again = data.slice().fill(0)
        spectrum.back(again)
        data.forEach((x, i) => close(again[i], x))
      })
    }),
    { numRuns: 60 },
  )
})

test('float32 spectra of usual sizes are right to their last digits', () => {
  for (const shape of [
    [1, 16, 20, 24],
    [2, 37, 15, 8],
    [1, 64, 6],
  ]) {
    // prettier-ignore
    const data = numbers(sizeOf(shape), false)
    const whole = complexFrom(data)
    fourierTransform(whole, shape, [1, 2, 3].slice(0, shape.length - 1))
    withSpectrum(data, shape, ({ real, shape: halfShape }) => {
      for (let i = 0; i < real.length; i++) {
        const at = placeOf(i, halfShape).reduce((sum, index, axis) => sum * shape[axis] + index, 0)
        expect(Math.abs(real[i] - whole.real[at])).toBeLessThan(2e-6 * Math.sqrt(data.length) * 10)
      }
    })
  }
})
