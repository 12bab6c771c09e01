import { ShapeError } from '../core/errors.ts'
import { number, oneOf, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { isTensorLike, type FloatTensor } from '../core/tensor.ts'
import { gridOf, gridOptions, paddedSizeOf, startsOf } from './patchGrid.ts'
import { checkImage, gatherWindows, padSpatial } from './volume.ts'

/** Part of an image `[batch, channel, ...spatial]`, and where its first voxel lies; negative before the image begins. */
export interface Patch {
  readonly patch: FloatTensor
  readonly location: readonly number[]
}

/** Cuts an image into patches, for PatchInferer (MONAI Splitter). */
export interface Splitter<Input = FloatTensor> {
  (inputs: Input): Iterable<Patch>
  readonly splitterName: string
  /** What it cuts, in words. */
  readonly cuts: string
  takes(inputs: unknown): inputs is Input
  /** Spatial size of the image. */
  inputSize(inputs: Input): readonly number[]
  /** Spatial size of what the patches cover: that of the image and what was added behind and before it. */
  paddedSize(inputs: Input): readonly number[]
}

const name = 'SlidingWindowSplitter'

const schema = {
  ...gridOptions,
  padMode: oneOf('constant', 'reflect', 'replicate', 'circular')
    .nullable()
    .opt('How the image continues, so that the last patches are whole; those are left out when null.', 'constant'),
  padValue: number.opt('Value of constant padding.', 0),
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
      const grid = gridOf(name, inputs.shape.slice(2), options)
      const image = padSpatial(inputs, grid.before, grid.after, options.padMode ?? 'constant', options.padValue)
      const size = image.shape.slice(2)
      for (const start of startsOf(grid, size)) {
        const shape = grid.patch.map((n, axis) => Math.min(n, size[axis] - start[axis]))
        const places = Array.from({ length: image.shape[0] }, (_, item) => ({ item, start }))
        const part = gatherWindows(image, shape, places)
        const location = start.map((n, axis) => n - grid.before[axis])
        if (options.filterFn?.(part, location) ?? true) yield { patch: part, location }
      }
    }
    const inputSize = ({ shape }: FloatTensor): readonly number[] => shape.slice(2)
    return Object.assign(split, {
      splitterName: name,
      cuts: 'an image',
      takes: (inputs: unknown): inputs is FloatTensor => isTensorLike(inputs),
      inputSize,
      paddedSize: (inputs: FloatTensor) => paddedSizeOf(name, inputSize(inputs), options),
    })
  },
  { componentName: name, schema },
)

/** Refuses what no splitter made and does not look like its work. */
export function checkPatch(where: string, { patch, location }: Patch): void {
  checkImage(where, patch)
  if (location.length !== patch.shape.length - 2)
    throw new ShapeError(
      where,
      `a patch [${patch.shape.join(', ')}] has the location [${location.join(', ')}]; give one number for each spatial axis`,
    )
}
