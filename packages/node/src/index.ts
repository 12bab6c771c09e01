export * from './files.ts'
export * from './nodeKernelThreads.ts'
export * from './nodeWorkers.ts'
export * from './runFolder.ts'
