import { expect, test } from 'vitest'
import { image, type Image } from '../core/image.ts'
import { registry } from '../registry.ts'
import { Compose, CenterSpatialCropd, Rotated, Spacing, SpatialPadd, type Sample } from './index.ts'

const ramp = image(
  'float32',
  [1, 20, 22, 12],
  Float32Array.from({ length: 5280 }, (_, i) => i),
)
const cropped = (overrides: object | null) => {
  const transforms = [CenterSpatialCropd({ keys: 'a', roiSize: [8, 8, 6] })]
  const { a } = Compose({ transforms, lazy: true, overrides } as never)({ a: ramp }) as { a: Image }
  return a.data[0]
}

test('overrides are named as in code or as in configs, and have the values of MONAI 1.4', () => {
  expect(cropped(null)).toBe(6 * 264 + 7 * 12 + 3)
  for (const name of ['alignCorners', 'align_corners'])
    expect(cropped({ a: { [name]: true } })).toBeCloseTo(1587.7318, 3)
  expect(cropped({ a: { resample_mode: 'resample', padding_mode: 'zeros', device: 'cpu' } })).toBe(1671)
  expect(cropped({ a: { mode: 'nearest', dtype: 'torch.float32' }, other: { mode: 0 } })).toBe(1671)
})

test('what lies outside follows the overrides, and that of an image alone is given flat', () => {
  const padded = (overrides: object) => {
    const transforms = [
      SpatialPadd({ keys: 'a', spatialSize: [20, 22, 16] }),
      Rotated({ keys: 'a', angle: [0, 0, 0.3] }),
    ]
    return (Compose({ transforms, lazy: true, overrides } as never)({ a: ramp }) as Sample).a as Image
  }
  expect(padded({ a: { padding_mode: 'zeros' } }).data[0]).toBe(0)
  expect(padded({ a: { paddingMode: 'border' } }).data[0]).toBeGreaterThan(0)
  const alone = (overrides: object | null) => {
    const pipeline = { transforms: [Spacing({ pixdim: [0.7, 1, 1] })], lazy: true, overrides }
    return (Compose(pipeline as never)(ramp) as Image).data.filter((x) => x % 1 !== 0).length
  }
  expect(alone(null)).toBeGreaterThan(0)
  expect(alone({ mode: 'nearest' })).toBe(0)
})

test('a config gives overrides, and mistakes in them are refused', () => {
  const config = (overrides: object) => () =>
    registry().create({ _target_: 'monai.transforms.Compose', transforms: [], lazy: true, overrides })
  expect(config({ label: { padding_mode: 'zeros' } })).not.toThrow()
  expect(config({ label: { modus: 'nearest' } })).toThrow(
    /^Compose\.overrides\.modus: no such option; did you mean "mode"\?/,
  )
  expect(config({ label: { mode: 'cubical' } })).toThrow(/^Compose\.overrides\.mode: "cubical" does not fit; give /)
})
