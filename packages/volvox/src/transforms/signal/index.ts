export { SignalContinuousWavelet, SignalFillEmpty, SignalFillEmptyd, SignalRemoveFrequency } from './fixed.ts'
export {
  SignalRandAddGaussianNoise,
  SignalRandAddSine,
  SignalRandAddSinePartial,
  SignalRandAddSquarePulse,
  SignalRandAddSquarePulsePartial,
  SignalRandDrop,
  SignalRandScale,
  SignalRandShift,
} from './random.ts'
