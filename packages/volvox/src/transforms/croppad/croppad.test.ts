import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import { sizeOf } from '../../core/tensor.ts'
import { boundingBox, foregroundIndices } from './foreground.ts'
import {
  CenterScaleCrop,
  CropForeground,
  CropForegroundd,
  Padd,
  RandCropByLabelClasses,
  RandCropByPosNegLabel,
  RandCropByPosNegLabeld,
  RandWeightedCrop,
  ResizeWithPadOrCrop,
  SpatialPad,
} from './index.ts'

/** A volume of zeros with ones in a box. */
function blob(shape: readonly number[], start: readonly number[], end: readonly number[]): Image {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const voxel = shape.map((n, axis) => Math.floor(i / sizeOf(shape.slice(axis + 1))) % n)
    return voxel.every((v, axis) => v >= start[axis] && v < end[axis]) ? 1 : 0
  })
  return image('float32', [1, ...shape], data)
}

test('boundingBox finds the box of a mask with any number of axes', () => {
  for (const rank of [1, 2, 3]) {
    const [shape, start, end] = [
      [6, 7, 8],
      [1, 2, 3],
      [4, 3, 8],
    ].map((list) => list.slice(0, rank))
    expect(boundingBox(Uint8Array.from(blob(shape, start, end).data as Float32Array), shape)).toEqual({ start, end })
  }
  expect(boundingBox(new Uint8Array(8), [2, 2, 2])).toBeNull()
})

test('foregroundIndices leaves the background channel of one-hot labels out', () => {
  const label = image('uint8', [3, 4], Uint8Array.of(1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0))
  const { foreground, background } = foregroundIndices(label)
  expect([[...foreground], [...background]]).toEqual([[1, 2], [0, 3]]) // prettier-ignore
  const body = image('float32', [1, 4], Float32Array.of(5, 5, 5, -5))
  expect([...foregroundIndices(label, body).background]).toEqual([0])
})

test('CropForegroundd crops all keys to the foreground of one and says where it was', () => {
  const sample = { image: blob([6, 7, 8], [1, 2, 3], [4, 5, 6]), label: blob([6, 7, 8], [2, 2, 4], [3, 5, 5]) }
  const out = CropForegroundd({ keys: ['image', 'label'], sourceKey: 'image', margin: 1 })(sample)
  expect([(out.image as Image).shape, (out.label as Image).shape]).toEqual([[1, 5, 5, 5], [1, 5, 5, 5]]) // prettier-ignore
  expect([out.foreground_start_coord, out.foreground_end_coord]).toEqual([[0, 1, 2], [5, 6, 7]]) // prettier-ignore
})

test('CropForeground pads a margin that leaves the image when it must not be smaller', () => {
  const out = CropForeground({ margin: 2, allowSmaller: false })(blob([4, 4], [1, 1], [3, 3])) as Image
  expect([out.shape, out.affine[3]]).toEqual([[1, 6, 6], -1]) // prettier-ignore
})

test('RandCropByPosNegLabel centres boxes on foreground and background in the asked proportion', () => {
  const label = blob([20, 20, 20], [8, 8, 8], [12, 12, 12])
  const crop = RandCropByPosNegLabel({ spatialSize: 3, pos: 3, neg: 1, numSamples: 400 })
  crop.setRandomState(0)
  const centres = crop(label, { label }).map((sample) => (sample.data as Float32Array)[13])
  const share = centres.reduce((sum, x) => sum + x, 0) / centres.length
  expect(Math.abs(share - 0.75)).toBeLessThan(0.07)
})

test('RandCropByPosNegLabeld cuts the same boxes out of image and label', () => {
  const label = blob([9, 9, 9], [3, 3, 3], [6, 6, 6])
  const crop = RandCropByPosNegLabeld({ keys: ['image', 'label'], labelKey: 'label', spatialSize: 4, numSamples: 3 })
  const samples = crop({ image: label, label, name: 'one' })
  expect(samples.length).toBe(3)
  for (const { image: a, label: b, name } of samples) {
    expect([(a as Image).data, (a as Image).affine, name]).toEqual([(b as Image).data, (b as Image).affine, 'one'])
    expect((a as Image).meta.patch_index).toBe(samples.findIndex((sample) => sample.image === a))
  }
})

test('a padded label is cut back by the inverse, in its own type', () => {
  const label = image('uint8', [1, 2, 2], Uint8Array.of(1, 2, 3, 4))
  const pad = SpatialPad({ spatialSize: 5, mode: 'constant', value: 9 })
  expect((pad(label).data as Uint8Array).filter((x) => x === 9).length).toBe(21)
  expect(pad.inverse(pad(label))).toEqual(label)
})

test('a part of 0 or less leaves an axis whole', () => {
  expect(CenterScaleCrop({ roiScale: [0.5, -1, 0.3] })(blob([6, 7, 8], [0, 0, 0], [1, 1, 1])).shape).toEqual([
    1, 3, 7, 3,
  ])
})

/** Values of MONAI 1.4. */
test('padding takes the constant by its names in NumPy and torch', () => {
  const four = image('float32', [1, 2, 2], Float32Array.of(1, 2, 3, 4))
  const around = (x: number) => [x, x, x, x, x, 1, 2, x, x, 3, 4, x, x, x, x, x]
  const values = (img: Image) => Array.from(img.data as Float32Array)
  expect(values(SpatialPad({ spatialSize: 3, constantValues: 5 })(four))).toEqual([1, 2, 5, 3, 4, 5, 5, 5, 5])
  for (const padKwargs of [{ value: 7 }, { constantValues: 7 }, { constant_values: 7 }])
    expect(values(ResizeWithPadOrCrop({ spatialSize: 4, padKwargs })(four))).toEqual(around(7))
  const wide = CropForegroundd({ keys: 'i', sourceKey: 'i', margin: 1, allowSmaller: false, constantValues: -2 })
  expect(values(wide({ i: four }).i as Image)).toEqual(around(-2))
  expect(() => CropForeground({ padKwargs: { stat_length: 2 } as never })).toThrow(
    'CropForeground.padKwargs: {"stat_length":2} does not fit; give an object with a number as "value" or "constant_values" or null',
  )
})

/** Boxes of MONAI 1.4 for the same options and seed. */
test('RandCropByPosNegLabel takes label, image and indices at construction', () => {
  const img = image(
    'float32',
    [1, 4, 4],
    Float32Array.from({ length: 16 }, (_, i) => i),
  )
  const label = image(
    'float32',
    [1, 4, 4],
    Float32Array.from({ length: 16 }, (_, i) => (i > 12 ? 1 : 0)),
  )
  const firsts = (options: object) => {
    const crop = RandCropByPosNegLabel({ spatialSize: 2, numSamples: 3, ...options })
    crop.setRandomState(0)
    return crop(img).map(({ data }) => data[0])
  }
  expect(firsts({ label })).toEqual([0, 6, 4])
  expect(firsts({ label, image: img, imageThreshold: 9 })).toEqual([6, 6, 8])
  expect(firsts({ label: img, fgIndices: [5], bgIndices: [10] })).toEqual([5, 5, 5])
  expect(() => firsts({})).toThrow('RandCropByPosNegLabel.label: is null; give an image of classes')
  expect(() => firsts({ fgIndices: 'all' })).toThrow(
    'RandCropByPosNegLabel.fgIndices: "all" does not fit; give a list of whole numbers or null',
  )
})

/** Boxes of MONAI 1.4 for the same options and seed. */
test('RandCropByLabelClasses and RandWeightedCrop take their inputs at construction', () => {
  const numbered = (value: (i: number) => number) => image('float32', [1, 4, 4], Float32Array.from({ length: 16 }, (_, i) => value(i))) // prettier-ignore
  const img = numbered((i) => i)
  const label = numbered((i) => (i > 12 ? 1 : 0))
  const firsts = (crop: ReturnType<typeof RandWeightedCrop>) =>
    crop
      .setRandomState(0)(img)
      .map(({ data }) => data[0])
  const classes = (options: object) => firsts(RandCropByLabelClasses({ spatialSize: 2, numSamples: 3, ...options }))
  expect(classes({ label, numClasses: 2 })).toEqual([9, 9, 10])
  expect(classes({ label, numClasses: 2, image: img, imageThreshold: 9 })).toEqual([9, 9, 10])
  expect(classes({ label, indices: [[5], [10]] })).toEqual([5, 5, 5])
  const weightMap = numbered((i) => ({ 6: 1, 9: 3 })[i] ?? 0)
  expect(firsts(RandWeightedCrop({ spatialSize: 2, numSamples: 3, weightMap }))).toEqual([4, 4, 4])
  expect(() => classes({})).toThrow('RandCropByLabelClasses.label: is null; give an image of classes')
})

/** Values of MONAI 1.4. */
test('Padd pads by a padder, in the modes for the keys', () => {
  const four = image('float32', [1, 2, 2], Float32Array.of(1, 2, 3, 4))
  const pad = Padd({
    keys: ['a', 'b'],
    padder: SpatialPad({ spatialSize: 4, mode: 'wrap' }),
    mode: ['edge', 'constant'],
  })
  const out = pad({ a: four, b: four })
  expect(Array.from((out.a as Image).data as Float32Array)).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
  expect(Array.from((out.b as Image).data as Float32Array)).toEqual([0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0])
  expect(pad.inverse(out)).toEqual({ a: four, b: four })
  expect(() =>
    Padd({ keys: ['a'], padder: SpatialPad({ spatialSize: 4 }), mode: ['edge', 'wrap'] })({ a: four }),
  ).toThrow('Padd.mode: has 2 values for 1 keys; give one, or one per key')
})
