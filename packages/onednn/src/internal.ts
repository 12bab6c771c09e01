// For benchmarks in this repository: below the executor. Not part of what the package promises.
export type { Api, Layout, MemoryType, Operation, Primitive, Role } from './api.ts'
export { loadLibrary, viewOf, type Library } from './ffi.ts'
export { openInThread, type DirectSession } from './session.ts'
