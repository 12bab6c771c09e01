export { exportOnnx, type ExportOptions } from './export.ts'
export { irVersion, opsetVersion } from './onnx.ts'
export type { Runtime } from './runtime.ts'
export { createOrt, type OrtOptions } from './session.ts'
