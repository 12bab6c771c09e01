import { RandomState, type Image } from 'volvox'
import type { Subjects } from '../subjects.ts'
import { changed } from '../voxels.ts'
import type { Examples } from './example.ts'

/** Noise for each voxel of an image. */
const noiseFor = ({ data }: Image) => Float32Array.from(new RandomState(0).normal(0, 60, data.length))
const tissue = ({ tissue }: Subjects) => tissue
const signal = ({ signal }: Subjects) => signal
/** With about a hundred distinct values. */
const rounded = ({ scan }: Subjects) => changed(scan, (x) => 10 * Math.round(x / 10))
const ofRounded = 'On the scan with its values rounded to tens.'
const onTissue = 'On stained tissue.'

export const intensityExamples: Examples = {
  AddNoise: { show: 'values', options: ({ scan }) => ({ noise: noiseFor(scan) }) },
  AdjustContrast: { show: 'curve', options: { gamma: 2 } },
  RandAdjustContrast: { show: 'curve', options: { prob: 1, gamma: [0.4, 3] } },
  ClipIntensityPercentiles: { show: 'curve', options: { lower: 10, upper: 80 } },
  ComputeHoVerMaps: {
    show: 'channels',
    options: {},
    of: ({ nuclei }) => nuclei,
    view: { up: false },
    note: 'Of numbered nuclei.',
  },
  DetectEnvelope: { show: 'lines', options: { axis: 1 }, of: signal },
  ForegroundMask: { show: 'photograph', options: { threshold: 'otsu' }, of: tissue, note: onTissue },
  GaussianSharpen: { show: 'values', options: { sigma1: 0.7, sigma2: 0.5, alpha: 10 } },
  RandGaussianSharpen: { show: 'values', options: { prob: 1, alpha: [2, 10] } },
  GaussianSmooth: { show: 'values', options: { sigma: 1.5 } },
  RandGaussianSmooth: { show: 'values', options: { prob: 1, sigmaX: [0.5, 3], sigmaY: [0.5, 3], sigmaZ: [0.5, 3] } },
  GibbsNoise: { show: 'values', options: { alpha: 0.7 } },
  RandGibbsNoise: { show: 'values', options: { prob: 1, alpha: [0.5, 0.9] } },
  HistogramNormalize: { show: 'curve', options: { numBins: 64, min: 0, max: 1 } },
  IntensityRemap: { show: 'curve', options: { kernelSize: 30, slope: 0.7 }, of: rounded, note: ofRounded },
  RandIntensityRemap: { show: 'curve', options: { prob: 1, kernelSize: 30, slope: 0.7 }, of: rounded, note: ofRounded },
  KSpaceSpikeNoise: { show: 'values', options: { loc: [0, 22, 32, 16], kIntensity: 15 } },
  RandKSpaceSpikeNoise: { show: 'values', options: { prob: 1, intensityRange: [14.5, 15.5] } },
  MaskIntensity: {
    show: 'values',
    options: {},
    also: ({ label }) => [{ maskData: label }],
    note: 'Masked by the label, which is given with the call.',
  },
  MedianSmooth: { show: 'values', options: { radius: 1 } },
  NormalizeIntensity: { show: 'curve', options: { nonzero: true, channelWise: true } },
  RandBiasField: { show: 'values', options: { prob: 1, degree: 3, coeffRange: [0, 0.4] } },
  RandCoarseDropout: {
    show: 'values',
    options: { prob: 1, holes: 3, spatialSize: [6, 6, 12], maxHoles: 6, maxSpatialSize: [12, 12, 24], fillValue: 0 },
  },
  RandCoarseShuffle: { show: 'values', options: { prob: 1, holes: 4, spatialSize: [9, 9, 20] } },
  RandGaussianNoise: { show: 'values', options: { prob: 1, std: 120 } },
  RandHistogramShift: { show: 'curve', options: { prob: 1, numControlPoints: 8 } },
  RandRicianNoise: { show: 'values', options: { prob: 1, std: 120 } },
  SavitzkyGolaySmooth: { show: 'values', options: { windowLength: 9, order: 2, axis: 2, mode: 'reflect' } },
  ScaleIntensity: { show: 'curve', options: { minv: 0, maxv: 1 } },
  RandScaleIntensity: { show: 'curve', options: { prob: 1, factors: 0.5 } },
  ScaleIntensityFixedMean: { show: 'curve', options: { factor: 0.8, preserveRange: true } },
  RandScaleIntensityFixedMean: { show: 'curve', options: { prob: 1, factors: 0.8, preserveRange: true } },
  ScaleIntensityRange: { show: 'curve', options: { aMin: 100, aMax: 600, bMin: 0, bMax: 1, clip: true } },
  ScaleIntensityRangePercentiles: { show: 'curve', options: { lower: 5, upper: 95, bMin: 0, bMax: 1, clip: true } },
  ShiftIntensity: { show: 'curve', options: { offset: 200 } },
  RandShiftIntensity: { show: 'curve', options: { prob: 1, offsets: 200 } },
  StdShiftIntensity: { show: 'curve', options: { factor: 1.5 } },
  RandStdShiftIntensity: { show: 'curve', options: { prob: 1, factors: 2 } },
  ThresholdIntensity: { show: 'curve', options: { threshold: 400, above: true, cval: 0 } },
  UltrasoundConfidenceMapTransform: {
    show: 'values',
    options: { sinkMode: 'all' },
    of: ({ slice }) => slice,
    note: 'On a slice of the scan, as if the probe were at its left side.',
  },
  RandSmoothDeform: {
    show: 'moves',
    options: {
      prob: 1,
      spatialSize: [35, 52, 33],
      randSize: [4, 5, 4],
      defRange: 0.15,
      fieldMode: 'trilinear',
      gridMode: 'bilinear',
    },
  },
  RandSmoothFieldAdjustContrast: {
    show: 'values',
    options: { prob: 1, spatialSize: [35, 52, 33], randSize: [4, 5, 4], mode: 'trilinear', gamma: [0.5, 3] },
  },
  RandSmoothFieldAdjustIntensity: {
    show: 'values',
    options: { prob: 1, spatialSize: [35, 52, 33], randSize: [4, 5, 4], mode: 'trilinear', gamma: [0.3, 1.5] },
  },
}
