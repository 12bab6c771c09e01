/**
 * Options to try each transform with, under its plain MONAI name. The laws (plain = dictionary = from config, inputs
 * unchanged, history survives JSON, inverses restore the lattice) are tested on them; a registered transform without an
 * entry fails the test.
 */
export const transformSamples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Activations: { softmax: true },
  AddNoise: { noise: new Float32Array(2 * 7 * 6 * 5).fill(0.5) },
  AdjustContrast: { gamma: 1.7 },
  AsDiscrete: { threshold: 0.4 },
  CastToType: { dtype: 'int16' },
  ConvertToMultiChannelBasedOnBratsClasses: {},
  EnsureChannelFirst: { channelDim: 0 },
  EnsureType: { dtype: 'float64' },
  KeepLargestConnectedComponent: { appliedLabels: [1], isOnehot: true },
  NormalizeIntensity: { nonzero: true, channelWise: true },
  RandAdjustContrast: { prob: 1 },
  RandGaussianNoise: { prob: 1 },
  RandScaleIntensity: { factors: 0.2, prob: 1 },
  RandShiftIntensity: { offsets: 0.3, prob: 1 },
  ScaleIntensity: { minv: -1, maxv: 2 },
  ScaleIntensityRange: { aMin: 0, aMax: 1, bMin: -1, bMax: 1, clip: true },
  ShiftIntensity: { offset: 0.25 },
}
