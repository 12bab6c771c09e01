import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import { AddNoise, RandGaussianNoise, ScaleIntensity, ScaleIntensityRange } from './index.ts'

const row = (values: readonly number[]) => image('float32', [1, values.length], Float32Array.from(values))
const typed = ({ dtype, data }: Image) => [dtype, Array.from(data as ArrayLike<number>)]

test('ScaleIntensity looks for the range in the element type of the result', () => {
  expect(typed(ScaleIntensity({ maxv: 9, dtype: 'uint8' })(row([0.9, 1.9, 3.9])))).toEqual(['uint8', [0, 3, 9]])
})

test('ScaleIntensityRange to whole numbers rounds after each of its steps', () => {
  // (x + 200) / 400 * 100 is a whole number for these; one factor for both would leave some just below it.
  const shorts = image(
    'int16',
    [1, 101],
    Int16Array.from({ length: 101 }, (_, i) => 4 * i - 200),
  )
  const scaled = ScaleIntensityRange({ aMin: -200, aMax: 200, bMin: 0, bMax: 100, dtype: null })(shorts)
  const want = Array.from({ length: 101 }, (_, i) => Math.trunc(Math.fround(Math.fround((4 * i) / 400) * 100)))
  expect(typed(scaled)).toEqual(['int16', want])
})

test('image and noise take the element type of the result before they are added', () => {
  const noise = Float32Array.of(0.6, -0.6, 1.9)
  expect(typed(AddNoise({ noise, dtype: 'int16' })(row([0.6, 0.9, -1.9])))).toEqual(['int16', [0, 0, 0]])
})

test('a dtype of null keeps the element type of the image', () => {
  const bytes = image('uint8', [1, 2], Uint8Array.of(3, 200))
  expect(ScaleIntensity({ dtype: null, maxv: 10 })(bytes).dtype).toBe('uint8')
  expect(RandGaussianNoise({ prob: 1, dtype: null })(bytes).dtype).toBe('uint8')
})
