export {
  ExtractDataKeyFromMetaKeyd,
  ReferenceBasedNormalizeIntensityd,
  ReferenceBasedSpatialCropd,
} from './byReference.ts'
export {
  EquispacedKspaceMask,
  EquispacedKspaceMaskd,
  KspaceMask,
  RandomKspaceMask,
  RandomKspaceMaskd,
} from './kspaceMask.ts'
