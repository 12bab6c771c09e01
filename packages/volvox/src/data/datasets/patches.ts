import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import {
  anything,
  bool,
  count,
  instance,
  ints,
  parseOptions,
  text,
  type Given,
  type Kind,
  type Values,
} from '../../core/options.ts'
import { isImage, spatialShape, type Image } from '../../core/image.ts'
import type { Component } from '../../core/registry.ts'
import type { Tensor } from '../../core/tensor.ts'
import { Pad, SpatialCrop } from '../../transforms/croppad/index.ts'
import { padOptions } from '../../transforms/croppad/pad.ts'
import { keysKind, imageAt, type Sample } from '../../transforms/sample.ts'
import { getValidPatchSize, iterPatchPosition } from '../patchPlaces.ts'
import { pipelineKind, stepsOf } from '../pipeline.ts'
import { seedFrom } from '../seeds.ts'
import type { Dataset, SampleStream } from './dataset.ts'
import { isSource, opened, streamOf, type ItemSource } from './stream.ts'
import { isDataset } from './zip.ts'

/** A patch, and where it is: int32 [1 + axes, 2], the first voxel and the one after the last along channels and axes. */
export type PlacedPatch<T> = readonly [patch: T, coordinates: Tensor]

const iterOptions = {
  patchSize: ints.req('Size of a patch; 0 takes the whole axis.'),
  startPos: ints.opt('Where the first patch starts, channels first; at the first voxel unless given.', []),
  mode: text
    .nullable()
    .opt('How voxels outside the image are made, for patches at its end; null for patches inside only.', 'wrap'),
  value: padOptions.value,
  constantValues: padOptions.constantValues,
}

/** Cuts an image into patches one beside the other, row by row (MONAI `PatchIter`). */
export const PatchIter: Component &
  ((given: Given<typeof iterOptions>) => (img: Image) => Iterable<PlacedPatch<Image>>) = Object.assign(
  (given: Given<typeof iterOptions>) => {
    const options = parseOptions('PatchIter', iterOptions, given)
    return (img: Image) => patchesOf(img, options)
  },
  { componentName: 'PatchIter', schema: iterOptions },
)

const dictionaryOptions = { keys: keysKind.req('Keys of the images, all of one size.'), ...iterOptions }

/** The same for images in a sample (MONAI `PatchIterd`); `patch_coords`, `original_spatial_shape` and `start_pos` are added. */
export const PatchIterd: Component &
  ((given: Given<typeof dictionaryOptions>) => (sample: Sample) => Iterable<PlacedPatch<Sample>>) = Object.assign(
  (given: Given<typeof dictionaryOptions>) => {
    const { keys, ...options } = parseOptions('PatchIterd', dictionaryOptions, given)
    return function* (sample: Sample): Generator<PlacedPatch<Sample>, void, void> {
      const images = keys.map((key) => imageAt('PatchIterd', sample, key))
      const patches = images.map((img) => patchesOf(img, options))
      for (;;) {
        const next = patches.map((one) => one.next().value)
        const [first] = next
        if (!first) return
        const cut = Object.fromEntries(keys.map((key, i) => [key, next[i]?.[0]]))
        const where = {
          patch_coords: first[1],
          original_spatial_shape: spatialShape(images[0]),
          start_pos: options.startPos,
        }
        yield [{ ...sample, ...cut, ...where }, first[1]]
      }
    }
  },
  { componentName: 'PatchIterd', schema: dictionaryOptions },
)

const anyFunction: Kind<(image: never) => unknown> = instance('a function', (value) => typeof value === 'function')

const imagesKind: Kind<ItemSource | Dataset> = instance(
  'a list, a data set, or something that can be iterated over',
  (value) => isSource(value) || isDataset(value),
)

const gridOptions = {
  data: imagesKind.req('The images or samples: a list, a data set, or anything that can be iterated over.'),
  patchIter: anyFunction.req('Gives patches with their coordinates: PatchIter, PatchIterd, or a function of your own.'),
  transform: pipelineKind.opt('What is done to each patch.', null),
  withCoordinates: bool.opt(
    'A sample holds the patch under 0 and its coordinates under 1; else the patch alone.',
    true,
  ),
  cache: anything.opt('Kept for configs of MONAI; patches are cut anew.', false),
  cacheNum: anything.opt('Kept for configs of MONAI; no effect.', null),
  cacheRate: anything.opt('Kept for configs of MONAI; no effect.', 1),
}

/** All patches of the images, one after the other (MONAI `GridPatchDataset`). */
export const GridPatchDataset: Component & ((given: Given<typeof gridOptions>) => SampleStream) = Object.assign(
  (given: Given<typeof gridOptions>) => {
    const { data, patchIter, transform, withCoordinates } = parseOptions('GridPatchDataset', gridOptions, given)
    async function* patches(_epoch: number, seed?: number): AsyncGenerator<unknown, void, void> {
      for await (const item of valuesOf(data, seed)) {
        const cut = patchIter(item as never)
        if (!isIterable(cut)) throw notIterable('GridPatchDataset.patchIter', cut)
        for (const placed of cut) yield { ...(Array.isArray(placed) ? placed : [placed]) }
      }
    }
    return streamOf(patches, stepsOf(transform), withCoordinates ? 'tuple' : 'first')
  },
  { componentName: 'GridPatchDataset', schema: gridOptions },
)

const patchOptions = {
  data: gridOptions.data,
  patchFunc: anyFunction.req('Gives the patches of an image or sample, e.g. RandSpatialCropSamples.'),
  samplesPerImage: count.opt('How many it gives.', 1),
  transform: gridOptions.transform,
}

/** Patches that a function cuts out of each image (MONAI `PatchDataset`). */
export const PatchDataset: Component & ((given: Given<typeof patchOptions>) => SampleStream) = Object.assign(
  (given: Given<typeof patchOptions>) => {
    const { data, patchFunc, samplesPerImage, transform } = parseOptions('PatchDataset', patchOptions, given)
    async function* patches(_epoch: number, seed = 0): AsyncGenerator<unknown, void, void> {
      let image = 0
      for await (const item of valuesOf(data, seed)) {
        if ('setRandomState' in patchFunc && typeof patchFunc.setRandomState === 'function')
          patchFunc.setRandomState(seedFrom(seed, image++))
        const cut = patchFunc(item as never)
        if (!isIterable(cut)) throw notIterable('PatchDataset.patchFunc', cut)
        const all = [...cut]
        if (all.length !== samplesPerImage)
          throw new OptionError(
            'PatchDataset.patchFunc',
            `gave ${all.length} patches of an image, not samplesPerImage (${samplesPerImage}); make the two agree`,
          )
        yield* all
      }
    }
    return streamOf(patches, stepsOf(transform))
  },
  { componentName: 'PatchDataset', schema: patchOptions },
)

function* patchesOf(
  img: Image,
  { patchSize, startPos, mode, ...constant }: Values<typeof iterOptions>,
): Generator<PlacedPatch<Image>, void, void> {
  const shape = spatialShape(img)
  if (patchSize.length > shape.length || patchSize.some((n) => n < 0))
    throw new OptionError(
      'PatchIter.patchSize',
      `${shown(patchSize)} does not fit ${shape.length} spatial axes; give a size per axis`,
    )
  const size = getValidPatchSize(shape, patchSize)
  const margin = size.map((n, axis) => (mode !== null && patchSize[axis] ? n : 0))
  const toPad = [0, ...margin].map((n) => [n, n] as const)
  const padded = mode === null ? img : Pad({ toPad, mode, ...constant })(img)
  for (const start of iterPatchPosition(shape, size, { startPos: startPos.slice(1), padded: mode !== null })) {
    const roiStart = start.map((at, axis) => at + margin[axis])
    const patch = SpatialCrop({ roiStart, roiEnd: roiStart.map((at, axis) => at + size[axis]) })(padded)
    const rows = [[0, img.shape[0]], ...start.map((at, axis) => [at, at + size[axis]])]
    yield [patch, { dtype: 'int32', shape: [rows.length, 2], data: Int32Array.from(rows.flat()) }]
  }
}

/** The items of a source, those of a data set as they are (an image, where a sample is one under `0`). */
async function* valuesOf(data: ItemSource | Dataset, seed = 0): AsyncGenerator<unknown, void, void> {
  if (!isDataset(data)) return yield* opened(data)
  for (let i = 0; i < data.length; i++) {
    const sample = data.get(i, seedFrom(seed, i))
    for (const one of [sample].flat()) yield Object.keys(one).length === 1 && isImage(one[0]) ? one[0] : one
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

function notIterable(where: string, value: unknown): ShapeError {
  return new ShapeError(where, `gave ${shown(value)}, not a list of patches; return an iterable`)
}
