import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import { Compose, Invertd, Zoomd, type Sample } from '../index.ts'

test('Invertd takes interpolation and what follows for all keys, or one per key', () => {
  const ramp = image(
    'float32',
    [1, 4, 4],
    Float32Array.from({ length: 16 }, (_, i) => i * i),
  )
  const transform = Compose([Zoomd({ keys: ['a', 'b'], zoom: 1.5, mode: 'bilinear', keepSize: false })])
  const zoomed = transform({ a: ramp, b: ramp }) as Sample
  const inverted = (options: object) => {
    const out = Invertd({ keys: ['a', 'b'], transform, ...options })(zoomed)
    return [out.a, out.b].map((one) => Array.from((one as Image).data as Float32Array))
  }
  const [nearest] = inverted({})
  const [linear] = inverted({ nearestInterp: false })
  expect(linear).not.toEqual(nearest)
  expect(inverted({ nearestInterp: [false, true] })).toEqual([linear, nearest])
  const double = (img: Image): Image => ({ ...img, data: (img.data as Float32Array).map((x) => 2 * x) })
  expect(inverted({ postFunc: [double, (img: Image) => img] })).toEqual([nearest.map((x) => 2 * x), nearest])
  expect(() => inverted({ nearestInterp: [true] })).toThrow(
    'Invertd.nearestInterp: has 1 values for 2 keys; give one, or one per key',
  )
  expect(() => inverted({ origKeys: ['a', 'b', 'a'] })).toThrow(
    'Invertd.origKeys: has 3 values for 2 keys; give one, or one per key',
  )
})
