export * from './checkpoints/index.ts'
export * from './core/index.ts'
export * from './formats/index.ts'
export * from './boxes/index.ts'
export * from './data/index.ts'
export * from './detection/index.ts'
export * from './engines/index.ts'
export * from './inferers/index.ts'
export {
  mostKernelThreads,
  serveKernels,
  useKernelThreads,
  type KernelWork,
  type StartKernelThread,
} from './kernels/index.ts'
export * from './losses/index.ts'
export * from './metrics/index.ts'
export * from './networks/index.ts'
export * from './optimizers/index.ts'
export * from './registry.ts'
export * from './rng/index.ts'
export * from './schedulers/index.ts'
export * as graph from './graph/index.ts'
export * from './transforms/index.ts'
export * from './visualize/index.ts'
