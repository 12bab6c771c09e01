import type { Lower } from '../lower.ts'

// ONNX has an operation of that name from opset 23 on, without regions; runtimes for it are still rare.

export const attention: Lower<'attention'> = () => null
export const attentionGrad: Lower<'attentionGrad'> = () => null
