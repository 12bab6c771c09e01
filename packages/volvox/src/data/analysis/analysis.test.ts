import { expect, test } from 'vitest'
import { image } from '../../core/image.ts'
import { contentOf } from '../../core/contentOf.ts'
import { caseStats } from './caseStats.ts'
import { summarize } from './summary.ts'
import { CaseStatsd } from './transform.ts'

const affine = [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1]
const img = image('float32', [1, 2, 2, 3], Float32Array.of(0, 1, 2, 0, 3, 4, 0, 0, 0, 0, 5, 9), { affine })
const label = image('uint8', [1, 2, 2, 3], Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1), { affine })

test('a case is described as MONAI 1.4 describes it', () => {
  const stats = caseStats(img, label, true)
  expect(stats.image_stats).toMatchObject({
    shape: [[2, 2, 3]],
    channels: 1,
    cropped_shape: [[2, 2, 2]],
    spacing: [2, 1, 3],
    sizemm: [4, 2, 9],
  })
  // Of 1, 2, 3, 4, 0, 0, 5, 9, which the crop leaves: PyTorch's median is the lower one.
  expect(stats.image_stats.intensity[0]).toMatchObject({ max: 9, mean: 3, median: 2, min: 0 })
  expect(stats.image_stats.intensity[0].percentile_90_0).toBeCloseTo(6.2, 12)
  expect(stats.image_foreground_stats?.intensity[0]).toMatchObject({ min: 1, max: 9, mean: 4.25 })
  expect(stats.label_stats?.labels).toEqual([0, 1, 2])
  expect(stats.label_stats?.label[1]).toMatchObject({
    foreground_percentage: 3 / 12,
    ncomponents: 1,
    shape: [[2, 2, 2]],
  })
})

test('cases are put together: extremes of extremes, means of the rest, whole percentiles of sizes', () => {
  const other = caseStats(image('float32', [1, 4, 2, 3], new Float32Array(24).fill(7), { affine }), null)
  const summary = summarize([caseStats(img, label), other])
  expect(summary.n_cases).toBe(2)
  expect(summary.image_stats.shape).toMatchObject({ median: [3, 2, 3], percentile_90_0: [3, 2, 3], mean: [3, 2, 3] })
  expect(summary.image_stats.intensity).toMatchObject({ max: 9, min: 0, mean: 5, median: 4.5 })
  expect(summary.label_stats?.label[2].foreground_percentage.mean).toBeCloseTo(1 / 12, 12)
})

test('equal voxels of another shape or type are not equal images', () => {
  const content = contentOf(img)
  expect(contentOf({ ...img, affine: [...affine] })).toBe(content)
  expect(contentOf({ ...img, shape: [1, 2, 3, 2] })).not.toBe(content)
})

test('what makes statistics senseless is an error', () => {
  const nan = { ...img, data: Float32Array.from(img.data, (x, i) => (i === 5 ? NaN : x)) }
  expect(() => CaseStatsd({ keys: ['image'] })({ image: nan })).toThrow('CaseStatsd: voxel 5 of the image is NaN')
  const small = image('uint8', [1, 2, 2, 2], new Uint8Array(8), { affine })
  expect(() => CaseStatsd({ keys: ['image'], labelKey: 'label' })({ image: img, label: small })).toThrow(
    /the label has \[2, 2, 2\] voxels, the image \[2, 2, 3\]/,
  )
})
