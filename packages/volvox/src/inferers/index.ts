export { ControlNetDiffusionInferer } from './controlNetDiffusion.ts'
export { DiffusionInferer } from './diffusion.ts'
export type {
  ControlNetPredictor,
  DiffusionCondition,
  DiffusionPredictor,
  LatentCoder,
  LikelihoodOptions,
  SampleOptions,
} from './diffusionModels.ts'
export {
  ControlNetLatentDiffusionInferer,
  LatentDiffusionInferer,
  type LatentLikelihoodOptions,
} from './latentDiffusion.ts'
export { Ordering } from './ordering.ts'
export * from './runNetwork.ts'
export * from './vqvaeTransformer.ts'
export * from './component.ts'
export * from './components.ts'
export * from './fixedBatch.ts'
export * from './flip.ts'
export * from './hoverNet.ts'
export * from './inferer.ts'
export * from './inferers.ts'
export { AvgMerger, type Merger, type MergerComponent } from './merger.ts'
export { PatchInferer, type PatchInfererComponent, type PatchInput } from './patchInferer.ts'
export * from './slidingWindow.ts'
export { SlidingWindowSplitter, type Patch, type Splitter } from './splitter.ts'
export { densePatchStarts, importanceMap, scanInterval, type BlendMode } from './windows.ts'
export * from './pointWindow.ts'
export { vista3dPredictor, type Vista3dPrompts } from './vista3d.ts'
export { WSISlidingWindowSplitter, type SlidePath } from './wsiSplitter.ts'
export { ZarrArray } from './zarr.ts'
export { ZarrAvgMerger } from './zarrMerger.ts'
