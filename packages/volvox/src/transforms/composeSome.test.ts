import { expect, test } from 'vitest'
import { image, type Image } from '../core/image.ts'
import { Compose } from './compose.ts'
import { OneOf, RandomOrder, SomeOf } from './composeSome.ts'
import { CenterSpatialCrop, Cropd, RandCropd, RandSpatialCrop } from './croppad/index.ts'
import { Flipd, RandFlipd, Rotate90d } from './spatial/index.ts'

const img = image('float32', [1, 2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))
const steps = [Flipd({ keys: ['image', 'label'], spatialAxis: 0 }), Rotate90d({ keys: ['image', 'label'] }), RandFlipd({ keys: ['image', 'label'], prob: 0.5, spatialAxis: 1 })] // prettier-ignore

for (const [name, make] of Object.entries({
  OneOf: () => OneOf({ transforms: steps, weights: [1, 2, 3] }),
  RandomOrder: () => RandomOrder({ transforms: steps }),
  SomeOf: () => SomeOf({ transforms: steps, numTransforms: [1, 3], replace: true }),
}))
  test(`${name} undoes what it drew, within a pipeline and lazily too`, () => {
    for (const lazy of [false, true])
      for (let seed = 0; seed < 8; seed++) {
        const pipeline = Compose({ transforms: [make()], lazy }).setRandomState(seed)
        const out = pipeline({ image: img, label: img }) as Record<string, Image>
        expect(out.image.data).toEqual(out.label.data)
        const back = pipeline.inverse(out) as Record<string, Image>
        expect([back.image.data, back.image.history]).toEqual([img.data, []])
      }
  })

test('croppers of plain form crop every key by one draw, and back', () => {
  const random = RandCropd({ keys: ['image', 'label'], cropper: RandSpatialCrop({ roiSize: 2 }) })
  const out = random({ image: img, label: img })
  expect((out.image as Image).data).toEqual((out.label as Image).data)
  expect((random.inverse(out).image as Image).shape).toEqual([1, 2, 3])
  const fixed = Cropd({ keys: 'image', cropper: CenterSpatialCrop({ roiSize: 1 }) })
  expect((fixed({ image: img }).image as Image).shape).toEqual([1, 1, 1])
})

test('one sentence says what is wrong', () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => OneOf({ transforms: steps, weights: [1] })({ image: img }), /^OneOf\.weights: has 1 values for 3 transforms; give one for each$/],
    [() => OneOf({ transforms: steps, weights: [0, 0, 0] }), /^OneOf\.weights: \[0, 0, 0\] does not fit; give a list of numbers of 0 or more that are not all 0/],
    [() => SomeOf({ transforms: steps, numTransforms: [2, 9] })({ image: img }), /^SomeOf\.numTransforms: \[2, 9\] is out of bounds; use 0 to 3$/],
  ] // prettier-ignore
  for (const [act, message] of wrong) expect(act).toThrow(message)
})
