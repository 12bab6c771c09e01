import { identity, type Affine } from './affine.ts'
import { type DType, type TypedArray } from './dtype.ts'
import { ShapeError } from './errors.ts'
import { gridAfter, type AffinePlan, type Grid, type Plan } from './plan.ts'
import { sizeOf, type Tensor } from './tensor.ts'

/** Facts about where an image came from, under MONAI's keys (`filename_or_obj`, `original_affine`, `spatial_shape`, ...). */
export type Meta = Readonly<Record<string, unknown>>

/** One applied transform: plain, serialisable, enough to repeat or to undo it. */
export interface HistoryRecord {
  /** The transform that was called, e.g. `RandFlip`. */
  readonly name: string
  /** What it did, as options of the plain transform; null when it drew to do nothing. */
  readonly options: Readonly<Record<string, unknown>> | null
  /** The lattice before the transform. */
  readonly before: Grid
  /** How the lattice was resampled, for spatial transforms. */
  readonly plan?: Plan
  /** What only the inverse needs, by transform. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** Channel-first voxels with their place in the world; what MONAI's MetaTensor is. Never changed in place. */
export interface Image extends Tensor {
  /** [channels, ...spatial]. */
  readonly shape: readonly number[]
  readonly affine: Affine
  readonly meta: Meta
  /** Oldest first; includes the transforms that are still pending. */
  readonly history: readonly HistoryRecord[]
  /** Plans of lazy transforms that no resampling has carried out yet; `gridOf` tells where they lead. */
  readonly pending?: readonly Plan[]
  /**
   * Inside of a pipeline: a move of whole voxels within the image that the next transform carries out together with its
   * own plan, exactly as if it had been carried out before. Unlike pending plans it changes no result.
   */
  readonly waiting?: AffinePlan
}

/** Builds an image; the affine is the identity unless given. */
export function image(
  dtype: DType,
  shape: readonly number[],
  data: TypedArray,
  rest: { affine?: Affine; meta?: Meta; history?: readonly HistoryRecord[] } = {},
): Image {
  if (data.length !== sizeOf(shape))
    throw new ShapeError(
      'image',
      `${data.length} voxels do not fill [${shape.join(', ')}], which takes ${sizeOf(shape)}`,
    )
  return { dtype, shape, data, affine: rest.affine ?? identity(), meta: rest.meta ?? {}, history: rest.history ?? [] }
}

export function isImage(value: unknown): value is Image {
  return typeof value === 'object' && value !== null && 'affine' in value && 'history' in value && 'data' in value
}

/** The spatial part of the shape. */
export function spatialShape(img: Image): readonly number[] {
  return img.shape.slice(1)
}

/** The lattice of an image, as it will be once the plans that are left have run. */
export function gridOf(img: Image): Grid {
  const now: Grid = { shape: spatialShape(img), affine: img.affine }
  return [...(img.waiting ? [img.waiting] : []), ...(img.pending ?? [])].reduce(gridAfter, now)
}

/** The same image with other voxels; type and channel count follow what is given. */
export function withVoxels(img: Image, voxels: Partial<Pick<Image, 'dtype' | 'shape' | 'data' | 'affine'>>): Image {
  const next = { ...img, ...voxels }
  if (next.data.length !== sizeOf(next.shape))
    throw new ShapeError('image', `${next.data.length} voxels do not fill [${next.shape.join(', ')}]`)
  return next
}
