import * as v from 'volvox'

// Runs in Node and in a browser; the test compares what comes out.

const keys = ['image', 'label']
const mode = ['bilinear', 'nearest'] as const
const shape = [40, 36, 24]

/** Voxels of four pipelines on a scan that is read from a file, each as the bytes of image and label. */
export function results(): Record<string, number[]> {
  v.useFiles(files())
  const loaded = v.Compose([
    v.LoadImaged({ keys }),
    v.EnsureChannelFirstd({ keys }),
    v.Orientationd({ keys, axcodes: 'RAS' }),
    v.Spacingd({ keys, pixdim: [1.3, 1.1, 2], mode }),
    v.ScaleIntensityRanged({ keys: ['image'], aMin: -500, aMax: 500, bMin: 0, bMax: 1, clip: true }),
    v.CropForegroundd({ keys, sourceKey: 'label', margin: 2 }),
  ])({ image: 'scan.nii.gz', label: 'label.nii.gz' })
  const augmented = v
    .Compose([
      v.RandCropByPosNegLabeld({ keys, labelKey: 'label', spatialSize: [16, 16, 8], numSamples: 2 }),
      v.RandAffined({ keys, prob: 1, rotateRange: [0.3, 0.2, 0.1], scaleRange: [0.1, 0.1, 0.1], mode }),
      v.RandFlipd({ keys, prob: 0.5, spatialAxis: 0 }),
      v.RandGaussianNoised({ keys: ['image'], prob: 1, std: 0.1 }),
      v.RandGaussianSmoothd({ keys: ['image'], prob: 1 }),
      v.RandAdjustContrastd({ keys: ['image'], prob: 1 }),
    ])
    .setRandomState(3)(loaded)
  const deformed = v
    .Compose([
      v.Rand3DElasticd({ keys, sigmaRange: [2, 3], magnitudeRange: [10, 20], prob: 1, mode }),
      v.KeepLargestConnectedComponentd({ keys: ['label'] }),
      v.FillHolesd({ keys: ['label'] }),
      v.Resized({ keys, spatialSize: [20, 20, 20], mode: ['area', 'nearest'] }),
    ])
    .setRandomState(4)(loaded)
  const image = ['image']
  const changed = v
    .Compose([
      v.RandGibbsNoised({ keys: image, prob: 1, alpha: 0.6 }),
      v.KSpaceSpikeNoised({ keys: image, loc: [2, 3, 4], kIntensity: 8 }),
      v.RandBiasFieldd({ keys: image, prob: 1 }),
      v.RandRicianNoised({ keys: image, prob: 1, std: 0.1 }),
      v.NormalizeIntensityd({ keys: image }),
      v.Rotate90d({ keys, spatialAxes: [0, 2] }),
      v.Activationsd({ keys: image, sigmoid: true }),
      v.Zoomd({ keys, zoom: 1.2, mode: ['area', 'nearest'] }),
      v.CastToTyped({ keys, dtype: ['float16', 'uint8'] }),
    ])
    .setRandomState(5)(loaded)
  return {
    preprocessing: bytesOf(loaded),
    augmentation: bytesOf(augmented),
    deformation: bytesOf(deformed),
    intensities: bytesOf(changed),
  }
}

function files(): v.Files {
  const found = v.memoryFiles(new Map())
  const rng = new v.RandomState(1)
  const size = shape.reduce((a, b) => a * b)
  const affine = [-0.8, 0, 0, 20, 0, -0.9, 0, 10, 0, 0, 2.5, -8, 0, 0, 0, 1]
  const lattice = { shape, spatialDims: 3, affine, meta: {} }
  const voxels = Int16Array.from(rng.normal(0, 300, size))
  const label = Uint8Array.from({ length: size }, (_, i) => (Math.floor(i / 24) % 36 < 20 && rng.rand() < 0.8 ? 1 : 0))
  v.writeVolume('scan.nii.gz', { ...lattice, dtype: 'int16', data: voxels }, {}, found)
  v.writeVolume('label.nii.gz', { ...lattice, dtype: 'uint8', data: label }, {}, found)
  return found
}

function bytesOf(result: unknown): number[] {
  const samples = (Array.isArray(result) ? result : [result]) as v.Sample[]
  return samples.flatMap((sample) =>
    keys.flatMap((key) => {
      const { data } = sample[key] as v.Image
      return Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    }),
  )
}
