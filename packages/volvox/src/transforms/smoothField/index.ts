export {
  RandSmoothFieldAdjustContrast,
  RandSmoothFieldAdjustContrastd,
  RandSmoothFieldAdjustIntensity,
  RandSmoothFieldAdjustIntensityd,
} from './adjust.ts'
export { RandSmoothDeform, RandSmoothDeformd } from './deform.ts'
