import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import type { Sample } from '../sample.ts'
import * as t from './index.ts'

const plane = image(
  'float32',
  [2, 4, 5],
  Float32Array.from({ length: 40 }, (_, i) => i),
)
const volume = image(
  'float32',
  [1, 6, 5, 4],
  Float32Array.from({ length: 120 }, (_, i) => (i * 7) % 23),
)
const mask = (shape: readonly number[]) => image('uint8', shape, new Uint8Array(shape.reduce((a, b) => a * b, 1)))

const sentences: readonly (readonly [what: () => unknown, sentence: string])[] = [
  [
    () => t.GaussianSmooth({ sigma: [1, 2, 3] })(plane),
    'GaussianSmooth.sigma: has 3 values for 2 spatial axes; give one, or one for each axis',
  ],
  [
    () => t.GaussianSmooth({ sigma: -1 }),
    'GaussianSmooth.sigma: -1 does not fit; give a number of 0 or more, or a list of them',
  ],
  [
    () => t.GaussianSmoothd({ keys: 'image', sigma: NaN }),
    'GaussianSmoothd.sigma: NaN does not fit; give a number of 0 or more, or a list of them',
  ],
  [
    () => t.GaussianSmoothd({ keys: ['image', 'other'] })({ image: plane }),
    'GaussianSmoothd: no "other" in the sample (it has "image"); fix keys or set allowMissingKeys',
  ],
  [
    () => t.ClipIntensityPercentiles({ lower: null, upper: null })(plane),
    'ClipIntensityPercentiles: lower and upper are both null; give at least one percentage',
  ],
  [
    () => t.ClipIntensityPercentiles({ lower: 60, upper: 40 })(plane),
    'ClipIntensityPercentiles.upper: 40 is below lower, 60; exchange them',
  ],
  [
    () => t.ScaleIntensityRangePercentiles({ lower: 0, upper: 101, bMin: 0, bMax: 1 }),
    'ScaleIntensityRangePercentiles.upper: 101 does not fit; give a percentage from 0 to 100',
  ],
  [
    () => t.ScaleIntensityRangePercentiles({ lower: 0, upper: 50, bMin: null, bMax: 1, relative: true })(plane),
    'ScaleIntensityRangePercentiles.relative: needs both ends of a range, and bMin is null, bMax is 1; give two numbers',
  ],
  [
    () => t.StdShiftIntensity({ factor: 1, dtype: null })(mask([1, 2, 2])),
    'StdShiftIntensity.dtype: uint8 has no fractions, which a standard deviation has; use "float32"',
  ],
  [() => t.MaskIntensity()(plane), 'MaskIntensity.maskData: is null and no mask came with the image; give one of them'],
  [
    () => t.MaskIntensity({ maskData: mask([1, 5, 4]) })(plane),
    'MaskIntensity.maskData: a mask of shape [1, 5, 4] does not fit an image of shape [2, 4, 5]; give 1 or 2 channels of the same size',
  ],
  [
    () => t.HistogramNormalize({ mask: mask([1, 4, 5]) })(plane),
    'HistogramNormalize.mask: a mask of shape [1, 4, 5] does not fit an image of shape [2, 4, 5]; give the same shape',
  ],
  [
    () => t.HistogramNormalize({ mask: mask([2, 4, 5]) })(plane),
    'HistogramNormalize.mask: selects no voxel; give a mask that is not 0 everywhere',
  ],
  [
    () => t.RandHistogramShift({ numControlPoints: 2 }),
    'RandHistogramShift.numControlPoints: 2 does not fit; give a whole number of 3 or more, or a pair of them',
  ],
  [
    () => t.RandRicianNoise({ prob: 1, std: [1, 2] })(plane),
    'RandRicianNoise.std: has 2 values; give one number, or set channelWise',
  ],
  [
    () => t.RandRicianNoise({ prob: 1, mean: [1, 2, 3], channelWise: true })(plane),
    'RandRicianNoise.mean: has 3 values for 2 channels; give one, or one for each channel',
  ],
  [
    () => t.RandBiasField({ prob: 1 })(image('float32', [1, 9], new Float32Array(9))),
    'RandBiasField: was given an image with 1 spatial axes; it takes 2 or 3',
  ],
  [
    () => t.RandCoarseDropout({ holes: 3, maxHoles: 2, spatialSize: 2 })(plane),
    'RandCoarseDropout.maxHoles: 2 is below holes, 3; exchange them',
  ],
  [
    () => t.RandCoarseShuffle({ prob: 1, holes: 1, spatialSize: 4, maxSpatialSize: [4, 3] })(plane),
    'RandCoarseShuffle.maxSpatialSize: 3 on axis 1 is below spatialSize, 4; exchange them',
  ],
  [() => t.GibbsNoise({ alpha: 1.5 }), 'GibbsNoise.alpha: 1.5 does not fit; give a probability from 0 to 1'],
  [
    () => t.RandGibbsNoise({ alpha: [0.8, 0.2] }),
    'RandGibbsNoise.alpha: [0.8, 0.2] does not fit; give a number from 0 to 1, or a pair of them, low and high',
  ],
  [
    () => t.KSpaceSpikeNoise({ loc: [0, 4, 1], kIntensity: 1 })(plane),
    'KSpaceSpikeNoise.loc: [0, 4, 1] does not exist in an image of shape [2, 4, 5]; give 2 indices, after that of a channel or without, from 0 to below the sizes',
  ],
  [
    () => t.KSpaceSpikeNoise({ loc: [1, 1], kIntensity: [1, 2] })(plane),
    'KSpaceSpikeNoise.kIntensity: is 2 values for one frequency; give one number',
  ],
  [
    () => t.RandKSpaceSpikeNoise({ prob: 1, intensityRange: [[1, 2]] })(plane),
    'RandKSpaceSpikeNoise.intensityRange: has 1 ranges for 2 channels; give one, or one for each',
  ],
  [
    () => t.DetectEnvelope({ axis: 3 })(plane),
    'DetectEnvelope.axis: axis 3 does not exist in an image of shape [2, 4, 5]; use 0 to 2',
  ],
  [() => t.MedianSmooth({ radius: [1, -1] })(plane), 'MedianSmooth.radius: [1, -1] is below 0; give 0 or more'],
  [
    () => t.SavitzkyGolaySmooth({ windowLength: 4, order: 1 }),
    'SavitzkyGolaySmooth.windowLength: 4 does not fit; give an odd number',
  ],
  [
    () => t.SavitzkyGolaySmooth({ windowLength: 3, order: 3 })(plane),
    'SavitzkyGolaySmooth.order: 3 needs a window of more than 3 voxels; give a lower order or a larger windowLength',
  ],
  [
    () => t.SavitzkyGolaySmooth({ windowLength: 9, order: 1, mode: 'reflect' })(plane),
    'SavitzkyGolaySmooth.windowLength: 9 reaches 4 voxels beyond an axis of 4, mode "reflect" at most 3; take a smaller window or mode "replicate"',
  ],
  [
    () => t.ForegroundMask({ threshold: { Q: 1 } })(plane),
    'ForegroundMask.threshold: "Q" is no channel; use "R", "G", "B", "H", "S", "V"',
  ],
  [
    () => t.ForegroundMask({ threshold: null })(plane),
    'ForegroundMask.threshold: no channel of RGB or HSV has a threshold; give a number or a method',
  ],
  [
    () => t.ForegroundMask({ hsvThreshold: 0.5 })(plane),
    'ForegroundMask.hsvThreshold: an image of 2 channels has no hue and saturation; give 3 channels',
  ],
  [
    () => t.ComputeHoVerMaps()(plane),
    'ComputeHoVerMaps: was given a mask of shape [2, 4, 5]; give one channel of instance numbers, [1, H, W]',
  ],
  [
    () => t.UltrasoundConfidenceMapTransform()(plane),
    'UltrasoundConfidenceMapTransform: was given an image of shape [2, 4, 5]; give one channel, [1, H, W] or [1, D, H, W]',
  ],
  [
    () => t.UltrasoundConfidenceMapTransform({ sinkMode: 'mask' })(volume),
    'UltrasoundConfidenceMapTransform.sinkMode: is "mask" and no mask came with the image; give one, or another sinkMode',
  ],
]

for (const [what, sentence] of sentences) test(sentence, () => expect(what).toThrow(sentence))

test('Rician noise is drawn for each key by itself', () => {
  const noisy = t.RandRicianNoised({ keys: ['a', 'b'], prob: 1 }).setRandomState(3)({ a: volume, b: volume })
  expect((noisy.a as Image).data).not.toEqual((noisy.b as Image).data)
})

test('holes are the same for all keys, their random values are not', () => {
  const dropped = t.RandCoarseDropoutd({ keys: ['a', 'b'], prob: 1, holes: 2, spatialSize: 2 }).setRandomState(3)({
    a: volume,
    b: volume,
  }) as Record<string, Image>
  const changed = (img: Image) => Array.from(img.data as Float32Array, (x, i) => x !== volume.data[i])
  expect(changed(dropped.a)).toEqual(changed(dropped.b))
  expect(dropped.a.data).not.toEqual(dropped.b.data)
})

test('what is not drawn leaves the images of a sample as they are', () => {
  const sample: Sample = { a: image('int16', [1, 2, 2], Int16Array.of(1, 2, 3, 4)) }
  expect(t.RandRicianNoised({ keys: 'a', prob: 0 })(sample).a).toBe(sample.a)
})

test('shifts are multiplied by a factor of the metadata', () => {
  const [a, b] = [1, 2].map((x) => image('float32', [1, 1, 1], Float32Array.of(x)))
  const sample: Sample = { a, b, a_meta_dict: { f: 3 } }
  const values = ({ a, b }: Sample) => [a, b].map((img) => (img as Image).data[0])
  expect(values(t.ShiftIntensityd({ keys: ['a', 'b'], offset: 10, factorKey: 'f' })(sample))).toEqual([31, 12])
  const random = t.RandShiftIntensityd({ keys: ['a', 'b'], offsets: [5, 6], prob: 1, factorKey: 'f' })
  const [first, second] = values(random.setRandomState(1)(sample))
  expect(first - 1).toBeCloseTo(3 * (second - 2), 5)
  expect(() => t.ShiftIntensityd({ keys: 'a', offset: 1, factorKey: 'f' })({ a, a_meta_dict: { f: 'x' } })).toThrow(
    'the factor "f" of "a": "x" does not fit; give a number',
  )
})

test('the defaults of GibbsNoise differ between its forms, as in MONAI', () => {
  expect(t.GibbsNoise().options.alpha).toBe(0.1)
  expect(t.GibbsNoised({ keys: 'a' }).options.alpha).toBe(0.5)
})

test('ComputeHoVerMapsd keeps the mask, unless told', () => {
  const labels = image('int32', [1, 2, 3], Int32Array.of(0, 4, 4, 0, 4, 0))
  const { a, hover_a: maps } = t.ComputeHoVerMapsd({ keys: 'a' })({ a: labels }) as Record<string, Image>
  expect(a).toBe(labels)
  expect(maps.shape).toEqual([2, 2, 3])
  expect([...(maps.data as Float32Array)]).toEqual([0, -1, 1, 0, -1, 0, 0, -1, -1, 0, 1, 0])
  const replaced = t.ComputeHoVerMapsd({ keys: 'a', newKeyPrefix: null })({ a: labels })
  expect((replaced.a as Image).shape).toEqual([2, 2, 3])
})

test('NaN in an image is refused by percentiles, thresholds to the fill value, and gives medians of NaN around it', () => {
  const broken = image('float32', [1, 1, 5], Float32Array.of(1, 2, NaN, 4, 5))
  expect([...t.ThresholdIntensity({ threshold: 1.5, cval: -1 })(broken).data]).toEqual([-1, 2, -1, 4, 5])
  expect([...t.MedianSmooth()(broken).data]).toEqual([1, NaN, NaN, NaN, 5])
  expect(() => t.ClipIntensityPercentiles({ lower: 0, upper: 50 })(broken)).toThrow(
    'ClipIntensityPercentiles: 1 of 5 voxels are NaN or infinite, the first NaN in channel 0 at (0, 2)',
  )
})
