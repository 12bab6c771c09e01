import { expect, test } from 'vitest'
import { image, type Image } from '../core/image.ts'
import { RandomState } from '../rng/index.ts'
import { VolvoxError } from '../core/errors.ts'
import { Compose, seedChildren, type Step } from './compose.ts'
import { RandCropByPosNegLabeld, RandSpatialCropSamplesd, SpatialPad } from './croppad/index.ts'
import {
  AdjustContrast,
  GaussianSmooth,
  ScaleIntensity,
  ScaleIntensityd,
  ShiftIntensity,
  ShiftIntensityd,
} from './intensity/index.ts'
import type { Sample } from './sample.ts'
import { transformSamples } from './samples.ts'
import {
  Affine,
  Flip,
  RandAffined,
  RandFlipd,
  RandRotate90d,
  RandZoom,
  Resize,
  ResizePerAxis,
  Rotate,
  Spacing,
  Zoom,
} from './spatial/index.ts'
import { build, plainForms, subject } from './testing.ts'

const ramp = () =>
  image(
    'float32',
    [2, 3, 4, 5],
    Float32Array.from({ length: 120 }, (_, i) => (i * 37) % 50),
  )
const steps = [
  ShiftIntensity({ offset: 1 }),
  GaussianSmooth({ sigma: 0.7 }),
  ScaleIntensity({ minv: null, maxv: null, factor: 0.5 }),
  AdjustContrast({ gamma: 1.3, retainStats: true }),
  ScaleIntensity(),
]

test('what a pipeline changes in place is what its steps give one by one, and its input stays', () => {
  const given = ramp()
  const piped = Compose(steps)(given) as Image
  expect(piped.data).toEqual(steps.reduce((img, step) => step(img), given).data)
  expect(given).toEqual(ramp())
})

test('results of two runs are two arrays', () => {
  const twice = Compose([ShiftIntensity({ offset: 1 }), ShiftIntensity({ offset: 1 })])
  const [first, second] = [twice(ramp()) as Image, twice(ramp()) as Image]
  expect(first.data).not.toBe(second.data)
  expect(first.data).toEqual(ramp().data.map((x) => x + 2))
})

test('what a function of the user has seen stays as it was', () => {
  const seen: Image[] = []
  const look = (img: Image): Image => {
    seen.push(img, ShiftIntensity({ offset: 10 })(img))
    return img
  }
  const out = Compose([...steps.slice(0, 1), look, ...steps.slice(1)])(ramp()) as Image
  expect(out.data).toEqual(steps.reduce((img, step) => step(img), ramp()).data)
  expect(seen[0].data).toEqual(ramp().data.map((x) => x + 1))
  expect(seen[1].data).toEqual(ramp().data.map((x) => x + 11))
})

test('a pipeline inside of a function does not give away what the function keeps', () => {
  const inner = Compose([ShiftIntensityd({ keys: ['a'], offset: 1 })])
  const kept: Sample[] = []
  const keep = (sample: Sample): unknown => {
    kept.push(inner(sample) as Sample)
    return kept[0]
  }
  Compose([keep, ShiftIntensityd({ keys: ['a'], offset: 5 })])({ a: ramp() })
  expect((kept[0].a as Image).data).toEqual(ramp().data.map((x) => x + 1))
})

test('what is used again is held by no result: earlier ones stay as they were, and are what single steps give', () => {
  const shape = [1, 40, 30, 20]
  const scan = image(
    'float32',
    shape,
    Float32Array.from({ length: 24000 }, (_, i) => ((i * 37) % 501) - 100),
  )
  const keys = ['image', 'label']
  const random = () => [
    RandSpatialCropSamplesd({ keys, roiSize: [32, 28, 20], numSamples: 2, randomSize: false }),
    RandAffined({ keys, prob: 0.7, rotateRange: [0.3, 0.3, 0.3], mode: ['bilinear', 'nearest'] }),
    RandFlipd({ keys, prob: 0.5, spatialAxis: [0, 2] }),
    ShiftIntensityd({ keys: ['image'], offset: 2 }),
    RandFlipd({ keys, prob: 0.5, spatialAxis: 1 }),
    RandRotate90d({ keys, prob: 0.5, spatialAxes: [0, 1] }),
    ScaleIntensityd({ keys: ['image'] }),
  ]
  const piped = Compose(random()).setRandomState(3)
  const alone = random()
  seedChildren(alone, new RandomState(3))
  const voxelsOf = (samples: unknown) => (samples as Sample[]).flatMap((sample) => keys.map((key) => (sample[key] as Image).data)) // prettier-ignore
  const kept = Array.from({ length: 12 }, () => {
    const got = voxelsOf(piped({ image: scan, label: scan }))
    const want = voxelsOf(alone.reduce<unknown>((value, step) => Compose([step])(value), { image: scan, label: scan }))
    return { got, want: want.map((data) => data.slice()) }
  })
  for (const { got, want } of kept) expect(got.every((data, i) => same(data, want[i]))).toBe(true)
  expect(new Set(kept.flatMap(({ got }) => got)).size).toBe(12 * 4)
})

test('no first step gives away the voxels of the image itself, least of all one that has nothing to do', () => {
  const nothing: readonly Step[] = [
    Zoom({ zoom: 1.01, mode: 'nearest' }),
    Resize({ spatialSize: [7, 6, 5] }),
    ResizePerAxis({ scale: 1 }),
    Spacing({ pixdim: [2, 1.5, 1.25] }),
    Rotate({ angle: 0 }),
    Affine({}),
    SpatialPad({ spatialSize: 2 }),
    RandZoom({ prob: 1, minZoom: 1, maxZoom: 1 }),
  ]
  const all = plainForms.filter(([name]) => name in transformSamples).map(([name]) => build(name) as Step)
  for (const first of [...nothing, ...all]) {
    const img = subject('transformName' in first ? first.transformName : '')
    const before = Float32Array.from(img.data as Float32Array)
    try {
      Compose([first, Flip({ spatialAxis: 0 }), ShiftIntensity({ offset: 1 })])(img)
    } catch (error) {
      if (!(error instanceof VolvoxError)) throw error // needs more than an image
    }
    expect(img.data, 'transformName' in first ? first.transformName : '').toEqual(before)
  }
})

function same(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): boolean {
  return a.length === b.length && Array.from(a).every((x, i) => x === b[i])
}

test('a move that is left to a step which looks at its image twice is made once', () => {
  const keys = ['image', 'label']
  const steps = () => [
    ShiftIntensityd({ keys, offset: -40 }),
    RandFlipd({ keys, prob: 1, spatialAxis: 0 }),
    RandCropByPosNegLabeld({ keys, labelKey: 'label', spatialSize: [1, 2, 2], numSamples: 3 }),
  ]
  const sample = () => ({ image: ramp(), label: ramp() })
  for (const lazy of [false, true]) {
    const together = steps()
    const alone = steps()
    for (const some of [together, alone]) seedChildren(some, new RandomState(5))
    const [shift, flip, crop] = alone as unknown as ((value: unknown) => Sample)[]
    expect(voxels(Compose({ transforms: together, lazy })(sample()))).toEqual(voxels(crop(flip(shift(sample())))))
  }
})

const voxels = (samples: unknown) =>
  (samples as readonly { image: Image; label: Image }[]).map(({ image, label }) => [image.data, label.data])

test('a key that is there twice is transformed twice, as in MONAI, in a pipeline as alone', () => {
  const first = ShiftIntensityd({ keys: ['image'], offset: 1 })
  const twice = ShiftIntensityd({ keys: ['image', 'image'], offset: 2 })
  const alone = twice(first({ image: ramp() }) as Sample) as { image: Image }
  expect(alone.image.data).toEqual(ramp().data.map((x) => Number(x) + 5))
  expect(Compose([first, twice])({ image: ramp() })).toEqual(alone)
})
