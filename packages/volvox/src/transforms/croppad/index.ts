export { BoundingRect, BoundingRectd } from './boundingRect.ts'
export {
  CenterScaleCrop,
  CenterScaleCropd,
  CenterSpatialCrop,
  CenterSpatialCropd,
  SpatialCrop,
  SpatialCropd,
} from './crop.ts'
export { Crop, Cropd, RandCropd } from './cropper.ts'
export { CropForeground, CropForegroundd } from './cropForeground.ts'
export { BorderPad, BorderPadd, DivisiblePad, DivisiblePadd, Pad, Padd, SpatialPad, SpatialPadd } from './pad.ts'
export { RandCropByLabelClasses, RandCropByLabelClassesd } from './randCropByLabelClasses.ts'
export { RandCropByPosNegLabel, RandCropByPosNegLabeld } from './randCropByPosNegLabel.ts'
export {
  RandScaleCrop,
  RandScaleCropd,
  RandSpatialCrop,
  RandSpatialCropd,
  RandSpatialCropSamples,
  RandSpatialCropSamplesd,
} from './randSpatialCrop.ts'
export { RandWeightedCrop, RandWeightedCropd } from './randWeightedCrop.ts'
export { ResizeWithPadOrCrop, ResizeWithPadOrCropd } from './resizeWithPadOrCrop.ts'
export { AnchorCrop, AnchorCropd, RandObjectCrop, RandObjectCropd } from './randObjectCrop.ts'
export { RandomMaskPixel, RandomObjectBBox } from './labelDraws.ts'
