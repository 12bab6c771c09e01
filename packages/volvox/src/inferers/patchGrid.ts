import { roundEven } from '../core/convert.ts'
import { OptionError } from '../core/errors.ts'
import { picks } from '../core/lists.ts'
import { instance, intOrInts, numberOrNumbers, text } from '../core/options.ts'
import type { FloatTensor } from '../core/tensor.ts'

const filter = instance<(patch: FloatTensor, location: readonly number[]) => boolean>(
  'a function of patch and location',
  (value) => typeof value === 'function',
)

/** Options of splitters that cut along a regular grid. */
export const gridOptions = {
  patchSize: intOrInts.req('Size of a patch, for all axes or for each; 0 stands for the whole axis.'),
  overlap: numberOrNumbers.opt('What neighbours share, for all axes or for each: below 1 a share, else voxels.', 0),
  offset: intOrInts.opt('Where the first patch begins, for all axes or for each; below 0 before the image.', 0),
  filterFn: filter.opt('Says which patches are kept; all of them unless given.', null),
  device: text.opt('No effect: patches are in main memory.', null),
}

/** A grid of patches over an image that is continued before and behind. */
export interface PatchGrid {
  readonly patch: readonly number[]
  readonly step: readonly number[]
  readonly offset: readonly number[]
  /** Voxels to be added before and after each axis. */
  readonly before: readonly number[]
  readonly after: readonly number[]
}

interface GridOptions {
  readonly patchSize: number | readonly number[]
  readonly overlap: number | readonly number[]
  readonly offset: number | readonly number[]
  readonly padMode: string | null
}

/** The grid over an image of a spatial size; `name` is the splitter's, for errors. */
export function gridOf(name: string, size: readonly number[], options: GridOptions): PatchGrid {
  const each = (option: 'patchSize' | 'overlap' | 'offset'): readonly number[] => {
    const value = options[option]
    if (typeof value === 'number') return size.map(() => value)
    if (value.length !== size.length)
      throw new OptionError(
        `${name}.${option}`,
        `[${value.join(', ')}] has ${value.length} values; give one, or one for each of the ${size.length} spatial axes`,
      )
    return value
  }
  const patch = each('patchSize').map((n, axis) => (n > 0 ? n : size[axis]))
  const overlap = each('overlap')
  const step = patch.map((n, axis) => {
    const shared = overlap[axis]
    const own = shared < 1 ? roundEven(n * (1 - shared)) : n - shared
    if (!(shared >= 0) || !Number.isInteger(own) || own < 1)
      throw new OptionError(
        `${name}.overlap`,
        `${shared} does not fit patches of ${n} voxels; give a share from 0 to below 1, or fewer whole voxels than a patch has`,
      )
    return own
  })
  const offset = each('offset')
  offset.forEach((n, axis) => {
    if (n < -patch[axis] || n >= size[axis])
      throw new OptionError(
        `${name}.offset`,
        `${n} lies outside of axis ${axis} with ${size[axis]} voxels; give ${-patch[axis]} to ${size[axis] - 1}`,
      )
    if (n < 0 && options.padMode === null)
      throw new OptionError(
        `${name}.offset`,
        `${n} begins before the image, which needs a padMode; give one, or 0 or more`,
      )
  })
  const whole = (n: number, by: number): number => ((n % by) + by) % by
  const padded = options.padMode !== null
  return {
    patch,
    step,
    offset,
    before: offset.map((n) => Math.max(0, -n)),
    after: size.map((n, axis) => (padded ? whole(offset[axis] - n + patch[axis], step[axis]) : 0)),
  }
}

/** Spatial size of what the patches cover. */
export function paddedSizeOf(name: string, size: readonly number[], options: GridOptions): number[] {
  const { before, after } = gridOf(name, size, options)
  return size.map((n, axis) => before[axis] + n + after[axis])
}

/** Where the patches begin in the continued image of `size`, the last axis fastest. */
export function startsOf({ patch, step, offset, before }: PatchGrid, size: readonly number[]): Iterable<number[]> {
  return picks(size.map((n, axis) => range(offset[axis] + before[axis], n - Math.min(patch[axis], n), step[axis])))
}

function range(first: number, last: number, step: number): number[] {
  const out: number[] = []
  for (let at = first; at <= last; at += step) out.push(at)
  return out
}
