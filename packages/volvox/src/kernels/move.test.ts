import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocate, type DType } from '../core/dtype.ts'
import { sizeOf } from '../core/tensor.ts'
import { fold, moveOf, moveVoxels, type Outside } from './move.ts'
import { moveVoxels as reference } from './reference/move.ts'

const outsides: readonly Outside[] = ['constant', 'edge', 'reflect', 'symmetric', 'wrap']
const types: readonly DType[] = ['uint8', 'int16', 'float32', 'float64', 'int64']

const cases = fc.integer({ min: 1, max: 4 }).chain((rank) => {
  const perAxis = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: rank, maxLength: rank })
  return fc.record({
    dtype: fc.constantFrom(...types),
    channels: fc.integer({ min: 1, max: 2 }),
    shape: perAxis(fc.integer({ min: 1, max: 5 })),
    // The last axis is long enough for runs that are copied at once.
    outShape: perAxis(fc.integer({ min: 1, max: 6 })).map((shape) => [...shape.slice(0, -1), shape[rank - 1] * 9]),
    axes: fc.shuffledSubarray(
      Array.from({ length: rank }, (_, i) => i),
      { minLength: rank },
    ),
    signs: perAxis(fc.constantFrom(-1, 1)),
    shifts: perAxis(fc.integer({ min: -12, max: 12 })),
    outside: fc.constantFrom(...outsides),
  })
})

test('moveVoxels agrees with the reference for every permutation, direction, shift and border', () => {
  fc.assert(
    fc.property(cases, ({ dtype, channels, shape, outShape, axes, signs, shifts, outside }) => {
      const data = allocate(dtype, channels * sizeOf(shape))
      for (let i = 0; i < data.length; i++) data[i] = (dtype === 'int64' ? BigInt(i + 1) : i + 1) as never
      const voxels = { dtype, data, channels, shape }
      const move = { axes, signs, shifts }
      const out = moveVoxels(voxels, outShape, move, outside, 7)
      expect(Array.from(out as Float32Array, Number)).toEqual(reference(voxels, outShape, move, outside, 7))
    }),
    { numRuns: 300 },
  )
})

test('moveVoxels keeps every bit, of NaN and of large whole numbers', () => {
  const bits = Uint32Array.of(0x7fc12345, 0xffc00001)
  const out = moveVoxels(
    { dtype: 'float32', data: new Float32Array(bits.buffer), channels: 1, shape: [2] },
    [2],
    { axes: [0], signs: [-1], shifts: [1] },
    'edge',
  )
  expect([...new Uint32Array(out.buffer)]).toEqual([0xffc00001, 0x7fc12345])
  const large = BigInt64Array.of(2n ** 62n + 1n)
  expect(
    moveVoxels(
      { dtype: 'int64', data: large, channels: 1, shape: [1] },
      [1],
      { axes: [0], signs: [1], shifts: [0] },
      'edge',
    ),
  ).toEqual(large)
})

test('fold continues an axis of three voxels as NumPy pads it', () => {
  const continued = (outside: Outside) => [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((i) => fold(i, 3, outside))
  expect(continued('edge')).toEqual([0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2])
  expect(continued('reflect')).toEqual([0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2])
  expect(continued('symmetric')).toEqual([2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0])
  expect(continued('wrap')).toEqual([2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
  expect(continued('constant')).toEqual([-1, -1, -1, -1, 0, 1, 2, -1, -1, -1, -1])
})

test('moveOf knows signed permutations with whole shifts from all else', () => {
  expect(moveOf([0, -1, 4, 1, 0, -2, 0, 0, 1])).toEqual({ axes: [1, 0], signs: [1, -1], shifts: [-2, 4] })
  expect(moveOf([1, 0, 0.5, 0, 1, 0, 0, 0, 1])).toBeNull()
  expect(moveOf([1, 0.1, 0, 0, 1, 0, 0, 0, 1])).toBeNull()
  expect(moveOf([1, 0, 0, 1, 0, 0, 0, 0, 1])).toBeNull()
})

test('planes that are turned agree with the reference in every element type, whole tiles and rests', () => {
  for (const dtype of ['uint8', 'int16', 'float32', 'float64'] as const)
    for (const axes of [
      [1, 0, 2],
      [2, 1, 0],
      [0, 2, 1],
      [1, 2, 0],
      [2, 0, 1],
    ])
      // prettier-ignore
      for (const sign of [1, -1]) {
        const shape = [7, 19, 21]
        const data = allocate(dtype, 2 * sizeOf(shape))
        for (let i = 0; i < data.length; i++) data[i] = (i % 251) as never
        const outShape = axes.map((axis) => shape[axis])
        const shifts = outShape.map((n) => (sign < 0 ? n - 1 : 0))
        const move = { axes, signs: axes.map(() => sign), shifts }
        const voxels = { dtype, data, channels: 2, shape }
        const out = moveVoxels(voxels, outShape, move, 'constant')
        expect(Array.from(out as Float32Array, Number)).toEqual(reference(voxels, outShape, move, 'constant'))
      }
})

test('what lies outside is a number of the element type', () => {
  const moved = (dtype: DType, value: number) =>
    moveVoxels(
      { dtype, data: allocate(dtype, 1), channels: 1, shape: [1] },
      [2],
      { axes: [0], signs: [1], shifts: [0] },
      'constant',
      value,
    )
  expect([...moved('float16', 1)]).toEqual([0, 0x3c00])
  expect([...moved('int64', 2.5)]).toEqual([0n, 2n])
  expect([...moved('uint8', -1)]).toEqual([0, 255])
})
