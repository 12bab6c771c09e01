export * from './analysis/index.ts'
export * from './checks.ts'
export * from './collate.ts'
export * from './datasets/index.ts'
export * from './decathlon.ts'
export * from './decollated.ts'
export type { BatchJob, LoaderPosition } from './jobs.ts'
export * from './lists/crossValidation.ts'
export * from './lists/partition.ts'
export * from './loader.ts'
export * from './padListDataCollate.ts'
export * from './paths.ts'
export * from './pipeline.ts'
export {
  DistributedSampler,
  DistributedWeightedRandomSampler,
  WeightedRandomSampler,
  type Sampler,
} from './samplers.ts'
export * from './seeds.ts'
export * from './synthetic.ts'
export * from './testTimeAugmentation.ts'
export { sampleFromBytes, sampleToBytes } from './store/sampleBytes.ts'
export * from './wire.ts'
export { useWorkers, type BatchSource, type StartWorkers } from './workers.ts'
export { ThreadBuffer, ThreadDataLoader } from './threadLoader.ts'
export { CSVDataset, CSVIterableDataset } from './tables/datasets.ts'
export { MaskedPatchWSIDataset, PatchWSIDataset, SlidingPatchWSIDataset } from './slides/datasets.ts'
export { LoadSlidePatchd } from './slides/loadPatch.ts'
