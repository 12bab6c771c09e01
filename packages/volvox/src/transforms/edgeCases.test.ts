// Values of MONAI 1.4 (and scipy) where arguments are unusual.
import { expect, test } from 'vitest'
import { image, type Image } from '../core/image.ts'
import {
  Compose,
  GridDistortion,
  ImageFilter,
  OneOf,
  RandSimulateLowResolution,
  ResizeWithPadOrCrop,
  Rotate,
  Spacingd,
  Zoom,
  Zoomd,
  type Step,
} from './index.ts'

const squares = (shape: readonly number[]) =>
  image(
    'float32',
    shape,
    Float32Array.from({ length: 12 }, (_, i) => i * i),
  )
const flat = squares([1, 3, 4])
const row = image(
  'float32',
  [1, 1, 12],
  Float32Array.from({ length: 12 }, (_, i) => i),
)

const recorded: readonly (readonly [what: string, run: () => Image, values: readonly number[]])[] = [
  [
    'what is cropped does not count for what is padded by a statistic',
    () => ResizeWithPadOrCrop({ spatialSize: [5, 2], mode: 'mean' })(flat),
    [35.6667, 46.6667, 1, 4, 25, 36, 81, 100, 35.6667, 46.6667],
  ],
  [
    'the same after zooming',
    () => Zoom({ zoom: [0.7, 1.5], mode: 'nearest', paddingMode: 'minimum' })(flat),
    [0, 1, 4, 4, 16, 25, 36, 36, 0, 1, 4, 4],
  ],
  [
    'Rotate takes order 1 for linear',
    () => Rotate({ angle: 0.4, mode: 1, paddingMode: 'wrap' })(flat),
    [10.6091, 6.4515, 2.7133, 6.4609, 45.6571, 36.3994, 29.3966, 24.6489, 72.6331, 89.1489, 89.0693, 73.2592],
  ],
  [
    'Rotate takes order 3 for cubic',
    () => Rotate({ angle: 0.4, mode: 3, paddingMode: 'nearest' })(flat),
    [4.9669, 3.3308, 0.3637, 3.3378, 47.0037, 37.5265, 23.9122, 19.0708, 75.6008, 93.1564, 93.5825, 78.1675],
  ],
  [
    'an axis of one voxel is not distorted',
    () =>
      GridDistortion({
        numCells: [3, 2],
        distortSteps: [
          [1.1, 0.9, 1, 1],
          [1.2, 0.8, 1],
        ],
      })(row),
    [0, 1.44, 2.88, 4.32, 5.76, 7.2, 7.2, 8.16, 9.12, 10.08, 11, 11],
  ],
  [
    'an axis of one voxel keeps it at a low resolution',
    () =>
      RandSimulateLowResolution({
        prob: 1,
        zoomRange: [0.3, 0.4],
        alignCorners: null,
        upsampleMode: 'bilinear',
      }).setRandomState(1)(row),
    [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9],
  ],
  [
    'fitted polynomials of whole numbers are no whole numbers',
    () => {
      const numbers: Image = { ...flat, dtype: 'int16', data: Int16Array.from(flat.data as Float32Array) }
      return ImageFilter({ filter: 'savitzky_golay', filterSize: 3, order: 1 })(numbers)
    },
    [5.3333, 8.6667, 13.3333, 19.3333, 26.6667, 35.6667, 46.6667, 59.6667, 26.6667, 35.3333, 45.3333, 56.6667],
  ],
]

for (const [what, run, values] of recorded)
  test(`${what}, as in MONAI`, () => {
    const result = run()
    expect(result.data).toHaveLength(values.length)
    values.forEach((x, i) => expect(Number(result.data[i])).toBeCloseTo(x, 3))
  })

const column = squares([1, 12, 1])
const first = (pipeline: Step) => {
  const { a } = (pipeline as (sample: unknown) => { a: Image })({ a: column })
  return Array.from(a.data.slice(0, 6) as Float32Array, (x) => Number(x.toFixed(4)))
}

test('a pipeline inside of a lazy one ends what is planned, without the overrides of the outer one', () => {
  const spacing = Spacingd({ keys: 'a', pixdim: [0.7, 1] })
  const zoom = Zoomd({ keys: 'a', zoom: 1.3, keepSize: false })
  const overrides = { a: { mode: 'nearest' as const } }
  expect(first(Compose({ transforms: [spacing, zoom], lazy: true, overrides }))).toEqual([0, 0, 1, 4, 4, 9])
  const linear = [0, 0.4614, 1.0068, 2.6295, 4.4205, 7.125]
  expect(first(Compose({ transforms: [spacing, OneOf([zoom])], lazy: true, overrides }))).toEqual(linear)
})

test('whether it is lazy a pipeline says before its transforms, unless it leaves it to them', () => {
  const spacing = (lazy: boolean) => Spacingd({ keys: 'a', pixdim: [0.7, 1], mode: 'nearest', lazy })
  const [eager, planned] = [
    [0, 1, 1, 4, 9, 16],
    [0, 0.7, 2.2, 4.5, 8, 12.5],
  ]
  for (const own of [false, true]) {
    expect(first(Compose({ transforms: [spacing(own)], lazy: false }))).toEqual(eager)
    expect(first(Compose({ transforms: [spacing(own)], lazy: true }))).toEqual(planned)
    expect(first(Compose({ transforms: [spacing(own)], lazy: null }))).toEqual(own ? planned : eager)
  }
  const inner = Compose({ transforms: [spacing(false)], lazy: true })
  expect(first(Compose({ transforms: [inner], lazy: false }))).toEqual(eager)
  expect(first(Compose({ transforms: [inner], lazy: null }))).toEqual(planned)
})
