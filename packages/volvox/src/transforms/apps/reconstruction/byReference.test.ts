import { expect, test } from 'vitest'
import { image, isImage, type Image } from '../../../core/image.ts'
import { registry } from '../../../registry.ts'
import { Compose } from '../../compose.ts'
import type { SampleTransform } from '../../sample.ts'
import { RandomKspaceMask, RandomKspaceMaskd } from './kspaceMask.ts'
import { ReferenceBasedSpatialCropd } from './byReference.ts'

const counted = (...shape: number[]) =>
  image(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
  )

test('ReferenceBasedSpatialCropd: its inverse restores the size, and the middle', () => {
  const crop = ReferenceBasedSpatialCropd({ keys: ['image'], refKey: 'target' })
  const sample = { image: counted(1, 6, 5), target: counted(1, 4, 3) }
  const cropped = crop(sample)
  const back = crop.inverse(cropped).image as Image
  expect((cropped.image as Image).shape).toEqual([1, 4, 3])
  expect(back.shape).toEqual([1, 6, 5])
  expect(Array.from(back.data as Float32Array).slice(5, 10)).toEqual([0, 7, 8, 9, 0])
})

test('k-space masks: plain and dictionary form draw the same, and a pipeline seeds them', () => {
  const options = { centerFractions: [0.2], accelerations: [2] }
  const kspace = counted(1, 4, 10, 2)
  const plain = registry().create({
    _target_: 'RandomKspaceMask',
    center_fractions: [0.2],
    accelerations: [2],
  }) as ReturnType<typeof RandomKspaceMask>
  const [masked] = plain.setRandomState(4)(kspace)
  const sample = RandomKspaceMaskd({ keys: 'kspace', ...options }).setRandomState(4)({ kspace })
  expect((sample.kspace_masked as Image).data).toEqual(masked.data)
  const pipeline = () =>
    Compose({ transforms: [RandomKspaceMaskd({ keys: 'kspace', ...options })] }) as unknown as SampleTransform & {
      setRandomState(seed: number): SampleTransform
    }
  const [a, b] = [pipeline().setRandomState(1), pipeline().setRandomState(1)].map((run) => run({ kspace }).mask)
  expect(isImage(a)).toBe(true)
  expect(a).toEqual(b)
})
