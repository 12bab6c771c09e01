export * from './integers.ts'
export * from './mt19937.ts'
export * from './randomState.ts'
export * from './seeds.ts'
