import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
import {
  complexAbs,
  complexConj,
  complexMul,
  evaluate,
  fftnCentered,
  fourier,
  ifftnCentered,
  input,
  program,
  rootSumOfSquares,
  type Value,
} from './index.ts'

const run = (x: FloatTensor, build: (x: Value) => Value) => [...evaluate([build(input('x', x))], { x })[0].data]

const counting = (...shape: number[]) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => ((7 * i) % 11) - 4),
  )

const numbersOfMonai = [
  -2.245366, -3.889087, 2.041242, -2.44949, -2.245366, 3.889087, 1.290168, 4.844285, -0.408248, 3.265986, -5.7809,
  4.137178,
]

function close(got: readonly number[], want: ArrayLike<number>): void {
  expect(got.length).toBe(want.length)
  got.forEach((v, i) => expect(v).toBeCloseTo(want[i], 5))
}

describe('the Fourier transform', () => {
  test('of a tick is a wave, and back', () => {
    const tick = floats([4], [0, 1, 0, 0])
    const parts = (x: Value, inverse = false) => fourier({ real: x, imaginary: null }, [0], { inverse })
    close(
      run(tick, (x) => parts(x).real),
      [1, 0, -1, 0],
    )
    close(
      run(tick, (x) => parts(x).imaginary!),
      [0, -1, 0, 1],
    )
    close(
      run(tick, (x) => parts(x, true).imaginary!),
      [0, 0.25, 0, -0.25],
    )
    const there = (x: Value) => fourier({ real: x, imaginary: null }, [0])
    close(
      run(tick, (x) => fourier(there(x), [0], { inverse: true, norm: 'backward' }).real),
      tick.data,
    )
  })

  test('crops and pads', () => {
    const x = floats([1, 3], [1, 2, 3])
    const sizes =
      (...sizes: number[]) =>
      (x: Value) =>
        fourier({ real: x, imaginary: null }, [0, 1], { sizes, norm: 'forward' }).real
    close(run(x, sizes(2, 1)), [0.5, 0.5])
    close(run(x, sizes(1, 4)), [1.5, -0.5, 0.5, -0.5])
  })

  // torch.fft over two axes with norm="ortho" and both shifts, of the same numbers.
  test('around the middle is as in MONAI', () => {
    close(
      run(counting(1, 2, 3, 2), (x) => fftnCentered(x, 2)),
      numbersOfMonai,
    )
  })

  test('around the middle is undone by its inverse, whatever the sizes', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 3 })
    fc.assert(
      fc.property(sizes, (spatial) => {
        const x = counting(2, ...spatial, 2)
        const axes = spatial.length
        close(
          run(x, (v) => ifftnCentered(fftnCentered(v, axes), axes)),
          x.data,
        )
      }),
      { numRuns: 10 },
    )
  })
})

test('transforms of one size share their matrices', () => {
  const x = input('x', { dtype: 'float32', shape: [4, 4, 2] })
  const y = ifftnCentered(fftnCentered(fftnCentered(x, 2), 2), 2)
  const { nodes } = program('transforms', { y })
  const matrices = nodes.flatMap(({ op, attrs }) => (op === 'constant' ? [attrs.data] : []))
  expect(new Set(matrices).size).toBe(2) // cosines and sines
})

test('complex numbers are multiplied, mirrored and measured', () => {
  const x = floats([2, 2], [1, 2, 3, 4])
  expect(run(x, (v) => complexMul(v, complexConj(v)))).toEqual([5, 0, 25, 0])
  expect(run(x, complexAbs)).toEqual([Math.sqrt(5), 5])
  expect(run(floats([2, 1], [3, 4]), (v) => rootSumOfSquares(v, 0))).toEqual([5])
})

test('what has no two parts is refused', () => {
  const x = input('x', { dtype: 'float32', shape: [2, 3] })
  expect(() => complexAbs(x)).toThrow(
    /^complexAbs: got shape \[2, 3\]; the last axis must be 2, real and imaginary part$/,
  )
  expect(() => fftnCentered(x, 1)).toThrow(/^fftnCentered: got shape \[2, 3\]/)
})
