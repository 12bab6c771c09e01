export * from './affine.ts'
export * from './bands.ts'
export * from './components.ts'
export * from './correlate.ts'
export * from './displace.ts'
export * from './distance.ts'
export * from './fft.ts'
export * from './field.ts'
export * from './filters.ts'
export * from './gather.ts'
export * from './gaussian.ts'
export * from './histogram.ts'
export * from './interpolate.ts'
export * from './median.ts'
export * from './move.ts'
export * from './peaks.ts'
export * from './pointwise.ts'
export * from './quantile.ts'
export * from './savitzkyGolay.ts'
export * from './similarity.ts'
export * from './sortingNetwork.ts'
export * from './sparse.ts'
export * from './spline.ts'
export * from './statisticPad.ts'
export * from './steps.ts'
export * from './thresholds.ts'
export * from './draws.ts'
export {
  mostKernelThreads,
  serveKernels,
  useKernelThreads,
  type KernelWork,
  type StartKernelThread,
} from './threads.ts'
