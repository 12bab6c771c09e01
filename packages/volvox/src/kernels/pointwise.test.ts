import fc from 'fast-check'
import { expect, test } from 'vitest'
import { roundEven } from '../core/convert.ts'
import {
  divide,
  extent,
  gammaCurve,
  keepBeyond,
  labelled,
  meanAndDeviation,
  meanOf,
  reaching,
  scaleShift,
  sigmoid,
  softClip,
  softmax,
  statistics,
  wholeNumbers,
} from './pointwise.ts'
import * as reference from './reference/pointwise.ts'

const arrays = fc.float32Array({ minLength: 1, maxLength: 40, noNaN: true, min: -1e6, max: 1e6 })

test('statistics agree with the reference, for floats and whole numbers', () => {
  const close = (data: Float32Array | Int16Array, dtype: 'float32' | 'int16') => {
    const [got, want] = [statistics(data, dtype), reference.statistics(data)]
    expect([got.min, got.max]).toEqual([want.min, want.max])
    for (const key of ['sum', 'mean', 'std'] as const)
      expect(Math.abs(got[key] - want[key])).toBeLessThanOrEqual(
        1e-9 * (1 + Math.max(Math.abs(want.max), Math.abs(want.min)) * data.length),
      )
  }
  fc.assert(fc.property(arrays, (data) => close(data, 'float32')))
  fc.assert(fc.property(fc.int16Array({ minLength: 1, maxLength: 40 }), (data) => close(data, 'int16')))
})

test('means without an extent are those of the statistics, and equal elements do not deviate', () => {
  fc.assert(
    fc.property(arrays, (data) => {
      const { mean, std } = statistics(data)
      expect(meanOf(data)).toBe(mean)
      expect(meanAndDeviation(data)).toMatchObject({ mean, std })
    }),
  )
  expect(meanAndDeviation(new Float32Array(200_001).fill(0.1))).toMatchObject({ mean: Math.fround(0.1), std: 0 })
})

test('statistics cover arrays of several chunks, and nothing escapes NaN', () => {
  const data = new Float32Array(200_001).map((_, i) => i)
  expect(statistics(data)).toMatchObject({ min: 0, max: 200_000, mean: 100_000 })
  data[150_000] = NaN
  expect(statistics(data)).toEqual({ min: NaN, max: NaN, sum: NaN, mean: NaN, std: NaN })
})

test('scaleShift agrees with the reference and leaves its input alone', () => {
  fc.assert(
    fc.property(
      arrays,
      fc.float({ noNaN: true, min: -9, max: 9 }),
      fc.float({ noNaN: true, min: -9, max: 9 }),
      (data, scale, shift) => {
        const before = data.slice()
        const signless = (values: Float32Array) => Array.from(values, (x) => x + 0) // -0 and 0 are the same voxel value
        expect(signless(scaleShift(data, { scale, shift, low: -100, high: 100 }))).toEqual(
          signless(reference.scaleShift(data, scale, shift, -100, 100)),
        )
        expect(data).toEqual(before)
      },
    ),
  )
})

test('scaleShift covers arrays of several chunks', () => {
  const out = scaleShift(new Float32Array(200_001).fill(3), { base: 1, scale: 2, shift: 3 })
  expect(out.every((x) => x === 7)).toBe(true)
})

test('gammaCurve is the power that it says, to float32', () => {
  const exponents = fc.constantFrom(-1.5, 0, 0.3, 1, 2.2, 4.5)
  const cases = fc.tuple(fc.float32Array({ minLength: 1, maxLength: 9, noNaN: true, min: 0, max: 1e4 }), exponents)
  fc.assert(
    fc.property(cases, ([data, gamma]) => {
      const how = { low: Math.min(...data), divisor: 3000, gamma, range: 50 }
      gammaCurve(data, how).forEach((x, i) => {
        const base = Math.fround(Math.fround(data[i] - how.low) / how.divisor)
        const want = Math.fround(Math.fround(base ** Math.fround(gamma) * how.range) + how.low)
        if (x !== want) expect(Math.abs(x - want)).toBeLessThanOrEqual(4e-7 * Math.abs(want) + 1e-36)
      })
    }),
  )
  expect([...gammaCurve(Float32Array.of(NaN, 1), { low: 0, divisor: 1, gamma: 2, range: 1 })]).toEqual([NaN, 1])
})

test('what compares with a threshold or rounds agrees with plain loops', () => {
  const ties = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(ties, fc.double({ min: -4, max: 4, noNaN: true }), fc.boolean(), (halves, threshold, above) => {
      const data = Float32Array.from([...halves.map((n) => n / 2), NaN, Math.fround(threshold)])
      const kept = (x: number) => (above ? x > threshold : x < threshold)
      expect(keepBeyond(data, threshold, above, 7)).toEqual(data.map((x) => (kept(x) ? x : 7)))
      expect(reaching(data, threshold)).toEqual(data.map((x) => (x >= threshold ? 1 : 0)))
      expect(wholeNumbers(data)).toEqual(data.map(roundEven))
    }),
  )
})

test('the smallest and the largest value are found wherever they are, and NaN', () => {
  const data = new Float32Array(41).fill(2)
  for (let i = 0; i < data.length; i++) {
    const low = data.with(i, -1)
    expect([extent(low), extent(low.map((x) => -x)), extent(data.with(i, NaN))]).toEqual([
      { min: -1, max: 2 },
      { min: -2, max: 1 },
      { min: NaN, max: NaN },
    ])
  }
})

const finite = fc.float32Array({ minLength: 1, maxLength: 40, noNaN: true, min: -120, max: 120 })

test('sigmoid is 1 / (1 + e^-x) to the last digits of float32, and keeps NaN', () => {
  fc.assert(
    fc.property(finite, (data) => {
      sigmoid(data).forEach((y, i) => {
        const want = 1 / (1 + Math.exp(-data[i]))
        expect(Math.abs(y - want)).toBeLessThanOrEqual(3e-7 * want + 1e-37)
      })
    }),
  )
  expect([...sigmoid(Float32Array.of(NaN, Infinity, -Infinity, 0))]).toEqual([NaN, 1, expect.closeTo(0), 0.5])
})

test('softmax sums to 1 along the middle axis, whatever is beside it, and keeps nothing of -infinity', () => {
  const shapes = fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 9 }),
  )
  fc.assert(
    fc.property(shapes, ([outer, count, step]) => {
      const data = Float32Array.from({ length: outer * count * step }, (_, i) =>
        i % 5 === 4 ? -Infinity : 9 * Math.sin(i),
      )
      const out = softmax(data, count, step)
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < step; i++) {
          const places = Array.from({ length: count }, (_, k) => (o * count + k) * step + i)
          const powers = places.map((at) => Math.exp(data[at]))
          const total = powers.reduce((a, b) => a + b)
          places.forEach((at, k) => {
            if (total === 0) expect(out[at]).toBeNaN()
            else expect(out[at]).toBeCloseTo(powers[k] / total, 6)
          })
        }
    }),
  )
})

test('softClip bends at both ends, or at one', () => {
  const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
  const ends = fc.constantFrom([-1, 2], [-Infinity, 2], [-1, Infinity])
  fc.assert(
    fc.property(finite, ends, fc.constantFrom(0.5, 10), (data, [low, high], s) => {
      softClip(data, s, low, high).forEach((y, i) => {
        const x = data[i]
        expect(y).toBeCloseTo(x + softplus(-s * (x - low)) / s - softplus(s * (x - high)) / s, 4)
      })
    }),
  )
})

test('labelled says which values are a label once their fraction is cut off', () => {
  const data = Float32Array.from({ length: 41 }, (_, i) => i / 4 - 2)
  const out = new Float32Array(data.length)
  for (const label of [0, 1, 3]) {
    labelled(data, label, out)
    expect(out).toEqual(data.map((x) => Number(Math.trunc(x) === label)))
  }
})

test('divide rounds once', () => {
  const data = Float32Array.from({ length: 41 }, (_, i) => i - 7)
  expect(divide(data, 0.3)).toEqual(data.map((x) => x / Math.fround(0.3)))
})

test('long lines and many rounds give what short ones give', () => {
  const data = Float32Array.from({ length: 2 * 3 * 400_001 }, (_, i) => 9 * Math.sin(i))
  const soft = softmax(data, 3, 400_001)
  const logistic = sigmoid(data)
  for (const at of [0, 174_762, 174_763, 400_000, 3 * 400_001, 3 * 400_001 + 399_999]) {
    const column = Float32Array.from({ length: 3 }, (_, k) => data[at + k * 400_001])
    expect([0, 1, 2].map((k) => soft[at + k * 400_001])).toEqual([...softmax(column, 3, 1)])
    expect(logistic[at]).toBe(sigmoid(data.subarray(at, at + 1))[0])
  }
})
