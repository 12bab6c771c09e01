export * from './core/index.ts'
export * from './metrics/index.ts'
export * from './registry.ts'
export * from './rng/index.ts'
