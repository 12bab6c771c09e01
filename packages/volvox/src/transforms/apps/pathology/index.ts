export {
  GenerateDistanceMapd,
  GenerateInstanceBorderd,
  GenerateInstanceCentroidd,
  GenerateInstanceContourd,
  GenerateInstanceTyped,
  GenerateSuccinctContourd,
  GenerateWatershedMarkersd,
  GenerateWatershedMaskd,
  HoVerNetInstanceMapPostProcessingd,
  HoVerNetNuclearTypePostProcessingd,
  Watershedd,
} from './dictionary.ts'
export {
  GenerateDistanceMap,
  GenerateInstanceBorder,
  GenerateWatershedMarkers,
  GenerateWatershedMask,
} from './generate.ts'
export {
  GenerateInstanceCentroid,
  GenerateInstanceContour,
  GenerateInstanceType,
  GenerateSuccinctContour,
  HoVerNetInstanceMapPostProcessing,
  HoVerNetNuclearTypePostProcessing,
} from './instances.ts'
export { Watershed } from './watershed.ts'
