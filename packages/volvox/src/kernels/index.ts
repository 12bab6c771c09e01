export * from './affine.ts'
export * from './bands.ts'
export * from './components.ts'
export * from './pointwise.ts'
