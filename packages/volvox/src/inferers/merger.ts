import { ShapeError } from '../core/errors.ts'
import { ints, oneOf, parseOptions, text, type Given, type Schema } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sizeOf, type FloatTensor } from '../core/tensor.ts'
import { forEachCommonRun } from './volume.ts'

/** Puts patches together again (MONAI Merger). What lies outside of the merged image, or is to be cropped, is dropped. */
export interface Merger<T = FloatTensor> {
  /** Adds a patch `[batch, channel, ...spatial]` whose first voxel lies at `location`. */
  aggregate(values: FloatTensor, location: readonly number[]): void
  /** Ends merging; the merged image. Asking again gives the same. */
  finalize(): T
}

/** A kind of merger. */
export interface MergerComponent<S extends Schema, T> extends Component {
  (options: Given<S>): Merger<T>
  readonly schema: S
}

/** Options of every merger. */
export const mergedShapes = {
  mergedShape: ints.req('Shape of what the patches cover, [batch, channel, ...spatial].'),
  croppedShape: ints.opt('Shape of the part that is wanted, from the first voxel on; all of it unless given.', null),
}

/** A precision that sums can be kept in, as configs name it. */
export const mergedDtype = oneOf('float32', 'torch.float32', 'float64', 'torch.float64')

const averaged = {
  ...mergedShapes,
  valueDtype: mergedDtype.opt('What sums are kept in; the result is float32.', 'float32'),
  countDtype: text.opt('No effect: counts do not overflow here.', null),
  device: text.opt('No effect: patches are merged in main memory.', null),
}

/** Averages patches where they overlap, in memory; NaN where there is none (MONAI AvgMerger). */
export const AvgMerger: MergerComponent<typeof averaged, FloatTensor> = Object.assign(
  (given: Given<typeof averaged>): Merger => {
    const options = parseOptions('AvgMerger', averaged, given)
    const shape = wantedShape('AvgMerger', options)
    const [, , ...size] = shape
    const Values = options.valueDtype.endsWith('float64') ? Float64Array : Float32Array
    const values = new Values(sizeOf(shape))
    const counts = new Uint32Array(sizeOf(size)) // the same for all items and channels
    let finished = false
    return {
      aggregate(patch, location) {
        checkOpen('AvgMerger', finished)
        checkPatchShape('AvgMerger', patch, shape)
        const box = common(patch.shape.slice(2), location, size)
        if (!box) return
        const from = { shape: patch.shape.slice(2), start: box.inside }
        const [fromVoxels, toVoxels] = [sizeOf(from.shape), counts.length]
        forEachCommonRun(box.size, from, { shape: size, start: box.start }, (a, b, run) => {
          for (let i = 0; i < run; i++) counts[b + i]++
          for (let c = 0; c < patch.data.length / fromVoxels; c++)
            for (let i = 0; i < run; i++) values[c * toVoxels + b + i] += patch.data[c * fromVoxels + a + i]
        })
      },
      finalize() {
        if (!finished) for (let i = 0; i < values.length; i++) values[i] /= counts[i % counts.length]
        finished = true
        return { dtype: 'float32', shape, data: values instanceof Float32Array ? values : Float32Array.from(values) }
      },
    }
  },
  { componentName: 'AvgMerger', schema: averaged },
)

/** The shape of the result: what is wanted of what is covered. */
export function wantedShape(
  where: string,
  { mergedShape, croppedShape }: { mergedShape: readonly number[]; croppedShape: readonly number[] | null },
): number[] {
  const wanted = croppedShape ?? mergedShape
  if (wanted.length !== mergedShape.length || wanted.length < 3 || [...wanted, ...mergedShape].some((n) => n < 1))
    throw new ShapeError(
      where,
      `cannot merge [${mergedShape.join(', ')}] and crop it to [${wanted.join(', ')}]; give two shapes [batch, channel, ...spatial]`,
    )
  return wanted.map((n, axis) => Math.min(n, mergedShape[axis]))
}

export function checkOpen(where: string, finished: boolean): void {
  if (finished) throw new ShapeError(where, 'is finalized and takes no more patches; make a new one')
}

export function checkPatchShape(where: string, { shape }: FloatTensor, merged: readonly number[]): void {
  if (shape.length !== merged.length || shape[0] !== merged[0] || shape[1] !== merged[1])
    throw new ShapeError(
      where,
      `a patch is [${shape.join(', ')}], merged are [${merged.join(', ')}]; items and channels must be the same`,
    )
}

/** What a box at `location` has in common with a lattice of `latticeSize`: where it begins there and in the box; null for nothing. */
export function common(
  boxSize: readonly number[],
  location: readonly number[],
  latticeSize: readonly number[],
): { start: number[]; inside: number[]; size: number[] } | null {
  const start = location.map((n) => Math.max(0, n))
  const stop = location.map((n, axis) => Math.min(latticeSize[axis], n + boxSize[axis]))
  const size = stop.map((n, axis) => n - start[axis])
  return size.every((n) => n > 0) ? { start, inside: start.map((n, axis) => n - location[axis]), size } : null
}
