import { beforeAll, expect, test } from 'vitest'
import { useFiles } from '../core/files.ts'
import { memoryFiles } from '../formats/memoryFiles.ts'
import { openSlide } from '../formats/tiff/slide.ts'
import { pyramid } from '../formats/tiff/testing.ts'
import { outputList, type Predictor } from './inferer.ts'
import { PatchInferer } from './patchInferer.ts'
import { SlidingWindowSplitter } from './splitter.ts'
import { WSISlidingWindowSplitter } from './wsiSplitter.ts'

const path = '/slide.tif'
beforeAll(() => useFiles(memoryFiles(new Map([[path, pyramid(32, 48, 3)]]))))

const same: Predictor = (batch) => batch

test.each([
  { patchSize: 16 },
  { patchSize: [12, 20], overlap: 0.25, level: 1 },
  { patchSize: 7, overlap: 3, offset: [-2, -5], mpp: 1 },
  { patchSize: 10, padMode: null, offset: 3 },
  { patchSize: [0, 5], mode: 'RGBA' },
] as const)('patches of a slide are those of its level as an image: %o', async (options) => {
  const level = 'mpp' in options ? 1 : 'level' in options ? options.level : 0
  const slide = openSlide(path)
  const region = slide.readRegion({ level, mode: 'mode' in options ? options.mode : 'RGB' })
  const image = { dtype: 'float32', shape: [1, ...region.shape], data: Float32Array.from(region.data as Uint8Array) } as const // prettier-ignore
  const splitter = WSISlidingWindowSplitter(options)
  const { patchSize, overlap, offset, padMode } = { overlap: 0, offset: 0, padMode: 'constant', ...options } as const
  const expected = SlidingWindowSplitter({ patchSize, overlap, offset, padMode })
  const [mine, theirs] = [[...splitter(path)], [...expected(image)]]
  expect(mine.map(({ location }) => location)).toEqual(theirs.map(({ location }) => location))
  // Opacity is 0 outside of a slide; colours are, too.
  mine.forEach(({ patch }, i) => expect(patch).toEqual(theirs[i].patch))
  const [merged] = outputList(await PatchInferer({ splitter, batchSize: 3 })([path], same))
  const [whole] = outputList(await PatchInferer({ splitter: expected, batchSize: 3 })(image, same))
  expect(merged).toEqual(whole)
})

test('patches are read when they are asked for, and filtered', () => {
  const seen: (readonly number[])[] = []
  const filterFn = (_: unknown, location: readonly number[]): boolean => (seen.push(location), location[1] > 0)
  const [{ location }] = WSISlidingWindowSplitter({ patchSize: 16, filterFn })(path)
  expect(location).toEqual([0, 16])
  expect(seen).toEqual([[0, 0], [0, 16]]) // prettier-ignore
})

test('what does not fit is said', async () => {
  const splitter = WSISlidingWindowSplitter({ patchSize: 16 })
  const image = { dtype: 'float32', shape: [1, 1, 2, 2], data: new Float32Array(4) } as const
  await expect(PatchInferer({ splitter })(image, same)).rejects.toThrow(
    'PatchInferer: was given an image and WSISlidingWindowSplitter; give the path of one slide',
  )
  await expect(PatchInferer()(path, same)).rejects.toThrow('was given a path and no splitter; give one')
  const cut = SlidingWindowSplitter({ patchSize: 1 })
  await expect(PatchInferer({ splitter: cut })(path, same)).rejects.toThrow('SlidingWindowSplitter; give an image')
  expect(() => [...WSISlidingWindowSplitter({ patchSize: 8, level: 5 })(path)]).toThrow(
    'WSISlidingWindowSplitter.level: /slide.tif has no level 5; give 0 to 2',
  )
})
