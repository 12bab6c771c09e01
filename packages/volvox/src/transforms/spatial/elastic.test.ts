import { expect, test } from 'vitest'
import { image } from '../../core/image.ts'
import type { Sample } from '../sample.ts'
import { Rand2DElastic, Rand3DElastic, Rand3DElasticd } from './elastic.ts'

test('elastic transforms name images of another number of axes, and ranges that are none', () => {
  const flat = image('float32', [1, 4, 5], new Float32Array(20))
  expect(() => Rand3DElastic({ prob: 1, sigmaRange: [1, 2], magnitudeRange: [1, 2] })(flat)).toThrow(
    'Rand3DElastic: was given an image with 2 spatial axes; it takes 3, see Rand2DElastic for others',
  )
  expect(() => Rand2DElastic({ spacing: 3, magnitudeRange: [1] as never })).toThrow(
    /^Rand2DElastic\.magnitudeRange: .*two numbers, low and high/,
  )
})

test('what is not drawn gives a centred part of the image, in its place', () => {
  const line = image('int16', [1, 1, 1, 6], Int16Array.of(1, 2, 3, 4, 5, 6))
  const crop = Rand3DElastic({ prob: 0, sigmaRange: [1, 2], magnitudeRange: [1, 2], spatialSize: [-1, -1, 4] })
  const out = crop(line)
  expect([out.dtype, ...out.data]).toEqual(['float32', 2, 3, 4, 5])
  expect(out.affine).toEqual(line.affine)
})

test('images of a sample are moved alike, with any number of channels and ways to sample', () => {
  const voxels = (channels: number) =>
    image(
      'float32',
      [channels, 9, 11, 14],
      Float32Array.from({ length: channels * 9 * 11 * 14 }, (_, i) => Math.sin(i)),
    )
  const sample = { a: voxels(1), b: voxels(3), c: voxels(2) }
  const mode = ['bilinear', 'nearest', 3] as const
  const options = { prob: 1, sigmaRange: [1, 2], magnitudeRange: [5, 9] } as const
  const together = Rand3DElasticd({ keys: ['a', 'b', 'c'], mode, ...options }).setRandomState(3)(sample) as Sample
  for (const [index, key] of (['a', 'b', 'c'] as const).entries()) {
    const alone = Rand3DElasticd({ keys: [key], mode: mode[index], ...options }).setRandomState(3)(sample) as Sample
    expect(together[key]).toEqual(alone[key])
    expect((together[key] as typeof sample.a).data).not.toEqual(sample[key].data)
  }
})
