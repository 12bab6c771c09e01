import { expect, test } from 'vitest'
import { image, type Image } from '../core/image.ts'
import { registry } from '../registry.ts'
import { Compose } from '../transforms/compose.ts'
import { Flipd } from '../transforms/spatial/index.ts'
import { BatchInverseTransform, Decollated } from './decollated.ts'
import { PadListDataCollate } from './padListDataCollate.ts'

const numbered = (...shape: number[]): Image =>
  image(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i + 1),
  )

test('images of unequal size are padded into a batch, and everything is undone', () => {
  const samples = [{ image: numbered(1, 2, 3), id: 'a' }, { image: numbered(1, 3, 2), id: 'b' }] // prettier-ignore
  const pipeline = Compose([Flipd({ keys: 'image', spatialAxis: 0 })])
  const batch = PadListDataCollate({ value: -1 })(samples.map((sample) => pipeline(sample) as typeof sample))
  expect(batch.image).toMatchObject({ shape: [2, 1, 3, 3] })
  const back = BatchInverseTransform({ transform: pipeline })(batch)
  expect(back.map(({ id, image: img }) => [id, (img as Image).shape, (img as Image).data])).toEqual(
    samples.map(({ id, image: img }) => [id, img.shape, img.data]),
  )
  expect(Decollated({ keys: 'id' })(batch)).toEqual([{ id: 'a' }, { id: 'b' }])
  expect(registry().find('monai.transforms.PadListDataCollate', 'test')).toBe(PadListDataCollate)
})

test('images of unequal rank are refused in a sentence', () => {
  const act = () => PadListDataCollate()([{ x: numbered(1, 2) }, { x: numbered(1, 2, 2) }])
  expect(act).toThrow(
    /^PadListDataCollate\.x: images of \[2\] and \[2, 2\] have no size in common; give images of one rank$/,
  )
})
