import type { Lower } from '../lower.ts'

/** ONNX has no such operation; it is written out. */
export const distanceTransform: Lower<'distanceTransform'> = () => null
