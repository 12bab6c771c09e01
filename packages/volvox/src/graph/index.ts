export * from './complex.ts'
export * from './executor.ts'
export { fourier, type ComplexParts, type FourierNorm, type FourierOptions } from './fourier.ts'
export { gridSampler, type GridSampler } from './gridSampler.ts'
export { flopsOf, programFlops } from './flops.ts'
export * from './ir.ts'
export * from './layers.ts'
export * from './math.ts'
export { chromeTrace, groupProfile, Profiler, type ProfileGroup } from './profile.ts'
export { cos, sin } from './waves.ts'
// The operations themselves stay in `ops`, since many share their name with a function of math.ts or layers.ts.
export {
  gradFromOutput,
  isOpName,
  ops,
  resizeTaps,
  statisticsType,
  sumTo,
  type AttrsOf,
  type OpName,
  type Tap,
} from './ops/index.ts'
export type {
  ActivationGradAttrs,
  AlphaAttrs,
  AttentionAttrs,
  ArgMaxAttrs,
  AveragePoolAttrs,
  AveragePoolGradAttrs,
  AxisAttrs,
  CastAttrs,
  ClipAttrs,
  ConvAttrs,
  ConvInputGradAttrs,
  ConvWeightGradAttrs,
  GatherGradAttrs,
  GeluAttrs,
  GridSampleAttrs,
  GroupNormAttrs,
  LayerNormAttrs,
  MatmulAttrs,
  MaxPoolAttrs,
  NoAttrs,
  NormAttrs,
  OneHotAttrs,
  PadAttrs,
  ReduceAttrs,
  ResizeAttrs,
  ResizeGradAttrs,
  RollAttrs,
  ShapeAttrs,
  SliceAttrs,
  SwishAttrs,
  TransposeAttrs,
  WindowAttrs,
} from './ops/index.ts'
export { gradients, type GradientRule } from './autodiff.ts'
export { distancesToZero } from './interpret/distance.ts'
export { evaluate, evaluateProgram, interpreter, type Evaluated } from './interpret/index.ts'
export * from './passes/index.ts'
export { endSession, RemoteSession, type SessionCalls } from './remoteSession.ts'
