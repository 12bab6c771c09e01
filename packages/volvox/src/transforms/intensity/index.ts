export { RandBiasField, RandBiasFieldd } from './biasField.ts'
export { RandCoarseDropout, RandCoarseDropoutd, RandCoarseShuffle, RandCoarseShuffled } from './coarse.ts'
export { AdjustContrast, AdjustContrastd, RandAdjustContrast, RandAdjustContrastd } from './contrast.ts'
export { MedianSmooth, MedianSmoothd, SavitzkyGolaySmooth, SavitzkyGolaySmoothd } from './filters.ts'
export { DetectEnvelope } from './envelope.ts'
export { ForegroundMask, ForegroundMaskd } from './foregroundMask.ts'
export { GibbsNoise, GibbsNoised, RandGibbsNoise, RandGibbsNoised } from './gibbs.ts'
export {
  HistogramNormalize,
  HistogramNormalized,
  IntensityRemap,
  RandHistogramShift,
  RandHistogramShiftd,
  RandIntensityRemap,
} from './histogram.ts'
export { ComputeHoVerMaps, ComputeHoVerMapsd } from './hoverMaps.ts'
export { KSpaceSpikeNoise, KSpaceSpikeNoised, RandKSpaceSpikeNoise, RandKSpaceSpikeNoised } from './kspace.ts'
export { AddNoise, RandGaussianNoise, RandGaussianNoised } from './noise.ts'
export { NormalizeIntensity, NormalizeIntensityd } from './normalize.ts'
export {
  ClipIntensityPercentiles,
  ClipIntensityPercentilesd,
  ScaleIntensityRangePercentiles,
  ScaleIntensityRangePercentilesd,
} from './percentiles.ts'
export { RandRicianNoise, RandRicianNoised } from './rician.ts'
export {
  RandScaleIntensity,
  RandScaleIntensityd,
  RandShiftIntensity,
  RandShiftIntensityd,
  ScaleIntensity,
  ScaleIntensityd,
  ScaleIntensityRange,
  ScaleIntensityRanged,
  ShiftIntensity,
  ShiftIntensityd,
} from './scale.ts'
export {
  RandScaleIntensityFixedMean,
  RandScaleIntensityFixedMeand,
  RandStdShiftIntensity,
  RandStdShiftIntensityd,
  ScaleIntensityFixedMean,
  StdShiftIntensity,
  StdShiftIntensityd,
} from './shift.ts'
export {
  GaussianSharpen,
  GaussianSharpend,
  GaussianSmooth,
  GaussianSmoothd,
  RandGaussianSharpen,
  RandGaussianSharpend,
  RandGaussianSmooth,
  RandGaussianSmoothd,
} from './smooth.ts'
export { MaskIntensity, MaskIntensityd, ThresholdIntensity, ThresholdIntensityd } from './threshold.ts'
export { UltrasoundConfidenceMapTransform } from './ultrasound.ts'
