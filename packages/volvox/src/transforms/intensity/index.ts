export { AdjustContrast, AdjustContrastd, RandAdjustContrast, RandAdjustContrastd } from './contrast.ts'
export { AddNoise, RandGaussianNoise, RandGaussianNoised } from './noise.ts'
export { NormalizeIntensity, NormalizeIntensityd } from './normalize.ts'
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
