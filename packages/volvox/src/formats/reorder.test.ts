import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocate, bytesOf } from '../core/dtype.ts'
import { sizeOf } from '../core/tensor.ts'
import { swapBytes, voxelsOf } from './elements.ts'
import { firstFastest, reorder } from './reorder.ts'

const dtypes = ['uint8', 'int16', 'float32', 'int64'] as const

test('every voxel lands in its place, whatever the order of axes', () => {
  const axes = fc.array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(8, 33, 40)), fc.nat()), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(fc.constantFrom(...dtypes), axes, fc.nat(3), (dtype, sized, start) => {
      const shape = sized.map(([size]) => size)
      // The source holds the axes in the order of the second numbers, the last of them fastest.
      const order = sized.map((_, i) => i).sort((a, b) => sized[a][1] - sized[b][1])
      const strides = shape.map((_, axis) =>
        order.slice(order.indexOf(axis) + 1).reduce((product, other) => product * shape[other], 1),
      )
      const source = allocate(dtype, sizeOf(shape) + start)
      for (let i = 0; i < source.length; i++) source[i] = dtype === 'int64' ? (BigInt(i) << 33n) - 5n : i % 251
      const out = allocate(dtype, sizeOf(shape))
      reorder(dtype, source, { start, shape, strides }, out)
      for (let o = 0; o < out.length; o++) {
        let [rest, from] = [o, start]
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          from += (rest % shape[axis]) * strides[axis]
          rest = Math.floor(rest / shape[axis])
        }
        if (out[o] !== source[from]) expect(out[o], `voxel ${o}`).toBe(source[from])
      }
    }),
  )
})

test('NaN payloads and 64-bit patterns survive', () => {
  const bits = BigUint64Array.of(0x7ff0000000000001n, 0xfff8dead0000beefn, 1n, 0x8000000000000000n)
  const out = new Float64Array(4)
  reorder('float64', new Float64Array(bits.buffer), { start: 0, shape: [2, 2], strides: [1, 2] }, out)
  expect(new BigUint64Array(out.buffer)).toEqual(BigUint64Array.of(bits[0], bits[2], bits[1], bits[3]))
})

test('conversion in slabs equals conversion at once', () => {
  const shape = [70, 9, 5]
  const data = Int16Array.from({ length: sizeOf(shape) }, (_, i) => i * 31)
  const layout = { start: 0, shape, strides: firstFastest(shape) }
  const plain = voxelsOf({ dtype: 'int16', data, layout }).data as Int16Array
  expect(voxelsOf({ dtype: 'int16', data, layout }, 'float32').data).toEqual(Float32Array.from(plain))
  expect(voxelsOf({ dtype: 'int16', data, layout, scaling: { slope: 0.1, intercept: 2 } }).data).toEqual(
    Float64Array.from(plain, (x) => x * 0.1 + 2),
  )
})

test('swapping bytes twice restores them, and once is the other byte order', () => {
  for (const dtype of ['uint8', 'int16', 'uint32', 'float32', 'float64', 'int64'] as const) {
    const data = allocate(dtype, 3)
    const bytes = new Uint8Array(data.buffer)
    bytes.forEach((_, i) => (bytes[i] = 200 - i))
    const before = bytes.slice()
    swapBytes(dtype, data)
    expect(bytes).toEqual(
      Uint8Array.from(before, (_, i) => before[i - (i % bytesOf(dtype)) + bytesOf(dtype) - 1 - (i % bytesOf(dtype))]),
    )
    swapBytes(dtype, data)
    expect(bytes).toEqual(before)
  }
})
