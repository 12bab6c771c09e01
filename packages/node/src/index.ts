export * from './files.ts'
export * from './nodeWorkers.ts'
export * from './runFolder.ts'
