import { expect, test } from 'vitest'
import type { Volume } from '../format.ts'
import { memoryFiles } from '../memoryFiles.ts'
import { readVolume, writeVolume } from '../open.ts'

const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

/** Smooth, so that little is lost. */
function picture(width: number, height: number, samples: number): Volume {
  const shape = samples > 1 ? [width, height, samples] : [width, height]
  const data = new Uint8Array(width * height * samples)
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++)
      for (let s = 0; s < samples; s++) data[(x * height + y) * samples + s] = 40 + 3 * x + 2 * y + 20 * s
  return { dtype: 'uint8', shape, data, affine, meta: {}, spatialDims: 2 }
}

const largest = ({ data: a }: Volume, { data: b }: Volume): number =>
  Array.from(a as Uint8Array).reduce((most, value, i) => Math.max(most, Math.abs(value - Number(b[i]))), 0)

test.each([
  [16, 16, 1],
  [17, 9, 3],
  [1, 1, 3],
  [40, 3, 1],
  [33, 18, 3],
])('a picture of %i x %i pixels of %i samples comes back nearly the same', (width, height, samples) => {
  const files = memoryFiles()
  const volume = picture(width, height, samples)
  writeVolume('a.jpg', volume, { quality: 100 }, files)
  const back = readVolume('a.jpg', {}, files)
  expect(back.shape).toEqual(volume.shape)
  expect(largest(back, volume)).toBeLessThanOrEqual(samples === 3 ? 4 : 1)
  const good = files.read('a.jpg').length
  writeVolume('b.jpg', volume, { quality: 10 }, files)
  expect(files.read('b.jpg').length).toBeLessThanOrEqual(good)
})

test('what JPEG cannot hold is told', () => {
  const files = memoryFiles()
  expect(() => writeVolume('a.jpg', { ...picture(2, 2, 1), dtype: 'bool' }, {}, files)).toThrow(
    'a.jpg: JPEG holds grey or RGB of uint8, this image has 1 samples of bool; convert it, or use .png or .tif',
  )
  expect(() => writeVolume('a.jpg', picture(2, 2, 1), { quality: 0 }, files)).toThrow(
    'a.jpg: quality is 0; it must be from 1 to 100',
  )
})
