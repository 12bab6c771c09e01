import { allocate, bytesOf, rangeOf, type DType, type TypedArray } from '../../core/dtype.ts'
import { voxelsOf, type FileVoxels } from '../elements.ts'
import type { ReadOptions } from '../format.ts'
import type { Stack } from './arrange.ts'
import type { Frames } from './frames.ts'
import type { PixelLayout } from './pixelLayout.ts'
import type { Slice } from './slices.ts'

/** Voxels of a stack and their shape: column, row, slice, then time and colour where there are several. */
export interface StackVoxels {
  readonly voxels: FileVoxels
  readonly shape: readonly number[]
}

type Scaling = Slice['scaling']

export function stackVoxels(stack: Stack, { layout, data }: Frames, options: ReadOptions): StackVoxels {
  const slices = stack.places.flat()
  const { rows, columns, samples } = layout
  const times = stack.places[0].length
  const plane = rows * columns * samples
  const sizes = [columns, rows, stack.places.length, times, samples]
  const steps = [samples, columns * samples, plane * times, plane, 1]
  const axes = [0, 1, 2, ...(times > 1 ? [3] : []), ...(samples > 1 ? [4] : [])]
  const shape = axes.map((axis) => sizes[axis])
  const order = { start: 0, shape, strides: axes.map((axis) => steps[axis]) }
  const scalings = options.raw ? [null] : slices.map(({ scaling }) => scaling)
  const same = scalings.every((one) => one?.slope === scalings[0]?.slope && one?.intercept === scalings[0]?.intercept)
  const target = options.as ?? wholeType(layout, scalings)
  if (same && (options.as || !scalings[0]))
    return { shape, voxels: voxelsOf({ dtype: layout.dtype, data, layout: order, scaling: scalings[0] }, options.as, options.later) } // prettier-ignore
  const dtype = target ?? 'float64'
  return {
    shape,
    voxels: voxelsOf({ dtype, data: scaledFrames(data, scalings, plane, dtype), layout: order }, options.as),
  }
}

/** The integer type that holds all scaled values; undefined where they are no whole numbers. */
function wholeType({ dtype, bitsStored, signed }: PixelLayout, scalings: readonly Scaling[]): DType | undefined {
  if (bytesOf(dtype) > 2 || dtype.startsWith('float')) return undefined
  const ends = scalings.flatMap((scaling) => {
    const { slope, intercept } = scaling ?? { slope: 1, intercept: 0 }
    const largest = 2 ** (signed ? bitsStored - 1 : bitsStored) - 1
    const smallest = signed ? -largest - 1 : 0
    return [smallest * slope + intercept, largest * slope + intercept, slope, intercept]
  })
  if (!ends.every(Number.isInteger)) return undefined
  const fits = (type: DType): boolean => {
    const [low, high] = rangeOf(type) ?? [0, -1]
    return ends.every((end) => end >= low && end <= high)
  }
  return (['uint8', 'int16', 'uint16', 'int32'] as const).find(fits)
}

function scaledFrames(data: TypedArray, scalings: readonly Scaling[], plane: number, dtype: DType): TypedArray {
  const out = allocate(dtype, data.length)
  for (let start = 0; start < data.length; start += plane) {
    const { slope, intercept } = scalings[scalings.length === 1 ? 0 : start / plane] ?? { slope: 1, intercept: 0 }
    for (let i = start; i < start + plane; i++) out[i] = Number(data[i]) * slope + intercept
  }
  return out
}
