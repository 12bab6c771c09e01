export * from './dictionary.ts'
export {
  AffineBox,
  BoxToMask,
  ClipBoxToImage,
  ConvertBoxMode,
  ConvertBoxToStandardMode,
  FlipBox,
  MaskToBox,
  ResizeBox,
  RotateBox90,
  SpatialCropBox,
  StandardizeEmptyBox,
  ZoomBox,
} from './plain.ts'
export * from './randCrop.ts'
export * from './withImages.ts'
