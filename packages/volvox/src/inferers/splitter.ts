import { roundEven } from '../core/convert.ts'
import { OptionError, ShapeError } from '../core/errors.ts'
import { instance, intOrInts, number, numberOrNumbers, oneOf, parseOptions, text, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { FloatTensor } from '../core/tensor.ts'
import { checkImage, gatherWindows, padSpatial } from './volume.ts'

/** Part of an image `[batch, channel, ...spatial]`, and where its first voxel lies; negative before the image begins. */
export interface Patch {
  readonly patch: FloatTensor
  readonly location: readonly number[]
}

/** Cuts an image into patches, for PatchInferer (MONAI Splitter). */
export interface Splitter {
  (inputs: FloatTensor): Iterable<Patch>
  readonly splitterName: string
  /** Spatial size of what the patches cover: that of the image and what was added behind and before it. */
  paddedSize(inputs: FloatTensor): readonly number[]
}

const filter = instance<(patch: FloatTensor, location: readonly number[]) => boolean>(
  'a function of patch and location',
  (value) => typeof value === 'function',
)

const name = 'SlidingWindowSplitter'

const schema = {
  patchSize: intOrInts.req('Size of a patch, for all axes or for each; 0 stands for the whole axis.'),
  overlap: numberOrNumbers.opt('What neighbours share, for all axes or for each: below 1 a share, else voxels.', 0),
  offset: intOrInts.opt('Where the first patch begins, for all axes or for each; below 0 before the image.', 0),
  filterFn: filter.opt('Says which patches are kept; all of them unless given.', null),
  padMode: oneOf('constant', 'reflect', 'replicate', 'circular')
    .nullable()
    .opt('How the image continues, so that the last patches are whole; those are left out when null.', 'constant'),
  padValue: number.opt('Value of constant padding.', 0),
  device: text.opt('No effect: patches are in main memory.', null),
}

/** Patches along a regular grid, the last axis fastest (MONAI SlidingWindowSplitter). */
export const SlidingWindowSplitter: Component & {
  (given: Given<typeof schema>): Splitter
  readonly schema: typeof schema
} = Object.assign(
  (given: Given<typeof schema>): Splitter => {
    const options = parseOptions(name, schema, given)
    function* split(inputs: FloatTensor): Iterable<Patch> {
      checkImage(name, inputs)
      const { patch, step, offset, before, after } = gridOf(inputs.shape.slice(2), options)
      const image = padSpatial(inputs, before, after, options.padMode ?? 'constant', options.padValue)
      const size = image.shape.slice(2)
      const own = patch.map((n, axis) => Math.min(n, size[axis]))
      const starts = size.map((n, axis) => range(offset[axis] + before[axis], n - own[axis], step[axis]))
      for (const start of product(starts)) {
        const shape = own.map((n, axis) => Math.min(n, size[axis] - start[axis]))
        const places = Array.from({ length: image.shape[0] }, (_, item) => ({ item, start }))
        const part = gatherWindows(image, shape, places)
        const location = start.map((n, axis) => n - before[axis])
        if (options.filterFn?.(part, location) ?? true) yield { patch: part, location }
      }
    }
    const paddedSize = (inputs: FloatTensor): readonly number[] => {
      const size = inputs.shape.slice(2)
      const { before, after } = gridOf(size, options)
      return size.map((n, axis) => before[axis] + n + after[axis])
    }
    return Object.assign(split, { splitterName: name, paddedSize })
  },
  { componentName: name, schema },
)

interface PatchGrid {
  readonly patch: readonly number[]
  readonly step: readonly number[]
  readonly offset: readonly number[]
  /** Voxels to be added before and after each axis. */
  readonly before: readonly number[]
  readonly after: readonly number[]
}

type Options = Pick<ReturnType<typeof parseOptions<typeof schema>>, 'patchSize' | 'overlap' | 'offset' | 'padMode'>

function gridOf(size: readonly number[], options: Options): PatchGrid {
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

function range(first: number, last: number, step: number): number[] {
  const out: number[] = []
  for (let at = first; at <= last; at += step) out.push(at)
  return out
}

function* product(lists: readonly (readonly number[])[], before: readonly number[] = []): Iterable<number[]> {
  const [first, ...rest] = lists
  for (const value of first) {
    if (rest.length === 0) yield [...before, value]
    else yield* product(rest, [...before, value])
  }
}

/** Refuses what no splitter made and does not look like its work. */
export function checkPatch(where: string, { patch, location }: Patch): void {
  checkImage(where, patch)
  if (location.length !== patch.shape.length - 2)
    throw new ShapeError(
      where,
      `a patch [${patch.shape.join(', ')}] has the location [${location.join(', ')}]; give one number for each spatial axis`,
    )
}
