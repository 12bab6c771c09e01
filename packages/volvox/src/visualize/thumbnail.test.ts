import { expect, test } from 'vitest'
import { image } from '../core/image.ts'
import { thumbnail } from './thumbnail.ts'

test('a volume becomes its three middle planes at one scale, seen as radiologists do', () => {
  // 4 x 2 x 2 voxels of 1 x 2 x 3 mm, to the right, front and up: 4 x 4 x 6 mm.
  const data = Float32Array.from({ length: 16 }, (_, i) => i)
  const img = image('float32', [1, 4, 2, 2], data, { affine: [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1] })
  const { width, height, channels, pixels } = thumbnail(img, 6)
  expect([width, height, channels]).toEqual([4 + 1 + 4 + 1 + 4, 6, 1])
  const row = (y: number) => [...pixels.subarray(y * width, (y + 1) * width)]
  // Axial at the top: the patient's right (the last index) on the left, the front above.
  const gray = (value: number) => Math.round((value * 255) / 14) // from the 1st to the 99.5th hundredth: 0 to 14
  expect(row(0).slice(0, 4)).toEqual([15, 11, 7, 3].map((value) => Math.min(255, gray(value))))
})

test('flat images keep their colours and their order', () => {
  const data = Uint8Array.of(10, 20, 30, 40, 50, 60) // channels, x, y
  const { width, height, channels, pixels } = thumbnail(image('uint8', [3, 2, 1], data), 2)
  expect([width, height, channels, ...pixels]).toEqual([2, 1, 3, 10, 30, 50, 20, 40, 60])
})

test('images without contrast or with NaN do not fail; of a fourth axis the first place is shown', () => {
  expect([...thumbnail(image('float32', [1, 1, 2], Float32Array.of(NaN, 5)), 2).pixels]).toEqual([0, 0])
  const times = image('uint8', [1, 2, 1, 1, 2], Uint8Array.of(1, 90, 2, 90))
  expect(thumbnail(times)).toEqual(thumbnail(image('uint8', [1, 2, 1, 1], Uint8Array.of(1, 2))))
})

test('a volume of one slice is a flat picture, with its colours', () => {
  const gray = image('uint8', [1, 4, 2, 1], new Uint8Array(8), {
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 9, 0, 0, 0, 0, 1],
  })
  expect(thumbnail(gray, 8)).toMatchObject({ width: 8, height: 4, channels: 1 })
  const colours = image('uint8', [3, 1, 1, 1], Uint8Array.of(10, 20, 30))
  expect(thumbnail(colours, 1)).toEqual({ width: 1, height: 1, channels: 3, pixels: Uint8Array.of(10, 20, 30) })
})
