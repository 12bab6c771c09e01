import type { DType, TypedArray } from './dtype.ts'
import type { Image } from './image.ts'

/** Voxels as a file holds them: voxel (a, b, c) of `shape` is element start + a·strides[0] + b·strides[1] + c·strides[2]. */
export interface StoredVoxels {
  readonly dtype: DType
  readonly data: TypedArray
  readonly start: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  /** Value = stored * slope + intercept, in float64. */
  readonly scaling: { readonly slope: number; readonly intercept: number } | null
}

/** For images whose voxels nobody has looked at yet: what they are made from. */
const untouched = new WeakMap<Image, StoredVoxels>()

/**
 * An image of float32 voxels that `make` computes from stored ones when somebody first looks at them. What resamples can take
 * the stored ones instead, and most of the memory is never needed. A copy by `{ ...image }` looks at them; `withFields` does not.
 */
export function imageFromStored(
  fields: Omit<Image, 'data' | 'dtype'>,
  stored: StoredVoxels,
  make: (stored: StoredVoxels) => Float32Array,
): Image {
  let data: Float32Array | null = null
  const img: Image = Object.defineProperty({ ...fields, dtype: 'float32' } as Image, 'data', {
    enumerable: true,
    get: () => {
      data ??= make(stored)
      untouched.delete(img)
      return data
    },
  })
  untouched.set(img, stored)
  return img
}

/** What the voxels of an image are made from, if nobody has looked at them yet. */
export function storedVoxels(img: Image): StoredVoxels | undefined {
  return untouched.get(img)
}

/** The same image with other fields than its voxels, which nobody need look at for that. */
export function withFields(img: Image, fields: Partial<Omit<Image, 'data' | 'dtype'>>): Image {
  const stored = untouched.get(img)
  if (!stored) return { ...img, ...fields }
  const { data: _, ...rest } = Object.getOwnPropertyDescriptors(img)
  const kept = Object.defineProperties({}, rest) as Omit<Image, 'data'>
  return imageFromStored({ ...kept, ...fields }, stored, () => img.data as Float32Array) // as imageFromStored made them
}
