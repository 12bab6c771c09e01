import { expect, test } from 'vitest'
import { image, type Image } from '../core/image.ts'
import { Compose } from './compose.ts'
import { AdjustContrast, GaussianSmooth, ScaleIntensity, ShiftIntensity, ShiftIntensityd } from './intensity/index.ts'
import type { Sample } from './sample.ts'

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
