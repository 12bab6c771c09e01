import { z } from 'zod'
import { currentFiles, type Files } from '../core/files.ts'
import { OptionError } from '../core/errors.ts'
import { Kind, bool, instance, oneOf, parseOptions, text, type Given } from '../core/options.ts'
import { sizeOf, type FloatTensor } from '../core/tensor.ts'
import {
  checkOpen,
  checkPatchShape,
  common,
  mergedDtype,
  mergedShapes,
  wantedShape,
  type Merger,
  type MergerComponent,
} from './merger.ts'
import { forEachCommonRun } from './volume.ts'
import { ZarrArray } from './zarr.ts'

const chunkSizes: Kind<boolean | number | readonly number[]> = new Kind(
  'true, false, a whole number or a list of them',
  () => z.union([z.boolean(), z.int().min(1), z.array(z.int().min(1)).readonly()]),
)
const files = instance<Files>('files, such as nodeFiles of @volvox/node', (value) => typeof value === 'object')

const schema = {
  ...mergedShapes,
  store: text.opt('The folder that becomes a Zarr array.', 'merged.zarr'),
  chunks: chunkSizes.opt(
    'Size of chunks, for all axes or for each; true for a good one, false for one chunk that is everything.',
    true,
  ),
  files: files.opt('Where the folder is; what useFiles installed unless given.', null),
  dtype: oneOf('float32').opt('What results are kept in.', 'float32'),
  valueDtype: mergedDtype.opt('What sums are kept in: float32.', 'float32'),
  // Sums are kept in the array itself, and counts follow from where the patches lie: nothing else is stored.
  countDtype: text.opt('No effect: counts are not stored.', null),
  valueStore: text.opt('No effect: sums are kept where the result will be.', null),
  countStore: text.opt('No effect: counts are not stored.', null),
  compressor: text.opt('No effect: chunks are written as they are.', null),
  valueCompressor: text.opt('No effect: sums are kept where the result will be.', null),
  countCompressor: text.opt('No effect: counts are not stored.', null),
  threadLocking: bool.opt('No effect: patches come one after the other.', true),
}

interface Box {
  readonly start: readonly number[]
  readonly size: readonly number[]
}

/**
 * Averages patches where they overlap, in a Zarr array on disk, for images larger than memory (MONAI ZarrAvgMerger). What
 * comes out is that array, which any program that knows Zarr reads too.
 */
export const ZarrAvgMerger: MergerComponent<typeof schema, ZarrArray> = Object.assign(
  (given: Given<typeof schema>): Merger<ZarrArray> => {
    const options = parseOptions('ZarrAvgMerger', schema, given)
    if (options.valueDtype.endsWith('float64'))
      throw new OptionError(
        'ZarrAvgMerger.valueDtype',
        'is float64, but sums are kept where the result will be; use float32, or AvgMerger',
      )
    const shape = wantedShape('ZarrAvgMerger', options)
    const array = ZarrArray.create(
      options.store,
      shape,
      chunksOf(shape, options.chunks),
      options.files ?? currentFiles(),
    )
    /** The boxes that were added to each chunk, within it. */
    const added = new Map<string, Box[]>()
    let finished = false
    return {
      aggregate(patch, location) {
        checkOpen('ZarrAvgMerger', finished)
        checkPatchShape('ZarrAvgMerger', patch, shape)
        const box = common(patch.shape, [0, 0, ...location], shape)
        if (!box) return
        array.forEachChunk(box.start, box.size, (values, origin, key) => {
          const part = addedPart(patch, [0, 0, ...location], values, origin, array.chunks, shape)
          added.set(key, [...(added.get(key) ?? []), part])
          array.touch(key)
        })
      },
      finalize() {
        if (finished) return array
        finished = true
        const everything = shape.map(() => 0)
        array.forEachChunk(everything, shape, (values, _, key) => {
          const counts = countsOf(added.get(key) ?? [], array.chunks)
          for (let i = 0; i < values.length; i++) values[i] /= counts[i]
          array.touch(key)
        })
        array.flush()
        return array
      },
    }
  },
  { componentName: 'ZarrAvgMerger', schema },
)

/** Adds what a patch has in common with a chunk; where that lies in the chunk. */
function addedPart(
  patch: FloatTensor,
  location: readonly number[],
  values: Float32Array,
  origin: readonly number[],
  chunks: readonly number[],
  shape: readonly number[],
): Box {
  const inside = chunks.map((n, axis) => Math.min(n, shape[axis] - origin[axis]))
  const {
    start,
    inside: from,
    size,
  } = common(
    patch.shape,
    location.map((n, axis) => n - origin[axis]),
    inside,
  )!
  forEachCommonRun(size, { shape: patch.shape, start: from }, { shape: chunks, start }, (a, b, run) => {
    for (let i = 0; i < run; i++) values[b + i] += patch.data[a + i]
  })
  return { start, size }
}

function countsOf(boxes: readonly Box[], chunks: readonly number[]): Uint32Array {
  const counts = new Uint32Array(sizeOf(chunks))
  for (const { start, size } of boxes)
    forEachCommonRun(size, { shape: size, start: size.map(() => 0) }, { shape: chunks, start }, (_, b, run) => {
      for (let i = 0; i < run; i++) counts[b + i]++
    })
  return counts
}

/** About a megabyte unless told otherwise: one channel, and the same length along each spatial axis. */
function chunksOf(shape: readonly number[], chunks: boolean | number | readonly number[]): readonly number[] {
  if (typeof chunks === 'number') return shape.map((n) => Math.min(n, chunks))
  if (typeof chunks === 'object') return chunks
  if (!chunks) return shape
  const side = Math.round(2 ** (18 / (shape.length - 2)))
  return shape.map((n, axis) => (axis < 2 ? 1 : Math.min(n, side)))
}
