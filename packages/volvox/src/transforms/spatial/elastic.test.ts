import { expect, test } from 'vitest'
import { image } from '../../core/image.ts'
import { Rand2DElastic, Rand3DElastic } from './elastic.ts'

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
