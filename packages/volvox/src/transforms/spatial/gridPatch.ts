import { z } from 'zod'
import { roundEven, toFloats } from '../../core/convert.ts'
import { picks } from '../../core/lists.ts'
import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { gridOf, withVoxels, type Image } from '../../core/image.ts'
import {
  Kind,
  count,
  instance,
  intOrInts,
  ints,
  number,
  numberOrNumbers,
  oneOf,
  text,
  type Values,
} from '../../core/options.ts'
import { stridesOf } from '../../core/tensor.ts'
import { elementsFrom } from '../../kernels/index.ts'
import { plain } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { box } from '../plan.ts'
import { random } from '../random.ts'
import { runPlan } from '../resample.ts'
import { forAxes } from './options.ts'

const common = {
  patchSize: ints.req('Size of a patch; 0 takes the whole axis.'),
  numPatches: count.opt('How many to keep, in the order of `sortFn`; missing ones are constant. All when null.', null),
  overlap: numberOrNumbers.opt(
    'Part of a patch that the next one shares, or a list of parts with 0 for channels first.',
    0,
  ),
  threshold: number.opt('Keep only patches whose sum of all voxels is below this.', null),
  padMode: text.opt('Pad the image by a patch on all sides first; null for patches inside it only.', null),
  constantValues: number.opt('The constant of `padMode` "constant", and of missing patches; 0 when null.', null),
  value: number.opt('The constant of `padMode` "constant" alone, as torch calls it.', null),
}
const offset = ints.opt('Where the first patch starts; at the first voxel when null.', null)
const sorted = ['min', 'max'] as const
type Sort = (typeof sorted)[number]

/** One of the names, in capitals or not. */
function sortNames<const V extends string>(...names: readonly V[]): Kind<V> {
  const exact = oneOf(...names)
  return new Kind(exact.noun, () =>
    z
      .string()
      .toLowerCase()
      .pipe(exact.type as z.ZodType<V, string>),
  )
}

const options = {
  ...common,
  offset,
  sortFn: sortNames(...sorted).opt(
    'Patches with the smallest or with the largest sum first; as they stand when null.',
    null,
  ),
}

const orderKind = instance<(patches: number) => readonly number[]>('a function', (value) => typeof value === 'function')
/** The options of patches, and an order that is drawn once their number is known. */
const withOrder = { ...options, order: orderKind.opt('Gives places of patches in a new order.', null) }

/**
 * Cuts the image into patches, row by row: [patches, channels, ...patchSize] (MONAI `GridPatch`). Where they start is in
 * the metadata under `location`, an axis a row.
 */
export const GridPatch = plain({
  name: 'GridPatch',
  schema: options,
  inputs: {},
  lazy: false,
  readsVoxels: true,
  apply: (img, given) => patchesOf(img, { ...given, order: null }),
})

const Patches = plain({
  name: 'GridPatch',
  schema: withOrder,
  inputs: {},
  lazy: false,
  readsVoxels: true,
  apply: patchesOf,
})

/** Patches from a drawn start. `sortFn` "random" draws their order too, for each image anew. */
export const RandGridPatch = random(Patches, {
  name: 'RandGridPatch',
  options: {
    ...common,
    minOffset: intOrInts.opt('The smallest start, per axis; 0 when null.', null),
    maxOffset: intOrInts.opt('The largest start; what is left of the image beside whole patches when null.', null),
    sortFn: sortNames(...sorted, 'random').opt('As in GridPatch, or in a random order.', null),
  },
  readsVoxels: true,
  draw(source, { minOffset, maxOffset, sortFn, ...rest }, { grid }) {
    const { patchSize } = rest
    const low =
      minOffset === null ? patchSize.map(() => 0) : forAxes('RandGridPatch.minOffset', minOffset, patchSize.length)
    const high =
      maxOffset === null
        ? patchSize.map((n, axis) => (n > 0 ? grid.shape[axis] % n : 0))
        : forAxes('RandGridPatch.maxOffset', maxOffset, patchSize.length)
    const drawn = { ...rest, offset: low.map((least, axis) => source.randint(least, high[axis] + 1)) }
    return sortFn === 'random'
      ? { ...drawn, order: (patches: number) => source.permutation(patches) }
      : { ...drawn, sortFn }
  },
})

function patchesOf(img: Image, given: Values<typeof withOrder>): Image {
  const { numPatches, threshold, padMode, sortFn, order } = given
  const constant = given.constantValues ?? 0
  const { shape } = gridOf(img)
  const size = patchSizeFor(given.patchSize, shape)
  const margins = size.map((n, axis) => (padMode !== null && given.patchSize[axis] ? n : 0))
  const starts = startsOf(given, shape, size, margins)
  const padded = padMode === null ? img : paddedBy(img, margins, padMode, given.constantValues ?? given.value ?? 0)
  const strides = stridesOf(padded.shape)
  const lengths = [img.shape[0], ...size]
  const within = lengths.map((length, axis) => Int32Array.from({ length }, (_, i) => i * strides[axis]))
  const firsts = starts.map((start) => start.reduce((sum, s, axis) => sum + (s + margins[axis]) * strides[axis + 1], 0))
  const patches = (first: readonly number[]) =>
    elementsFrom(img.dtype, padded.data, [Int32Array.from(first), ...within], constant)
  let chosen = starts.map((_, i) => i)
  const summed = threshold !== null || (numPatches !== null && sortFn !== null)
  const sums = summed ? chosen.map((i) => sumOf(toFloats(img.dtype, patches([firsts[i]])))) : []
  if (threshold !== null) chosen = chosen.filter((i) => sums[i] < threshold)
  if (numPatches !== null) chosen = ordered(chosen, sums, sortFn, order).slice(0, numPatches)
  const missing = numPatches !== null && threshold === null ? numPatches - chosen.length : 0
  const location = [...chosen.map((i) => starts[i]), ...Array.from({ length: missing }, () => size.map(() => 0))]
  const data = patches([...chosen.map((i) => firsts[i]), ...new Array<number>(missing).fill(-1)])
  const perAxis = size.map((n, axis) => ({ place: location.map((start) => start[axis]), n }))
  return {
    ...withVoxels(img, { shape: [location.length, img.shape[0], ...size], data }),
    meta: {
      ...img.meta,
      location: perAxis.map(({ place }) => place),
      count: location.length,
      spatial_shape: perAxis.map(({ n }) => location.map(() => n)),
      offset: given.offset ?? size.map(() => 0),
    },
  }
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum
}

/** Sizes of patches no larger than the image; whole axes where none is given. */
function patchSizeFor(patchSize: readonly number[], shape: readonly number[]): number[] {
  if (patchSize.length > shape.length || patchSize.some((n) => n < 0))
    throw new OptionError(
      'GridPatch.patchSize',
      `${shown(patchSize)} does not fit ${shape.length} spatial axes; give a size per axis, 0 for the whole axis`,
    )
  return shape.map((n, axis) => Math.min(n, patchSize[axis] || n))
}

function paddedBy(img: Image, margins: readonly number[], paddingMode: string, value: number): Image {
  const size = gridOf(img).shape.map((n, axis) => n + 2 * margins[axis])
  return runPlan(img, box(margins.map((n) => -n), size, { mode: 'nearest', paddingMode, value })) // prettier-ignore
}

/** First voxels of the patches, in the image's coordinates. */
function startsOf(
  { patchSize, overlap, offset: from }: Values<typeof options>,
  shape: readonly number[],
  size: readonly number[],
  margins: readonly number[],
): number[][] {
  const parts = overlapFor(overlap, shape.length)
  const places = shape.map((n, axis) => {
    const step = roundEven(size[axis] * (1 - (patchSize[axis] ? parts[axis] : 0)))
    if (step < 1)
      throw new OptionError(
        'GridPatch.overlap',
        `${shown(overlap)} leaves no step between patches of ${size[axis]} voxels; use less`,
      )
    const last = margins[axis] > 0 ? n - 1 : n - size[axis]
    const all: number[] = []
    for (let at = from?.[axis] ?? 0; at <= last; at += step) all.push(at)
    return all
  })
  if (places.some((all) => all.length === 0))
    throw new ShapeError(
      'GridPatch.offset',
      `no patch of [${size.join(', ')}] from ${shown(from)} fits [${shape.join(', ')}]; start earlier, or set padMode`,
    )
  return [...picks(places)]
}

function overlapFor(overlap: number | readonly number[], rank: number): readonly number[] {
  if (typeof overlap === 'number') return new Array<number>(rank).fill(overlap)
  if (overlap.length === rank + 1) return overlap.slice(1)
  throw new OptionError(
    'GridPatch.overlap',
    `${shown(overlap)} has ${overlap.length} values; give one, or one for channels and ${rank} for the axes`,
  )
}

function ordered(
  chosen: readonly number[],
  sums: readonly number[],
  sortFn: Sort | null,
  order: ((patches: number) => readonly number[]) | null,
): number[] {
  if (order) return order(chosen.length).map((i) => chosen[i])
  if (sortFn === null) return [...chosen]
  const sign = sortFn === 'min' ? 1 : -1
  return chosen.toSorted((a, b) => sign * (sums[a] - sums[b]))
}

export const GridPatchd = dictionary(GridPatch)
export const RandGridPatchd = dictionary(RandGridPatch)
