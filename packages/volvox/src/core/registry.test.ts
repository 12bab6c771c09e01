import { expect, test } from 'vitest'
import { registry } from '../registry.ts'
import type { Network } from '../networks/index.ts'

test('create can be handed on, and builds what options describe', () => {
  const { create } = registry()
  const pipeline = create({
    _target_: 'Compose',
    transforms: [
      {
        _target_: 'OneOf',
        transforms: [
          { _target_: 'Flipd', keys: 'image' },
          { _target_: 'Identityd', keys: 'image' },
        ],
      },
      { _target_: 'Lambdad', keys: 'image', func: (x: unknown) => x },
    ],
  }) as { transforms: readonly { transformName: string; transforms?: readonly { transformName: string }[] }[] }
  expect(pipeline.transforms.map(({ transformName }) => transformName)).toEqual(['OneOf', 'Lambdad'])
  expect(pipeline.transforms[0].transforms?.map(({ transformName }) => transformName)).toEqual(['Flipd', 'Identityd'])
})

test('what is made already is taken as it is', () => {
  const { create } = registry()
  const image = create({ _target_: 'UNet', spatial_dims: 2, in_channels: 1, out_channels: 1, channels: [4, 8], strides: [2] }) // prettier-ignore
  expect((image as Network).name).toBe('UNet')
  const loss = create({ _target_: 'MultiScaleLoss', loss: { _target_: 'MSELoss' }, scales: [0, 1] })
  expect(loss).toBeTypeOf(typeof create({ _target_: 'MSELoss' }))
})

test('where something is wrong is told by the way there', () => {
  const { create } = registry()
  expect(() =>
    create({ _target_: 'Compose', transforms: [{ _target_: 'Flipd', keys: 'a' }, { _target_: 'Flippd' }] }),
  ).toThrow('config.transforms.1._target_: "Flippd" is unknown; did you mean "Flipd"?')
  expect(() => create({ keys: 'a' }, 'train.json')).toThrow(
    'train.json._target_: is missing; give the name of a component',
  )
  expect(() => create(null as never)).toThrow('config: is null; give an object with _target_')
})
