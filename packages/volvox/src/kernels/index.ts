export * from './components.ts'
export * from './pointwise.ts'
