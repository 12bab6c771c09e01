import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepFreedMemory, nodeFiles, nodeKernelThreads } from '@volvox/node'
import * as v from 'volvox'
import { syntheticCt } from './synthetic.ts'
import { peakMib, timed, type Measured, type Settings, type Workload } from './workload.ts'

const shape = [256, 256, 128]
const keys = ['image', 'label']

/** What can be timed on a CT of 256x256x128 voxels with a label: a task from the paths and the preprocessed sample. */
const tasks: Readonly<Record<string, (paths: readonly string[], sample: () => unknown) => () => unknown>> = {
  load: ([image]) => {
    const load = v.LoadImage()
    return () => load(image).data // which are made when somebody looks at them
  },
  preprocess: ([image, label]) => {
    const steps = preprocessing()
    return () => steps({ image, label })
  },
  augment: (_, sample) => {
    const steps = augmentation().setRandomState(0)
    const ready = sample()
    return () => steps(ready)
  },
  elastic: (_, sample) => {
    const options = { sigmaRange: [5, 7], magnitudeRange: [50, 150], prob: 1, mode: ['bilinear', 'nearest'] } as const
    const elastic = v.Compose([v.Rand3DElasticd({ keys, ...options })]).setRandomState(0)
    const ready = sample()
    return () => elastic(ready)
  },
}

/** The named ones, each a line of its own. */
export const pipelines =
  (...names: readonly (keyof typeof tasks)[]): Workload =>
  async ({ reps, threads }: Settings) => {
    v.useFiles(nodeFiles)
    nodeKernelThreads(threads)
    keepFreedMemory()
    const paths = scans()
    const results: Measured[] = []
    for (const name of names) {
      const task = tasks[name](paths, () => preprocessing()({ image: paths[0], label: paths[1] }))
      results.push({ name, times: await timed(name, reps, async () => task()), peak_mib: peakMib() })
    }
    return results
  }

function preprocessing(): v.Composed {
  return v.Compose([
    v.LoadImaged({ keys }),
    v.EnsureChannelFirstd({ keys }),
    v.Orientationd({ keys, axcodes: 'RAS' }),
    v.Spacingd({ keys, pixdim: [1.5, 1.5, 2], mode: ['bilinear', 'nearest'] }),
    v.ScaleIntensityRanged({ keys: ['image'], aMin: -57, aMax: 164, bMin: 0, bMax: 1, clip: true }),
    v.CropForegroundd({ keys, sourceKey: 'image' }),
    v.EnsureTyped({ keys }),
  ])
}

/** Four crops of 96x96x96 voxels, each turned, flipped, blurred and changed in intensity. */
function augmentation(): v.Composed {
  const image = ['image']
  const spatialSize = [96, 96, 96]
  const mode = ['bilinear', 'nearest'] as const
  return v.Compose([
    v.RandCropByPosNegLabeld({
      keys,
      labelKey: 'label',
      spatialSize,
      pos: 1,
      neg: 1,
      numSamples: 4,
      imageKey: 'image',
    }),
    v.RandAffined({ keys, prob: 1, rotateRange: [0.26, 0.26, 0.26], scaleRange: [0.1, 0.1, 0.1], mode }),
    v.RandFlipd({ keys, prob: 0.5, spatialAxis: 0 }),
    v.RandGaussianNoised({ keys: image, prob: 1, std: 0.1 }),
    v.RandGaussianSmoothd({ keys: image, prob: 1 }),
    v.RandScaleIntensityd({ keys: image, factors: 0.1, prob: 1 }),
    v.RandShiftIntensityd({ keys: image, offsets: 0.1, prob: 1 }),
    v.RandAdjustContrastd({ keys: image, prob: 1 }),
  ])
}

/** The paths of a scan and its label, written once. */
function scans(): readonly string[] {
  const folder = join(tmpdir(), 'volvox-bench')
  const paths = [join(folder, 'ct.nii.gz'), join(folder, 'ct_label.nii.gz')]
  if (!existsSync(paths[1])) {
    mkdirSync(folder, { recursive: true })
    const { ct, label } = syntheticCt(shape)
    const affine = [-0.8, 0, 0, 100, 0, -0.8, 0, 100, 0, 0, 2.5, -80, 0, 0, 0, 1]
    const lattice = { shape, spatialDims: 3, affine, meta: {} }
    v.writeVolume(paths[0], { ...lattice, dtype: 'int16', data: ct }, { level: 1 }, nodeFiles) // NiBabel's level
    v.writeVolume(paths[1], { ...lattice, dtype: 'uint8', data: label }, { level: 1 }, nodeFiles)
  }
  return paths
}
