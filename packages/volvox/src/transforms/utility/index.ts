export {
  ConvertToMultiChannelBasedOnBratsClasses,
  ConvertToMultiChannelBasedOnBratsClassesd,
  EnsureChannelFirst,
  EnsureChannelFirstd,
} from './channels.ts'
export { CastToType, CastToTyped, EnsureType, EnsureTyped } from './ensureType.ts'
