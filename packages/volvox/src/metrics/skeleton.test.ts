import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { skeletonize } from './skeleton.ts'

/** An object of waves. */
function waves(shape: readonly number[]) {
  const value = (i: number) => Math.sin(i * 0.07) + Math.sin(i * 0.31) + Math.cos(i * 0.023)
  return { shape, data: Uint8Array.from({ length: sizeOf(shape) }, (_, i) => (value(i) > -0.4 ? 1 : 0)) }
}

/** Voxels, and the sum of their numbers, of skeletons by scikit-image. */
test.each([
  [[13, 14], 37, 2608],
  [[9, 10, 11], 107, 55021],
])('of %o, as scikit-image recorded it', (shape, count, places) => {
  const { data } = skeletonize(waves(shape))
  expect(data.reduce((sum, x) => sum + x, 0)).toBe(count)
  expect(data.reduce((sum, x, i) => sum + x * i, 0)).toBe(places)
})

test('a line stays, and so does a skeleton', () => {
  const line = { shape: [3, 7], data: Uint8Array.from({ length: 21 }, (_, i) => (i >= 7 && i < 14 ? 1 : 0)) }
  expect(skeletonize(line)).toEqual(line)
  const once = skeletonize(waves([9, 10, 11]))
  expect(skeletonize(once)).toEqual(once)
})

test('one axis is refused in one sentence', () =>
  expect(() => skeletonize({ shape: [3], data: new Uint8Array(3) })).toThrow(
    'skeletonize: masks have shape [3]; give 2 or 3 spatial axes',
  ))
