// NaN and infinity: no option takes them, and where one such voxel would spoil a whole image a sentence says where it is.
import { beforeAll, expect, test, vi } from 'vitest'
import { VolvoxError } from '../core/errors.ts'
import { image, isImage, type Image } from '../core/image.ts'
import { registry } from '../registry.ts'
import type { Definition } from './define.ts'
import {
  AdjustContrast,
  Affine,
  KSpaceSpikeNoise,
  NormalizeIntensity,
  ReferenceBasedNormalizeIntensityd,
  ScaleIntensity,
  ScaleIntensityd,
  ScaleIntensityRangePercentiles,
} from './index.ts'
import { transformSamples } from './samples.ts'
import { build, extraInputs, plainForms, subject } from './testing.ts'

beforeAll(() => void vi.spyOn(console, 'info').mockImplementation(() => {})) // DataStats prints

/** What a number, a list or a list of lists may be by mistake. */
const noNumbers = [NaN, Infinity, -Infinity, [NaN], [1, Infinity], [NaN, NaN], [[NaN, 1]], [[0, NaN], [1, 2]], [1, 2, NaN]] // prettier-ignore

/** Options that take whatever there is: most are MONAI's and without effect here. */
const takesAnything = /^(any value|a device)/

test('no option of a transform takes NaN or infinity', () => {
  const names = registry()
  for (const path of names.list().filter((name) => /transforms/.test(name)))
    for (const [option, { kind }] of Object.entries(names.find(path, 'here').schema)) {
      if (takesAnything.test(kind.noun)) continue
      for (const value of noNumbers)
        if (!(option === 'filter' || option === 'kernel') || !Array.isArray(value))
          // a kernel is looked at with the image
          expect(() => kind.parse(value, `${path}.${option}`), `${path}.${option}`).toThrow(VolvoxError)
    }
})

/** Where the subject's voxel 10 is no number, those of the result that are none. */
const spoilt = (result: unknown): number =>
  [result].flat().reduce<number>((sum, one) => {
    const voxels = isImage(one) ? Array.from(one.data as Float32Array) : []
    return sum + voxels.filter((x) => !Number.isFinite(Number(x))).length / voxels.length
  }, 0) / [result].flat().length

/** Values of the whole image that are no voxels of it any more: how much is NaN says the image itself. */
const measures = new Set(['IntensityStats', 'DataStats'])

for (const [name, { definition }] of plainForms.filter(([name]) => name in transformSamples && !measures.has(name)))
  test(`${name} keeps a voxel that is no number to its surroundings, or says where it is`, () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const img = subject(name)
      const inputs = extraInputs(definition as unknown as Definition, img)
      const data = Float32Array.from(img.data as Float32Array)
      data[10] = value
      try {
        const before = spoilt(build(name)(img, inputs))
        expect(spoilt(build(name)({ ...img, data }, inputs)) - before).toBeLessThan(0.75)
      } catch (error) {
        if (!(error instanceof VolvoxError)) throw error
        expect(error.message).toContain(
          `1 of ${data.length} voxels are NaN or infinite, the first ${value} in channel 0 at (`,
        )
      }
    }
  })

const bad = image(
  'float32',
  [2, 2, 3, 4],
  Float32Array.from({ length: 48 }, (_, i) => (i === 29 || i === 40 ? NaN : i)),
)
const said = (name: string) =>
  `${name}: 2 of 48 voxels are NaN or infinite, the first NaN in channel 1 at (0, 1, 1), which spoils the result everywhere; replace them first, e.g. by SignalFillEmpty, or by a function in Lambda`

const refused: readonly (readonly [name: string, run: () => unknown])[] = [
  ['ScaleIntensity', () => ScaleIntensity()(bad)],
  ['ScaleIntensityd ("scan")', () => ScaleIntensityd({ keys: 'scan' })({ scan: bad })],
  ['NormalizeIntensity', () => NormalizeIntensity({ channelWise: true, nonzero: true })(bad)],
  ['AdjustContrast', () => AdjustContrast({ gamma: 2 })(bad)],
  [
    'ScaleIntensityRangePercentiles',
    () => ScaleIntensityRangePercentiles({ lower: 1, upper: 99, bMin: 0, bMax: 1 })(bad),
  ],
  ['KSpaceSpikeNoise', () => KSpaceSpikeNoise({ loc: [0, 1, 1] })(bad)],
  ['Affine: resample', () => Affine({ scaleParams: [1.1, 1, 1], mode: 3 })(bad)],
  [
    'ReferenceBasedNormalizeIntensityd ("ref")',
    () =>
      ReferenceBasedNormalizeIntensityd({ keys: 'scan', refKey: 'ref' })({
        scan: { ...bad, data: new Float32Array(48) },
        ref: bad,
      }),
  ],
]
for (const [name, run] of refused)
  test(`${name} names the first voxel that is no number`, () => expect(run).toThrow(said(name)))

test('what needs no statistics of the image leaves voxels that are no numbers alone', () => {
  const nans = ({ data }: Image) => Array.from(data as Float32Array).flatMap((x, i) => (Number.isNaN(x) ? [i] : []))
  expect(nans(ScaleIntensity({ minv: null, maxv: null, factor: 2 })(bad))).toEqual([29, 40])
  expect(nans(NormalizeIntensity({ subtrahend: 1, divisor: 2 })(bad))).toEqual([29, 40])
})
