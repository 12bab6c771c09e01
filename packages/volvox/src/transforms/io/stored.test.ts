import { expect, test } from 'vitest'
import { storedVoxels } from '../../core/stored.ts'
import { useFiles } from '../../core/files.ts'
import type { Image } from '../../core/image.ts'
import { memoryFiles } from '../../formats/memoryFiles.ts'
import { writeVolume } from '../../formats/index.ts'
import { RandomState } from '../../rng/index.ts'
import { Compose } from '../compose.ts'
import type { Sample } from '../sample.ts'
import { Orientationd, Spacingd } from '../spatial/index.ts'
import { EnsureChannelFirstd } from '../utility/index.ts'
import { LoadImage, LoadImaged } from './load.ts'

const shape = [9, 8, 7]
const files = memoryFiles(new Map())
useFiles(files)
writeVolume(
  'scan.nii.gz',
  {
    shape,
    spatialDims: 3,
    affine: [-0.8, 0, 0, 100, 0, -0.9, 0, 100, 0, 0, 2.5, -80, 0, 0, 0, 1],
    meta: {},
    dtype: 'int16',
    data: Int16Array.from(new RandomState(0).randint(-1000, 1000, 504)),
  },
  {},
  files,
)

const keys = ['image']
const steps = [
  EnsureChannelFirstd({ keys }),
  Orientationd({ keys, axcodes: 'RAS' }),
  Spacingd({ keys, pixdim: [1.1, 1.3, 2] }),
]

test('a pipeline that resamples a file never makes the voxels that it had, and gives the same to the last bit', () => {
  const load = LoadImaged({ keys })
  const loaded = load({ image: 'scan.nii.gz' })
  const scan = loaded.image as Image
  expect(storedVoxels(scan)?.dtype).toBe('int16')
  const together = Compose(steps)(loaded)
  expect(storedVoxels(scan)).toBeDefined()
  const touched = load({ image: 'scan.nii.gz' })
  expect((touched.image as Image).data).toHaveLength(504)
  expect(storedVoxels(touched.image as Image)).toBeUndefined()
  const apart = steps.reduce<unknown>((sample, step) => step(sample as Sample), touched)
  expect(together).toEqual(apart)
})

test('copies, clones and JSON of a loaded image have its voxels', () => {
  const scan = LoadImage()('scan.nii.gz')
  const { data } = LoadImage({ dtype: 'float64' })('scan.nii.gz')
  for (const copy of [{ ...scan }, structuredClone(LoadImage()('scan.nii.gz'))])
    expect(Array.from(copy.data as Float32Array)).toEqual(Array.from(data as Float64Array))
})
