import { roundEven } from '../core/convert.ts'
import { OptionError, shown } from '../core/errors.ts'
import { picks } from '../core/lists.ts'
import { RandomState } from '../rng/index.ts'

/** First voxel and the one after the last, along each axis. */
export type PatchSlices = readonly (readonly [start: number, end: number])[]

export interface PatchGridOptions {
  /** Where the first patch starts; at the first voxel unless given. */
  readonly startPos?: readonly number[]
  /** Of patches beside each other, for all axes or each: below 1 a share of the patch, else voxels. */
  readonly overlap?: number | readonly number[]
  /** Patches may begin anywhere, since the image goes on beyond its end. */
  readonly padded?: boolean
}

/** `patchSize` cut to the image; 0, and axes without a number, take the whole axis (MONAI `get_valid_patch_size`). */
export function getValidPatchSize(imageSize: readonly number[], patchSize: number | readonly number[]): number[] {
  const sizes = typeof patchSize === 'number' ? imageSize.map(() => patchSize) : patchSize
  const wrong = sizes.find((n) => !Number.isInteger(n) || n < 0)
  if (wrong !== undefined)
    throw new OptionError('patchSize', `${shown(wrong)} is no size; give whole numbers, 0 for the whole axis`)
  return imageSize.map((n, axis) => Math.min(n, sizes[axis] || n))
}

/** First voxels of patches in a grid, last axis fastest (MONAI `iter_patch_position`). */
export function* iterPatchPosition(
  imageSize: readonly number[],
  patchSize: number | readonly number[],
  { startPos = [], overlap = 0, padded = false }: PatchGridOptions = {},
): Generator<number[], void, void> {
  const sizes = getValidPatchSize(imageSize, patchSize)
  const places = imageSize.map((n, axis) => {
    const own = typeof overlap === 'number' ? overlap : (overlap[axis] ?? 0)
    const step = own < 1 ? roundEven(sizes[axis] * (1 - own)) : sizes[axis] - own
    if (!(step >= 1))
      throw new OptionError('overlap', `${own} of a patch of ${sizes[axis]} leaves no step to the next one; give less`)
    const end = padded ? n : n - sizes[axis] + 1
    const all: number[] = []
    for (let at = startPos[axis] ?? 0; at < end; at += step) all.push(at)
    return all
  })
  yield* picks(places)
}

/** The same as places of whole patches (MONAI `iter_patch_slices`). */
export function* iterPatchSlices(
  imageSize: readonly number[],
  patchSize: number | readonly number[],
  options: PatchGridOptions = {},
): Generator<PatchSlices, void, void> {
  const sizes = getValidPatchSize(imageSize, patchSize)
  for (const start of iterPatchPosition(imageSize, patchSize, { padded: true, ...options }))
    yield start.map((at, axis) => [at, at + sizes[axis]] as const)
}

/** The place of a random patch inside an image (MONAI `get_random_patch`, draw for draw). */
export function getRandomPatch(
  dims: readonly number[],
  patchSize: readonly number[],
  rng: RandomState = new RandomState(0),
): PatchSlices {
  return dims.map((n, axis) => {
    const start = n > patchSize[axis] ? rng.randint(0, n - patchSize[axis] + 1) : 0
    return [start, start + patchSize[axis]] as const
  })
}
