import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import { toConfigNames } from '../../core/options.ts'
import { floats, type Tensor } from '../../core/tensor.ts'
import { registry } from '../../registry.ts'
import { isRandom } from '../random.ts'
import type { Sample, SampleTransform } from '../sample.ts'
import { EnsureTyped } from '../utility/index.ts'
import { boxComponents } from './components.ts'

const img = image(
  'float32',
  [1, 20, 24],
  Float32Array.from({ length: 480 }, (_, i) => i),
  { affine: [0, 2, 0, 5, -1.5, 0, 0, 7, 0, 0, 1, 0, 0, 0, 0, 1] },
)
const box = floats([3, 4], [2, 3, 8, 9, 10, 12, 15.5, 20.25, 0, 0, 4, 4])
const label = floats([3], [1, 2, 3])
const sample: Sample = { image: img, box, label, other: 7 }

const at = { boxKeys: 'box' }
const within = { ...at, boxRefImageKeys: 'image' }
const withImage = { ...within, imageKeys: ['image'] }
const masked = { ...at, boxMaskKeys: 'mask', labelKeys: 'label', minFgLabel: 0 }

/** Options of each dictionary form; a new one without an entry fails the test. */
const samples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  AffineBoxToImageCoordinated: within,
  AffineBoxToWorldCoordinated: { ...within, affineLpsToRas: true },
  BoxToMaskd: { ...masked, boxRefImageKeys: 'image', ellipseMask: true },
  ClipBoxToImaged: { ...within, labelKeys: ['label'] },
  ConvertBoxModed: { ...at, srcMode: 'xyxy', dstMode: 'ccwh' },
  ConvertBoxToStandardModed: { ...at, mode: 'xywh' },
  FlipBoxd: { ...withImage, spatialAxis: [0] },
  MaskToBoxd: masked,
  RandCropBoxByPosNegLabeld: {
    imageKeys: ['image'],
    ...at,
    labelKeys: 'label',
    spatialSize: [8, 9],
    numSamples: 3,
    pos: 2,
  },
  RandFlipBoxd: { ...withImage, prob: 1 },
  RandRotateBox90d: { ...withImage, prob: 1 },
  RandZoomBoxd: { ...withImage, prob: 1, minZoom: 0.7, maxZoom: 1.4, mode: ['nearest'], keepSize: false },
  RotateBox90d: { ...withImage, k: 3, spatialAxes: [1, 0] },
  StandardizeEmptyBoxd: within,
  ZoomBoxd: { ...withImage, zoom: [1.2, 0.7], keepSize: false },
}

type Maker = (options: unknown) => SampleTransform<Sample | readonly Sample[]>
const dictionaryForms = Object.keys(boxComponents).filter((name) => /(d|Coordinated)$/.test(name))

const seeded = (transform: SampleTransform<Sample | readonly Sample[]>, seed = 4) => {
  if (isRandom(transform)) transform.setRandomState(seed)
  return transform
}
const made = (name: string) => seeded((boxComponents[name] as Maker)(samples[name]))
const first = (result: Sample | readonly Sample[]) => [result].flat()[0] as Sample
const numbers = (value: unknown) => Array.from((value as Tensor).data, Number)

test('every dictionary form has sample options', () => {
  expect(dictionaryForms.filter((name) => !(name in samples))).toEqual([])
})

const mask = first(made('BoxToMaskd')(sample)).mask as Image

for (const name of dictionaryForms) {
  const given = name === 'MaskToBoxd' ? { ...sample, mask } : sample

  test(`${name}: config and aliases give what the options give; the input and the rest of the sample stay`, () => {
    const before = [...box.data]
    const config = toConfigNames(boxComponents[name].schema, samples[name])
    const result = made(name)(given)
    for (const target of [name, name.replace(/d$/, 'D'), name.replace(/d$/, 'Dict')]) {
      const transform = registry().create({
        _target_: `monai.apps.detection.transforms.dictionary.${target}`,
        ...config,
      })
      expect(seeded(transform as ReturnType<Maker>)(given)).toEqual(result)
    }
    expect([...box.data]).toEqual(before)
    expect(first(result).other).toBe(7)
  })

  test(`${name}: the inverse brings boxes and lattice back`, () => {
    const transform = made(name)
    const result = transform(given)
    if (Array.isArray(result) || /^(Mask|BoxTo|Clip)/.test(name)) return // nothing to undo
    const back = transform.inverse(
      JSON.parse(JSON.stringify(traces(result as Sample)), revive(result as Sample)) as Sample,
    )
    numbers(back.box).forEach((x, i) => expect(x).toBeCloseTo(box.data[i], 4))
    expect((back.image as Image).shape).toEqual(img.shape)
    img.affine.forEach((x, i) => expect((back.image as Image).affine[i]).toBeCloseTo(x, 6))
  })
}

/** The records of boxes go through JSON, the rest by name. */
function traces(result: Sample): Sample {
  return Object.fromEntries(Object.keys(result).map((key) => [key, key.endsWith('_transforms') ? result[key] : '']))
}

function revive(result: Sample) {
  return (key: string, value: unknown) => (key in result && value === '' ? result[key] : value)
}

test('boxes of a list of cases become tensors, none of them too', () => {
  const steps = (given: Sample) => {
    const typed = EnsureTyped({ keys: ['box', 'label'], dtype: ['float32', 'int64'] })(given)
    return (boxComponents.StandardizeEmptyBoxd as Maker)(within)(typed) as Sample
  }
  const { box: found, label: labels } = steps({ image: img, box: [[2, 3, 8, 9.5]], label: [1] })
  expect(found).toEqual(floats([1, 4], [2, 3, 8, 9.5]))
  expect(labels).toMatchObject({ dtype: 'int64', shape: [1] })
  expect(steps({ image: img, box: [], label: [] }).box).toEqual(floats([0, 4]))
})

test('masks hold the boxes', () => {
  const square = (boxComponents.BoxToMaskd as Maker)({ ...samples.BoxToMaskd, ellipseMask: false })(sample) as Sample
  const { box: found, label: labels } = made('MaskToBoxd')(square) as Sample
  expect(numbers(found)).toEqual(numbers(box).map(Math.trunc))
  expect(numbers(labels)).toEqual([1, 2, 3])
})

test('RandCropBoxByPosNegLabeld draws as MONAI does', () => {
  const crops = made('RandCropBoxByPosNegLabeld')(sample) as readonly Sample[]
  expect(crops.map((crop) => numbers(crop.image)[0])).toEqual([147, 15, 0])
  expect(crops.map((crop) => numbers(crop.box))).toEqual([[0, 0, 2, 6], [], [2, 3, 8, 9, 0, 0, 4, 4]])
  expect(crops.map((crop) => numbers(crop.label))).toEqual([[1], [], [1, 3]])
})

// The second box after each of four calls of MONAI's transform, seed 4.
const still = [10, 12, 15.5, 20.25]
const drawn: readonly [name: string, options: object, boxes: readonly (readonly number[])[]][] = [
  ['RandRotateBox90d', { prob: 0.6 }, [still, still, still, [12, 4.5, 20.25, 10]]],
  ['RandZoomBoxd', { prob: 0.6, minZoom: 0.7, maxZoom: 1.4 }, [still, [10, 12.5, 16.6, 22.46875], still, still]],
]
for (const [name, options, boxes] of drawn)
  test(`${name} draws as MONAI does`, () => {
    const transform = seeded((boxComponents[name] as Maker)({ ...withImage, ...options }))
    for (const wanted of boxes) {
      const found = numbers((transform(sample) as Sample).box).slice(4, 8)
      found.forEach((x, i) => expect(x).toBeCloseTo(wanted[i], 4))
    }
  })

const plain = (name: string, options?: unknown) =>
  (boxComponents[name] as (options: unknown) => (value: unknown, inputs?: object) => unknown)(options)
const mistakes: readonly [what: string, run: () => unknown, message: RegExp][] = [
  [
    'boxes of five numbers',
    () => plain('FlipBox')([[1, 2, 3, 4, 5]], { spatialSize: 9 }),
    /^FlipBox: boxes have shape \[1, 5\]; give \[N, 4\] or \[N, 6\]$/,
  ],
  [
    'a missing size',
    () => plain('FlipBox')(box),
    /^FlipBox\.spatialSize: undefined does not fit; give a whole number or a list of them$/,
  ],
  [
    'an axis that is not there',
    () => plain('FlipBox', { spatialAxis: 2 })(box, { spatialSize: 30 }),
    /^FlipBox\.spatialAxis: axis 2 does not exist in 2 axes; use -2 to 1$/,
  ],
  [
    'no plane',
    () => plain('RotateBox90', { spatialAxes: [1, 1] })(box, { spatialSize: 30 }),
    /^RotateBox90\.spatialAxes: \[1, 1\] is not a plane of 2 axes; give two different ones$/,
  ],
  [
    'labels of another number',
    () => plain('ClipBoxToImage')(box, { labels: [1, 2], spatialSize: 30 }),
    /^ClipBoxToImage\.labels: 2 labels do not fit 3 boxes; give one for each$/,
  ],
  [
    'a background among the labels',
    () => plain('BoxToMask', { bgLabel: 1 })(box, { labels: label, spatialSize: 30 }),
    /^BoxToMask\.bgLabel: 1 is not below the label 1; use a smaller one$/,
  ],
  [
    'boxes larger than the image',
    () => plain('BoxToMask')(box, { labels: label, spatialSize: 12 }),
    /^BoxToMask: the box \[10, 12, 15, 20\] leaves an image of \[12, 12\]; use ClipBoxToImage first$/,
  ],
  [
    'no crop',
    () => plain('SpatialCropBox')(box, { labels: label }),
    /^SpatialCropBox: has no crop; give roiCenter and roiSize, roiStart and roiEnd, or roiSlices$/,
  ],
  [
    'a matrix that is none',
    () => plain('AffineBox')(box, { affine: [1, 2, 3] }),
    /^AffineBox\.affine: 3 numbers are not a square matrix; give rows as long as there are rows$/,
  ],
  [
    'a key that is missing',
    () => made('FlipBoxd')({ image: img }),
    /^FlipBoxd: no "box" in the sample \(it has "image"\); fix the keys$/,
  ],
  [
    'no affine',
    () => made('AffineBoxToImageCoordinated')({ box, image: 3 }),
    /^AffineBoxToImageCoordinated: no affine in "image" or "image_meta_dict"; load the image, or fix imageMetaKey$/,
  ],
  [
    'inverting in the wrong order',
    () => made('FlipBoxd').inverse(sample),
    /^FlipBoxd\.inverse: the newest transform of "box" is none; invert transforms in reverse order$/,
  ],
  [
    'two keys of boxes',
    () => (boxComponents.ClipBoxToImaged as Maker)({ ...samples.ClipBoxToImaged, boxKeys: ['a', 'b'] }),
    /^ClipBoxToImaged\.boxKeys: \[a, b\] does not fit; give one key$/,
  ],
]

for (const [what, run, message] of mistakes)
  test(`${what} is refused in one sentence`, () => {
    expect(run).toThrow(message)
  })
