import { roundEven } from '../core/convert.ts'
import { oneOf, parseOptions, text, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { FloatTensor } from '../core/tensor.ts'
import { levelAt, openSlide, type Slide } from '../formats/index.ts'
import { slideOptions } from '../transforms/io/readers/wsiReader.ts'
import { gridOf, gridOptions, paddedSizeOf, startsOf } from './patchGrid.ts'
import type { Patch, Splitter } from './splitter.ts'

/** The path of a slide, or a batch of that one. */
export type SlidePath = string | readonly [path: string]

const name = 'WSISlidingWindowSplitter'

const schema = {
  ...gridOptions,
  padMode: oneOf('constant')
    .nullable()
    .opt(
      '"constant" continues the slide by 0, so that the last patches are whole; those are left out when null.',
      'constant',
    ),
  reader: text.opt("Kept for MONAI's configs; Volvox reads the files itself.", 'OpenSlide'),
  ...slideOptions,
}

/**
 * Patches of a level of a whole-slide image along a regular grid, as float32 [1, channels, height, width] of 0 to 255 (MONAI
 * WSISlidingWindowSplitter). Each is read from the file when it is asked for. Locations count pixels of the level.
 */
export const WSISlidingWindowSplitter: Component & {
  (given: Given<typeof schema>): Splitter<SlidePath>
  readonly schema: typeof schema
} = Object.assign(
  (given: Given<typeof schema>): Splitter<SlidePath> => {
    const options = parseOptions(name, schema, given)
    const { mode, filterFn, mpp } = options
    const choice = { ...options, mpp: typeof mpp === 'number' ? [mpp, mpp] : mpp }
    /** Runs `use` on the slide, which is closed when that is done. */
    function* onSlide<T>(inputs: SlidePath, use: (slide: Slide, level: number) => Iterable<T>): Iterable<T> {
      const slide = openSlide(typeof inputs === 'string' ? inputs : inputs[0])
      try {
        yield* use(slide, levelAt(slide, choice, name))
      } finally {
        slide.close()
      }
    }
    function* patches(slide: Slide, level: number): Iterable<Patch> {
      const { height, width, downsample } = slide.levels[level]
      const grid = gridOf(name, [height, width], options)
      for (const start of startsOf(grid, paddedSizeOf(name, [height, width], options))) {
        const location = start.map((n, axis) => n - grid.before[axis])
        const [row, column] = location.map((n) => roundEven(n * downsample))
        const region = slide.readRegion({ location: [row, column], size: [grid.patch[0], grid.patch[1]], level, mode })
        const patch: FloatTensor = {
          dtype: 'float32',
          shape: [1, ...region.shape],
          data: Float32Array.from(region.data as Uint8Array),
        }
        if (filterFn?.(patch, location) ?? true) yield { patch, location }
      }
    }
    const inputSize = (inputs: SlidePath): readonly number[] => {
      const [{ height, width }] = onSlide(inputs, ({ levels }, level) => [levels[level]])
      return [height, width]
    }
    return Object.assign((inputs: SlidePath) => onSlide(inputs, patches), {
      splitterName: name,
      cuts: 'the path of one slide',
      takes: (inputs: unknown): inputs is SlidePath =>
        typeof inputs === 'string' || (Array.isArray(inputs) && inputs.length === 1 && typeof inputs[0] === 'string'),
      inputSize,
      paddedSize: (inputs: SlidePath) => paddedSizeOf(name, inputSize(inputs), options),
    })
  },
  { componentName: name, schema },
)
