import { expect, test } from 'vitest'
import { image, type Image } from '../core/image.ts'
import { DatasetSummary } from './datasetSummary.ts'
import { Dataset } from './datasets/items.ts'
import { noCollation } from './noCollation.ts'

const lattice = (shape: readonly number[], values: ArrayLike<number>, spacing: readonly number[]): Image =>
  image('float32', [1, ...shape], Float32Array.from(values), {
    affine: [spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0, 0, 0, 0, 1],
  })
const ramp = Array.from({ length: 60 }, (_, i) => Math.fround(i * 1.3 - 7))
const data = [
  [1, 1, 5],
  [1, 2, 2.5],
  [0.5, 1, 6],
].map((spacing, n) => ({
  image: lattice([3, 4, 5], ramp.map((x) => x + n), spacing), // prettier-ignore
  label: lattice([3, 4, 5], ramp.map((_, i) => (i * 7 + n) % 3), spacing), // prettier-ignore
}))

// What MONAI 1.4 gives for the same images.
test('spacing and intensities that suit a data set', async () => {
  const summary = DatasetSummary(Dataset({ data }))
  expect(await summary.getTargetSpacing()).toEqual([1, 1, 3])
  expect(await summary.getTargetSpacing({ anisotropicThreshold: 6 })).toEqual([1, 1, 5])
  const { max, min, mean, std } = await summary.calculateStatistics()
  expect([max, min]).toEqual([Math.fround(71.7), -6].map((x) => expect.closeTo(x, 4)))
  expect([mean, std]).toEqual([expect.closeTo(32.35, 3), expect.closeTo(22.5187, 3)])
  const close = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([name, x]) => [name, expect.closeTo(x as number, 5)]))
  expect(await summary.calculatePercentiles({ interval: 1 })).toEqual(
    close({ min: -5.8215, max: 70.51, median: 32.85 }),
  )
  expect(await summary.calculatePercentiles({ interval: 4, foregroundThreshold: 1 })).toEqual(
    close({ min: -4.979, max: 57.979, median: 26.5 }),
  )
  await expect(DatasetSummary(Dataset({ data }), { imageKey: 'scan' }).getTargetSpacing()).rejects.toThrow(
    'item 0: has no image "scan" (it has image, label); name another key',
  )
})

test('noCollation leaves samples as they are', () => {
  const [a, b] = data
  expect(noCollation([a, [b, { ...b, extra: 1 }]])).toEqual({
    image: [a.image, b.image, b.image],
    label: [a.label, b.label, b.label],
    extra: [undefined, undefined, 1],
  })
})
