import { expect, test } from 'vitest'
import { image } from '../core/image.ts'
import { checkSegmentation } from './checks.ts'

const img = (values: number[] = [0.5, 1, 2, 3]) => image('float32', [1, 2, 2, 1], Float32Array.from(values))
const label = (values: number[] = [0, 1, 2, 0]) => image('float32', [1, 2, 2, 1], Float32Array.from(values))
const check = (sample: Record<string, unknown>) => () =>
  checkSegmentation(sample, 'item 3 (case_1)', { values: [0, 1, 2] })

test('a sound pair passes', () => expect(check({ image: img(), label: label() })).not.toThrow())

test.each([
  [
    { image: img(), label: image('uint8', [1, 2, 1, 2], new Uint8Array(4)) },
    'item 3 (case_1): the label has [2, 1, 2] voxels, the image [2, 2, 1]',
  ],
  [{ image: img([1, NaN, 3, 4]), label: label() }, 'voxel 1 of the image is NaN'],
  [{ image: img(), label: label([0, 1, 3, 0]) }, 'the value 3, which "labels" does not declare (0, 1, 2)'],
  [{ image: img(), label: label([0, 0.5, 1, 0]) }, 'the value 0.5; labels are whole numbers'],
  [
    { image: img(), label: { ...label(), affine: [1, 0, 0, 100, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] } },
    'lies up to 100 mm away',
  ],
  [{ image: img() }, '"label" is not an image'],
])('an unsound pair is named', (sample, sentence) => expect(check(sample)).toThrow(sentence))
