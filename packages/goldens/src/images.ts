import { affine as affines, image, isImage, type Image, type Tensor } from 'volvox'
import type { Golden } from './golden.ts'
import { doubles, numbersOf } from './numbers.ts'

/** The tensor `key` of the case as an image, with the case's affine (or another tensor's) if there is one. */
export function imageOf(golden: Golden, key: string, affineKey = 'in.affine'): Image {
  const tensor = golden.tensors[key]
  const affine = golden.tensors[affineKey]
  if (!tensor) throw new Error(`${golden.file}: has no tensor "${key}"`)
  return image(tensor.dtype, tensor.shape, tensor.data, affine ? { affine: affineOf(affine) } : {})
}

export function affineOf(tensor: Tensor): number[] {
  return affines.resized(Array.from(numbersOf(tensor)), 3)
}

/** An affine in the shape of the recorded one. */
export function affineLike(affine: readonly number[], want: Tensor | undefined): Tensor {
  const order = want?.shape[0] ?? 4
  return doubles(affines.resized(affine, order - 1), [order, order])
}

/** Whatever a transform returned, as a tensor: an image, a tensor, a list of numbers, a number. */
export function asTensor(value: unknown): Tensor | undefined {
  if (isImage(value)) return value
  if (typeof value === 'object' && value !== null && 'shape' in value && 'data' in value) return value as Tensor
  if (typeof value === 'number' || typeof value === 'boolean') return doubles([Number(value)], [])
  if (ArrayBuffer.isView(value)) return doubles(Array.from(value as unknown as ArrayLike<number>))
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return doubles(value)
  return undefined
}
