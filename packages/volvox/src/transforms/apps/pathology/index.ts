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
export { PathologyProbNMS } from './probNms.ts'
export { ExtractHEStains, ExtractHEStainsd, NormalizeHEStains, NormalizeHEStainsd } from './stains.ts'
export { Watershed } from './watershed.ts'
