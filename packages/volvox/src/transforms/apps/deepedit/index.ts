export {
  AddGuidanceSignalDeepEditd,
  AddInitialSeedPointDeepEditd,
  AddInitialSeedPointMissingLabelsd,
  AddRandomGuidanceDeepEditd,
  FindAllValidSlicesDeepEditd,
  FindAllValidSlicesMissingLabelsd,
  FindDiscrepancyRegionsDeepEditd,
} from './clicking.ts'
export {
  AddGuidanceFromPointsDeepEditd,
  DiscardAddGuidanced,
  NormalizeLabelsInDatasetd,
  ResizeGuidanceMultipleLabelDeepEditd,
  SingleLabelSelectiond,
  SplitPredsLabeld,
} from './labels.ts'
