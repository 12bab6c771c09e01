import fc from 'fast-check'
import { expect, test } from 'vitest'
import { image } from '../core/image.ts'
import { RandomState } from '../rng/index.ts'
import { Compose } from './compose.ts'
import { CropForegroundd, RandSpatialCropd, SpatialCropd, SpatialPadd } from './croppad/index.ts'
import { ScaleIntensityd } from './intensity/index.ts'
import type { Sample, SampleTransform } from './sample.ts'
import { Affined, Flipd, Orientationd, RandAffined, RandFlipd, Rotate90d, Spacingd, Zoomd } from './spatial/index.ts'

const keys = ['image', 'label']

/** Steps of all kinds: those that move voxels, that resample, that look at voxels, for all keys or for one. */
const steps: readonly (() => SampleTransform<unknown>)[] = [
  () => Orientationd({ keys, axcodes: 'SLP' }),
  () => Orientationd({ keys: ['image'], axcodes: 'LAS' }),
  () => Flipd({ keys, spatialAxis: [0, 2] }),
  () => Rotate90d({ keys, k: 1, spatialAxes: [1, 2] }),
  () => SpatialCropd({ keys, roiStart: [1, 0, 1], roiEnd: [6, 5, 6] }),
  () => SpatialPadd({ keys, spatialSize: [8, 8, 8], mode: 'reflect' }),
  () => Spacingd({ keys, pixdim: [1.3, 1.1, 1.7], mode: ['bilinear', 'nearest'] }),
  () => Affined({ keys, rotateParams: [0.2, 0.1, 0], mode: ['bilinear', 3], paddingMode: ['border', 'constant'] }),
  () => Zoomd({ keys, zoom: 1.2, mode: ['trilinear', 'nearest'], keepSize: false }),
  () => RandFlipd({ keys, prob: 0.5, spatialAxis: 1 }).setRandomState(3),
  () => RandAffined({ keys, prob: 0.6, rotateRange: 0.3, mode: ['bilinear', 'nearest'] }).setRandomState(4),
  () => RandSpatialCropd({ keys, roiSize: 4, randomSize: false }).setRandomState(5),
  () => CropForegroundd({ keys, sourceKey: 'label' }),
  () => ScaleIntensityd({ keys: ['image'] }),
]

function sample(): Sample {
  const rng = new RandomState(1)
  const affine = [0, -1.5, 0, 10, 1, 0, 0, -4, 0, 0, 1.25, 7, 0, 0, 0, 1]
  const voxels = Float32Array.from(rng.uniform(0, 1, 2 * 8 * 7 * 6))
  const label = Uint8Array.from(rng.uniform(0, 1.3, 8 * 7 * 6), (x) => Math.floor(x))
  return {
    image: image('float32', [2, 8, 7, 6], voxels, { affine }),
    label: image('uint8', [1, 8, 7, 6], label, { affine }),
  }
}

test('a pipeline gives what its steps give one by one, to the last bit and with the same history', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(steps.length - 1), { minLength: 1, maxLength: 6 }), (chosen) => {
      const together = Compose(chosen.map((i) => steps[i]()))(sample())
      const apart = chosen.map((i) => steps[i]()).reduce<unknown>((current, step) => step(current as Sample), sample())
      expect(together).toEqual(apart)
    }),
    { numRuns: 200 },
  )
})
