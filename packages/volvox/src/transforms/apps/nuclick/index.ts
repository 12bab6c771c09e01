export { ExtractPatchd, FilterImaged } from './images.ts'
export { AddLabelAsGuidanced, FlattenLabeld, PostFilterLabeld, SetLabelClassd, SplitLabeld } from './labels.ts'
export { AddClickSignalsd, AddPointGuidanceSignald } from './signals.ts'
