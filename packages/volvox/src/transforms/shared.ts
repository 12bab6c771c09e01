import { toFloats } from '../core/convert.ts'
import { dtypeNamed, dtypes, unclearedFloats, type DType, type TypedArray } from '../core/dtype.ts'
import type { Image } from '../core/image.ts'
import { Kind, number, type Option } from '../core/options.ts'
import { castVoxels } from '../kernels/index.ts'
import type { Outside } from '../kernels/move.ts'
import { z } from 'zod'

/** An element type by name, `torch.` and `numpy.` spellings included. */
export const dtypeKind: Kind<DType> = new Kind(
  `an element type (${dtypes.join(', ')})`,
  () => z.string().transform((name) => dtypeNamed(name, 'dtype')) as unknown as z.ZodType<DType>,
)

/** A `(low, high)` range, or one number whose meaning the transform states. */
export const rangeKind: Kind<number | readonly [number, number]> = new Kind('a number or a pair of numbers', () =>
  z.union([z.number(), z.tuple([z.number(), z.number()]).readonly()]),
)

/** A range in order of its ends. */
export const pairKind: Kind<readonly [number, number]> = new Kind('two numbers, low and high', () =>
  z.tuple([z.number(), z.number()]).readonly(),
)

/** MONAI's `dtype` of intensity transforms: float32 unless told; null keeps the image's type. */
export function outputType(): Option<DType | null> {
  return dtypeKind.nullable().opt('Element type of the result; null keeps the type of the image.', 'float32')
}

/** The probability of a random transform. */
export function chance(fallback = 0.1): Option<number> {
  return number
    .where((p) => p >= 0 && p <= 1, 'a probability from 0 to 1')
    .opt('Chance that the transform is applied.', fallback)
}

/** `(low, high)` in order; a single number r stands for (-r, r). */
export function symmetricRange(range: number | readonly [number, number]): readonly [number, number] {
  const [a, b] = typeof range === 'number' ? [-range, range] : range
  return [Math.min(a, b), Math.max(a, b)]
}

/** The image with its elements in `dtype`; the same image when they are already. */
export function cast(img: Image, dtype: DType): Image {
  return img.dtype === dtype ? img : { ...img, dtype, data: castVoxels(img.data, img.dtype, dtype) }
}

/** The voxels as float32, only to be read. */
export function floatsOf(img: Image): Float32Array {
  const numbers = toFloats(img.dtype, img.data)
  return numbers instanceof Float32Array ? numbers : new Float32Array(numbers)
}

/** The voxels as float32: a copy that may be written to. */
export function floatCopy(img: Image): Float32Array {
  const numbers = toFloats(img.dtype, img.data)
  const copy = unclearedFloats(numbers.length)
  copy.set(numbers)
  return copy
}

/** Repeats the first `length` elements of an array until its end. */
export function repeat(data: TypedArray, length: number): void {
  for (let done = length; done < data.length; done *= 2) data.copyWithin(done, 0, Math.min(done, data.length - done))
}

/** 1 for each element that satisfies `test`, else 0. */
export function maskWhere(values: ArrayLike<number>, test: (x: number, i: number) => boolean): Uint8Array {
  const mask = new Uint8Array(values.length)
  for (let i = 0; i < mask.length; i++) if (test(values[i], i)) mask[i] = 1
  return mask
}

/** The different values of elements, ascending. */
export function distinctValues(values: ArrayLike<number | bigint>): number[] {
  const found = new Set<number>()
  let last = NaN
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i])
    if (value !== last) found.add((last = value))
  }
  return [...found].sort((a, b) => a - b)
}

/** Voxels of one channel. */
export function voxelsPerChannel(img: Image): number {
  return img.shape[0] === 0 ? 0 : img.data.length / img.shape[0]
}

/** Runs `change` on each channel's voxels, or once on all of them. */
export function eachChannel(
  data: Float32Array,
  img: Image,
  channelWise: boolean,
  change: (voxels: Float32Array, channel: number) => void,
): void {
  if (!channelWise) return change(data, 0)
  const size = voxelsPerChannel(img)
  for (let channel = 0; channel < img.shape[0]; channel++)
    change(data.subarray(channel * size, (channel + 1) * size), channel)
}

/** torch's names for what lies outside of an image. */
export const torchPaddings = { reflect: 'reflect', replicate: 'edge', circular: 'wrap', zeros: 'constant', constant: 'constant' } as const satisfies Record<string, Outside> // prettier-ignore
