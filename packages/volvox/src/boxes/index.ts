export * from './measures.ts'
export * from './modes.ts'
export * from './selection.ts'
