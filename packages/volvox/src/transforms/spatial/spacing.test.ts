import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import { Spacingd } from './spacing.ts'

const line = (spacing: number): Image =>
  image('float32', [1, 11, 2, 2], new Float32Array(44), {
    affine: [spacing, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  })
const sizes = (sample: Readonly<Record<string, unknown>>) =>
  [sample.image, sample.label].map((img) => (img as Image).shape[1])

test('images of almost one lattice get one shape, unless told otherwise', () => {
  const sample = { image: line(0.9998), label: line(1.0002) }
  const keys = ['image', 'label']
  expect(sizes(Spacingd({ keys, pixdim: [0.8, 1, 1], ensureSameShape: false })(sample))).toEqual([13, 14])
  expect(sizes(Spacingd({ keys, pixdim: [0.8, 1, 1] })(sample))).toEqual([13, 13])
})

test('images of different lattices keep their own shapes', () => {
  const sample = { image: line(1), label: line(2) }
  expect(sizes(Spacingd({ keys: ['image', 'label'], pixdim: [1, 1, 1] })(sample))).toEqual([11, 21])
})
