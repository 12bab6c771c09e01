export {
  AsChannelLast,
  AsChannelLastd,
  RemoveRepeatedChannel,
  RemoveRepeatedChanneld,
  RepeatChannel,
  RepeatChanneld,
  SplitDim,
  SqueezeDim,
  SqueezeDimd,
  Transpose,
  Transposed,
} from './axes.ts'
export {
  ConvertToMultiChannelBasedOnBratsClasses,
  ConvertToMultiChannelBasedOnBratsClassesd,
  EnsureChannelFirst,
  EnsureChannelFirstd,
} from './channels.ts'
export {
  CuCIM,
  CuCIMd,
  Identity,
  Identityd,
  RandCuCIM,
  RandCuCIMd,
  RandIdentity,
  RandTorchVisiond,
  SimulateDelay,
  SimulateDelayd,
  ToCupy,
  ToCupyd,
  ToDevice,
  ToDeviced,
  ToNumpy,
  ToNumpyd,
  ToPIL,
  ToPILd,
  ToTensor,
  ToTensord,
  TorchVision,
  TorchVisiond,
} from './convert.ts'
export { CastToType, CastToTyped, EnsureType, EnsureTyped } from './ensureType.ts'
export { AddExtremePointsChannel, AddExtremePointsChanneld } from './extremePoints.ts'
export { ImageFilter, ImageFilterd, RandImageFilter, RandImageFilterd } from './imageFilter.ts'
export { ClassesToIndices, ClassesToIndicesd, FgBgToIndices, FgBgToIndicesd } from './indices.ts'
export { ConcatItemsd, CopyItemsd, DeleteItemsd, FlattenSubKeysd, SelectItemsd, SplitDimd } from './items.ts'
export {
  AddCoordinateChannels,
  AddCoordinateChannelsd,
  LabelFilter,
  LabelFilterd,
  LabelToMask,
  LabelToMaskd,
  MapLabelValue,
  MapLabelValued,
} from './labels.ts'
export { Lambda, Lambdad, RandLambda, RandLambdad } from './lambda.ts'
export { ApplyPending, ApplyPendingd, FromMetaTensord, ToMetaTensord } from './meta.ts'
export { ApplyTransformToPoints, ApplyTransformToPointsd } from './points.ts'
export { DataStats, DataStatsd, IntensityStats, IntensityStatsd } from './stats.ts'
