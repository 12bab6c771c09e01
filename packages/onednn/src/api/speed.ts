import type { Api } from '../api.ts'

/**
 * Whether the library has kernels of its own for this processor: it generates them for x86-64 and for Arm with SVE. On
 * others (Apple's among them) a convolution falls back to reference code.
 */
export function hasFastKernels(api: Api): boolean {
  const data = api.layout('float32', [1, 16, 8, 8, 8], 'blocked16')
  const weights = api.layout('float32', [16, 16, 3, 3, 3], 'any')
  const ones = [1, 1, 1]
  const window = { strides: ones, dilates: [0, 0, 0], padBegin: ones, padEnd: ones }
  const operation = { kind: 'convolution', direction: 'forward', src: data, weights, bias: null, dst: data } as const
  const primitive = api.primitive({ ...operation, ...window })
  if (!primitive) return false
  api.destroy(primitive)
  return !/\bref\b/.test(primitive.implementation)
}
