import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFiles } from '@volvox/node'
import * as v from 'volvox'
import { syntheticCt } from './synthetic.ts'
import { timed, type Measured, type Workload } from './workload.ts'

const shape = [256, 256, 128]

/** Loading a CT of 256x256x128 voxels, and the usual steps before training. */
export const pipelines: Workload = async ({ reps }) => {
  v.useFiles(nodeFiles)
  const [image, label] = scans()
  const keys = ['image', 'label']
  const preprocess = v.Compose([
    v.LoadImaged({ keys }),
    v.EnsureChannelFirstd({ keys }),
    v.Orientationd({ keys, axcodes: 'RAS' }),
    v.Spacingd({ keys, pixdim: [1.5, 1.5, 2], mode: ['bilinear', 'nearest'] }),
    v.ScaleIntensityRanged({ keys: ['image'], aMin: -57, aMax: 164, bMin: 0, bMax: 1, clip: true }),
    v.CropForegroundd({ keys, sourceKey: 'image' }),
    v.EnsureTyped({ keys }),
  ])
  const load = v.LoadImage()
  const tasks: Readonly<Record<string, () => unknown>> = {
    load: () => load(image),
    preprocess: () => preprocess({ image, label }),
  }
  const results: Measured[] = []
  for (const [name, task] of Object.entries(tasks))
    results.push({ name, times: await timed(name, reps, async () => task()) })
  return results
}

/** The paths of a scan and its label, written once. */
function scans(): [string, string] {
  const folder = join(tmpdir(), 'volvox-bench')
  const paths: [string, string] = [join(folder, 'ct.nii.gz'), join(folder, 'ct_label.nii.gz')]
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
