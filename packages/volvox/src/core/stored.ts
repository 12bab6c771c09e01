import type { DType, TypedArray } from './dtype.ts'
import type { Image } from './image.ts'

/** Voxels as a file holds them: voxel (a, b, c) of `shape` is element start + a·strides[0] + b·strides[1] + c·strides[2]. */
export interface StoredVoxels {
  readonly dtype: DType
  /** To be used at once: they may lie in memory that the next reading writes over. */
  readonly elements: () => TypedArray
  /** Says that nobody will ask for the elements again. */
  readonly release?: () => void
  readonly start: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  /** Value = stored * slope + intercept, in float64. */
  readonly scaling: { readonly slope: number; readonly intercept: number } | null
  /** The array that was made of them, once somebody has looked. Not in a map: V8 would find only by marking that it has died. */
  made?: Float32Array
}

interface Later {
  readonly stored: StoredVoxels
  readonly make: (stored: StoredVoxels) => Float32Array
}

/** For images whose voxels nobody has looked at yet: what they are made from. */
const untouched = new WeakMap<object, Later>()
/** How many such images are made from them. */
const holders = new WeakMap<StoredVoxels, number>()

/**
 * An image of float32 voxels that `make` computes from stored ones when somebody first looks at them. What resamples can take
 * the stored ones instead, and most of the memory is never needed. A copy by `{ ...image }` looks at them; `withFields` does not.
 */
export function imageFromStored(
  fields: Omit<Image, 'data' | 'dtype'>,
  stored: StoredVoxels,
  make: (stored: StoredVoxels) => Float32Array,
): Image {
  const img: Image = Object.defineProperty({ ...fields, dtype: 'float32' } as Image, 'data', voxelsLater)
  untouched.set(img, { stored, make })
  holders.set(stored, (holders.get(stored) ?? 0) + 1)
  return img
}

/** One getter for all: V8 keeps getters with the shape of objects, so that voxels which they hold outlive their image. */
const voxelsLater: PropertyDescriptor = {
  enumerable: true,
  configurable: true,
  get(this: object) {
    const { stored, make } = untouched.get(this)!
    const value = make(stored)
    Object.defineProperty(this, 'data', { value, enumerable: true })
    stored.made = value
    untouched.delete(this)
    const left = holders.get(stored)! - 1
    holders.set(stored, left)
    if (left === 0) stored.release?.()
    return value
  },
}

/** What the voxels of an image are made from, if nobody has looked at them yet. */
export function storedVoxels(img: Image): StoredVoxels | undefined {
  return untouched.get(img)?.stored
}

/** The same image with other fields than its voxels, which nobody need look at for that. */
export function withFields(img: Image, fields: Partial<Omit<Image, 'data' | 'dtype'>>): Image {
  const stored = storedVoxels(img)
  if (!stored) return { ...img, ...fields }
  const { data: _, ...rest } = Object.getOwnPropertyDescriptors(img)
  const kept = Object.defineProperties({}, rest) as Omit<Image, 'data'>
  return imageFromStored({ ...kept, ...fields }, stored, () => img.data as Float32Array) // as imageFromStored made them
}
