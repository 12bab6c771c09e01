// Invertd of a random pipeline brings a prediction back to the grid of the original image.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Affine } from '../core/affine.ts'
import { useFiles } from '../core/files.ts'
import { image, spatialShape, type Image } from '../core/image.ts'
import { sizeOf } from '../core/tensor.ts'
import { memoryFiles, readVolume, writeVolume } from '../formats/index.ts'
import {
  Affined,
  BorderPadd,
  CenterScaleCropd,
  CenterSpatialCropd,
  Compose,
  CropForegroundd,
  DivisiblePadd,
  Flipd,
  Invertd,
  LoadImaged,
  Orientationd,
  RandAdjustContrastd,
  RandAffined,
  RandAxisFlipd,
  RandCropByLabelClassesd,
  RandCropByPosNegLabeld,
  RandFlipd,
  RandGaussianNoised,
  RandObjectCropd,
  RandResizePerAxisd,
  RandRotate3dAxisd,
  RandRotate90d,
  RandRotated,
  RandScaleCropd,
  RandSpatialCropSamplesd,
  RandSpatialCropd,
  RandWarpAffined,
  RandZoomd,
  Resized,
  ResizeWithPadOrCropd,
  Rotate90d,
  Rotated,
  SaveImaged,
  Spacingd,
  SpatialPadd,
  Zoomd,
  type SampleTransform,
} from './index.ts'

type Chain = readonly (() => SampleTransform<unknown>)[]

const keys = ['image', 'label']
const both = { keys, mode: ['bilinear', 'nearest'] } as const
const prob = 0.7

/** Moves of whole voxels that lose none of them. */
const lossless: Chain = [
  () => Orientationd({ keys, axcodes: 'PIL' }),
  () => Flipd({ keys, spatialAxis: [0, 2] }),
  () => Rotate90d({ keys, k: 3, spatialAxes: [0, 2] }),
  () => SpatialPadd({ keys, spatialSize: [26, 9, 27], method: 'end' }),
  () => BorderPadd({ keys, spatialBorder: [1, 0, 2] }),
  () => DivisiblePadd({ keys, k: 8 }),
  () => ResizeWithPadOrCropd({ keys, spatialSize: [40, 40, 40] }),
  () => RandFlipd({ keys, prob, spatialAxis: 1 }),
  () => RandAxisFlipd({ keys, prob }),
  () => RandRotate90d({ keys, prob, maxK: 3, spatialAxes: [1, 2] }),
  () => CropForegroundd({ keys, sourceKey: 'label', margin: 1 }), // only background is lost
]

/** Those that interpolate, and keep the objects within the canvas. */
const resampling: Chain = [
  () => Spacingd({ ...both, pixdim: [1.3, 1, 0.9] }),
  () => Resized({ keys, spatialSize: [22, 20, 24], mode: ['trilinear', 'nearest'] }),
  () => Zoomd({ ...both, zoom: [1.2, 0.9, 1.1], keepSize: false }),
  () => Rotated({ ...both, angle: [0.1, -0.2, 0.3], keepSize: false }),
  () => RandRotated({ ...both, prob, rangeX: 0.4, rangeZ: 0.4, keepSize: false }),
  () => RandZoomd({ ...both, prob, minZoom: 0.9, maxZoom: 1.3, keepSize: false }),
  () => RandResizePerAxisd({ keys, prob, mode: ['linear', 'nearest'] }),
  () => RandRotate3dAxisd({ ...both, prob, angleRange: 25, keepSize: false }),
]

/** Those that may lose objects, or change intensities. */
const losing: Chain = [
  () => RandGaussianNoised({ keys: 'image', prob }),
  () => RandAdjustContrastd({ keys: 'image', prob }),
  () => CenterSpatialCropd({ keys, roiSize: [12, -1, 14] }),
  () => CenterScaleCropd({ keys, roiScale: 0.8 }),
  () => Affined({ ...both, rotateParams: [0.1, 0.2, -0.1], translateParams: [2, -1, 0], paddingMode: 'zeros' }),
  () => RandAffined({ ...both, prob, rotateRange: 0.4, scaleRange: 0.2, translateRange: 3, paddingMode: 'zeros' }),
  () => RandAffined({ ...both, prob, shearRange: 0.2, spatialSize: [14, 15, 16], paddingMode: 'zeros' }),
  () => RandRotated({ ...both, prob, rangeY: 0.5, paddingMode: 'zeros' }),
  () => RandZoomd({ ...both, prob, minZoom: 0.7, maxZoom: 1.4, paddingMode: 'constant' }),
  () => RandSpatialCropd({ keys, roiSize: 4, randomSize: true }),
  () => RandScaleCropd({ keys, roiScale: 0.7 }),
  () => RandWarpAffined({ ...both, prob, angleRange: 20, scaleRange: 0.1, translateRange: 2, fillValue: 0 }),
  () => RandObjectCropd({ keys, labelKey: 'label', spatialSize: [12, 13, 14] }),
  () =>
    RandCropByPosNegLabeld({ keys, labelKey: 'label', spatialSize: [9, 10, -1], numSamples: 2, allowSmaller: true }),
  () => RandCropByLabelClassesd({ keys, labelKey: 'label', spatialSize: 9, numClasses: 3, allowSmaller: true }),
  () => RandSpatialCropSamplesd({ keys, roiSize: [8, 30, 9], numSamples: 2, randomSize: false }),
]

/** Axes in any order and direction, sizes of voxels of their own, a little tilted. */
const affines = fc
  .record({
    order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    signs: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    sizes: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.8, max: 1.4, noNaN: true }))),
    tilt: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
  })
  .map(({ order, signs, sizes, tilt }) => {
    const out = new Array<number>(16).fill(0)
    order.forEach((axis, j) => (out[axis * 4 + j] = (signs[j] ? 1 : -1) * (sizes[j] ?? 1)))
    out[1] += tilt
    ;[out[3], out[7], out[11], out[15]] = [-20.25, 13.5, 7, 1]
    return out
  })

const shapes = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 18, max: 24 })))

/** How far from the middle of its volume a voxel is, as a share of the length of each axis. */
function place(i: number, shape: readonly number[]): number[] {
  return shape.map((n, a) => ((Math.floor(i / sizeOf(shape.slice(a + 1))) % n) + 0.5) / n - 0.5)
}

/** An image, and a label of a ball in two parts. */
function sampleOf(shape: readonly number[], affine: Affine): { image: Image; label: Image } {
  const label = Uint8Array.from({ length: sizeOf(shape) }, (_, i) => {
    const at = place(i, shape)
    return Math.hypot(...at) > radius ? 0 : at[0] + at[1] / 2 < 0.05 ? 1 : 2
  })
  const scan = Float32Array.from(label, (x, i) => x + ((i * 37) % 11) / 50)
  return {
    image: image('float32', [1, ...shape], scan, { affine, meta: { filename_or_obj: 'scan.nii.gz' } }),
    label: image('uint8', [1, ...shape], label, { affine }),
  }
}
const radius = 0.36

const runs = (...families: readonly Chain[]) =>
  fc.record({
    shape: shapes,
    affine: affines,
    chain: fc.array(fc.constantFrom(...families.flat()), { minLength: 1, maxLength: 5 }),
    lazy: fc.boolean(),
    seed: fc.nat(1e6),
  })
type Run = ReturnType<typeof runs> extends fc.Arbitrary<infer T> ? T : never

interface Inverted {
  readonly original: Image
  readonly restored: Image
}

/** What `predict` makes of each sample that a pipeline gives, brought back by what happened to its image. */
function inverted(
  { shape, affine, chain, lazy, seed }: Run,
  predict: (seen: { image: Image; label: Image }) => Image,
  nearestInterp: boolean,
): Inverted[] {
  const sample = sampleOf(shape, affine)
  const transform = Compose({ transforms: chain.map((make) => make()), lazy, overrides: lazy ? nearestLabels : null })
  transform.setRandomState(seed)
  const invertPrediction = Invertd({ keys: 'pred', origKeys: 'image', transform, nearestInterp })
  return [transform(sample)].flat().map((one) => {
    const seen = one as { image: Image; label: Image }
    expect(seen.label.shape).toEqual(seen.image.shape)
    const { pred } = invertPrediction({ image: seen.image, pred: predict(seen) })
    return { original: sample.label, restored: pred as Image }
  })
}
const nearestLabels = { label: { mode: 'nearest', paddingMode: 'zeros' } } as const

/** A prediction knows nothing of what became of the image. */
const asPredicted = ({ label }: { label: Image }) => image(label.dtype, label.shape, label.data)
const asProbability = ({ image: { shape, data } }: { image: Image }) =>
  image(
    'float32',
    shape,
    Float32Array.from(data as Float32Array, (x) => Math.min(Math.max(x, 0), 1)),
  )

function expectSameGrid({ original, restored }: Inverted): void {
  expect(restored.shape).toEqual(original.shape)
  restored.affine.forEach((x, i) => expect(x).toBeCloseTo(original.affine[i], 4))
  expect(restored.history).toEqual([])
}

function dice({ original, restored }: Inverted): number {
  let [overlap, total] = [0, 0]
  original.data.forEach((label, i) => {
    const [truth, found] = [Number(label) > 0, Number(restored.data[i]) > 0.5]
    overlap += truth && found ? 2 : 0
    total += Number(truth) + Number(found)
  })
  return overlap / total
}

test('chains that lose nothing give back the label, voxel by voxel', () => {
  fc.assert(
    fc.property(runs(lossless), (run) => {
      for (const one of inverted(run, asPredicted, true)) {
        expectSameGrid(one)
        expect([...one.restored.data]).toEqual([...one.original.data])
      }
    }),
  )
})

test('chains that interpolate give back large objects', () => {
  fc.assert(
    fc.property(runs(lossless, resampling), (run) => {
      for (const one of inverted(run, asProbability, false)) {
        expectSameGrid(one)
        expect(dice(one)).toBeGreaterThan(0.85)
      }
    }),
  )
})

test('whatever the chain, the grid is the original one, and what is left of objects is where they were', () => {
  fc.assert(
    fc.property(runs(lossless, resampling, losing), fc.boolean(), (run, nearest) => {
      for (const one of inverted(run, asPredicted, nearest)) {
        expectSameGrid(one)
        if (nearest) expect(misplaced(one)).toBeLessThan(0.05)
      }
    }),
  )
})

test('a prediction is saved on the grid of the file that the image came from', () => {
  fc.assert(
    fc.property(runs(lossless, resampling, losing), ({ shape, affine, chain, lazy, seed }) => {
      const files = memoryFiles(new Map())
      useFiles(files)
      writeVolume('in/scan.nii.gz', { ...sampleOf(shape, affine).label, shape, spatialDims: 3 }, {}, files)
      const path = 'in/scan.nii.gz'
      const loading = LoadImaged({ keys, ensureChannelFirst: true })
      const transform = Compose({ transforms: [loading, ...chain.map((make) => make())], lazy }).setRandomState(seed)
      const [seen] = [transform({ image: path, label: path })].flat() as { image: Image; label: Image }[]
      const after = Compose([
        Invertd({ keys: 'pred', origKeys: 'image', transform }),
        SaveImaged({ keys: 'pred', outputDir: 'out', outputPostfix: 'seg', outputDtype: 'uint8' }),
      ])
      const { pred } = after({ ...seen, pred: asPredicted(seen) }) as { pred: Image }
      const [saved, original] = [String(pred.meta.saved_to), path].map((name) => readVolume(name, {}, files))
      expect(saved.shape).toEqual(original.shape)
      saved.affine.forEach((x, i) => expect(x).toBeCloseTo(original.affine[i], 3))
    }),
    { numRuns: 30 },
  )
})

/** Share of the restored objects' voxels that lie clearly outside of the original ones. */
function misplaced({ original, restored }: Inverted): number {
  const shape = spatialShape(original)
  let [wrong, all] = [0, 0]
  restored.data.forEach((x, i) => {
    if (Number(x) === 0) return
    all++
    if (Math.hypot(...place(i, shape)) > radius + 3 / Math.min(...shape)) wrong++
  })
  return wrong / Math.max(all, 1)
}
