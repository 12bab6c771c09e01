import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import { RandSmoothDeform, RandSmoothFieldAdjustContrast, RandSmoothFieldAdjustIntensityd } from './index.ts'

const plane = image(
  'float32',
  [1, 6, 5],
  Float32Array.from({ length: 30 }, (_, i) => 1 + i),
)

test('a field of another size than the image is named', () => {
  expect(() => RandSmoothFieldAdjustContrast({ prob: 1, spatialSize: [6, 6], randSize: [2, 2] })(plane)).toThrow(
    'RandSmoothFieldAdjustContrast.spatialSize: a field of [6, 6] does not fit an image of shape [1, 6, 5]; give [6, 5]',
  )
  expect(() => RandSmoothDeform({ prob: 1, spatialSize: [6, 5, 1], randSize: [2, 2, 2] })(plane)).toThrow(
    'RandSmoothDeform.randSize: 3 sizes do not fit an image of shape [1, 6, 5]; give 2',
  )
})

test('a range without room is named', () => {
  expect(() => RandSmoothDeform({ spatialSize: [6, 5], randSize: [2, 2], defRange: 0 })(plane)).toThrow(
    'RandSmoothDeform.defRange: (0, 0) has no room for random values; give a larger range',
  )
})

test('all keys have one field, each made smooth in its own way', () => {
  const options = { prob: 1, spatialSize: [6, 5], randSize: [3, 2] }
  const apply = (mode: string | string[]) =>
    RandSmoothFieldAdjustIntensityd({ ...options, keys: ['a', 'b'], mode } as never).setRandomState(4)({
      a: plane,
      b: plane,
    }) as Record<string, Image>
  const [same, own] = [apply('area'), apply(['area', 'nearest'])]
  expect(same.a.data).toEqual(same.b.data)
  expect(own.a.data).toEqual(same.a.data)
  expect(own.b.data).not.toEqual(same.b.data)
})

test('the range of the field is that of its coarse values, with what is around them', () => {
  const ones = image('float32', [1, 6, 5], new Float32Array(30).fill(1))
  const { data } = RandSmoothFieldAdjustIntensityd({
    keys: 'a',
    prob: 1,
    spatialSize: [6, 5],
    randSize: [2, 2],
    pad: 1,
    gamma: [0.1, 0.4],
  }).setRandomState(4)({ a: ones }).a as Image
  expect(Math.max(...(data as Float32Array))).toBeCloseTo(1, 6)
  expect(Math.min(...(data as Float32Array))).toBeLessThan(0.4)
})
