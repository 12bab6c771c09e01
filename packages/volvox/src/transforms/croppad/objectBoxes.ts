// Objects of a label map and boxes around them, as DALI's RandomObjectBBox finds and draws them.
import { contentOf } from '../../core/contentOf.ts'
import { toFloats } from '../../core/convert.ts'
import type { TypedArray } from '../../core/dtype.ts'
import { DataError, OptionError, ShapeError, shown } from '../../core/errors.ts'
import { isRecord } from '../../core/json.ts'
import { isImage, spatialShape, type Image } from '../../core/image.ts'
import {
  bool,
  count,
  int,
  intOrInts,
  ints,
  numbers,
  oneOf,
  probability,
  text,
  type Values,
} from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { RandomSource } from '../random.ts'
import { forAxes } from '../spatial/options.ts'
import { distinctValues, maskWhere } from '../shared.ts'
import { componentBoxes, type ComponentBox } from './componentBoxes.ts'
import { storedIn } from './objectStore.ts'

/** First voxel and one past the last, per axis. */
export interface ObjectBox {
  readonly start: readonly number[]
  readonly end: readonly number[]
}

/** What is drawn: a box, and the class of what is in it. */
export interface DrawnBox extends ObjectBox {
  readonly label: number
}

export const objectOptions = {
  foregroundProb: probability.opt('Chance to choose an object; else the whole image is.', 1),
  classes: ints.opt('Labels that count as foreground; all but the background when null.', null),
  classWeights: numbers.opt('How likely each of `classes` is, or labels 1, 2, ... without it; alike when null.', null),
  background: int.opt('Label of the background; 0, or one below `classes` where they have 0, when null.', null),
  ignoreClass: bool.opt('All objects alike, whatever their label.', false),
  kLargest: count.opt('Only so many of the largest objects.', null),
  kLargestBy: oneOf('box', 'voxels').opt('What is large: the box, as in DALI, or the number of voxels.', 'box'),
  threshold: intOrInts.opt('Only objects whose boxes have at least this size along every axis.', null),
  cacheObjects: bool.opt('Keep the boxes of a label map for the next time that it is seen.', false),
  cacheFolder: text.opt(
    'Keep them in files of this folder as well, by the content of the map: for further runs, and for other processes.',
    null,
  ),
}
type Options = Values<typeof objectOptions>

/** Draws an object's box; the whole image for background, or where no object is left. */
export function drawnObject(where: string, source: RandomSource, label: unknown, options: Options): DrawnBox {
  const { foregroundProb, ignoreClass } = options
  const background = checked(where, options)
  const map = labelMap(where, label)
  const shape = spatialShape(map)
  const whole = { start: shape.map(() => 0), end: shape, label: background }
  if (source.rand() >= foregroundProb) return whole
  const boxesOf = finder(map, options)
  if (ignoreClass) {
    const all = present(map, options).filter((one) => one !== background)
    const found = chosen(
      where,
      all.flatMap((one) => boxesOf(one).map((box) => ({ ...box, label: one }))),
      options,
    )
    return found.length === 0 ? whole : found[source.randint(found.length)]
  }
  const there = new Set(present(map, options))
  const weights = classWeights(where, options, background, there)
  for (;;) {
    const total = [...weights.values()].reduce((a, b) => a + b, 0)
    if (!(total > 0)) return whole
    const one = weighted(weights, source.rand() * total)
    const found = chosen(where, boxesOf(one), options)
    if (found.length > 0) return { ...found[source.randint(found.length)], label: one }
    weights.set(one, 0)
  }
}

/** An image of one channel of label numbers. */
export function labelMap(where: string, label: unknown): Image {
  if (!isImage(label)) throw new DataError(`${where}.label`, `is ${shown(label)}; give an image of classes`)
  if (label.shape[0] !== 1)
    throw new ShapeError(`${where}.label`, `has ${label.shape[0]} channels; give one channel of label numbers`)
  return label
}

/** The background's label, once the options are known to agree. */
function checked(where: string, { classes, classWeights: weights, background, ignoreClass }: Options): number {
  if (ignoreClass && (classes ?? weights))
    throw new OptionError(`${where}.ignoreClass`, 'does not go with classes and classWeights; leave them out')
  if (weights && classes && weights.length !== classes.length)
    throw new OptionError(
      `${where}.classWeights`,
      `has ${weights.length} values for ${classes.length} classes; give one for each`,
    )
  if (weights && (weights.some((w) => w < 0) || !weights.some((w) => w > 0)))
    throw new OptionError(`${where}.classWeights`, `${shown(weights)} gives no class a chance; use 0 or more`)
  if (background !== null && classes?.includes(background))
    throw new OptionError(`${where}.background`, `${background} is among classes; choose another label`)
  return background ?? (classes?.includes(0) ? Math.min(...classes) - 1 : 0)
}

/** Weights by class in ascending order; those of absent classes are 0. */
function classWeights(
  where: string,
  { classes, classWeights: weights }: Options,
  background: number,
  there: ReadonlySet<number>,
): Map<number, number> {
  const named =
    classes ?? (weights ? labelsBeside(background, weights.length) : [...there].filter((one) => one !== background))
  const pairs = named.map((one, i): [number, number] => [one, there.has(one) ? (weights?.[i] ?? 1) : 0])
  if (new Set(named).size !== named.length)
    throw new OptionError(`${where}.classes`, `${shown(named)} names one class twice; name each once`)
  return new Map(pairs.sort(([a], [b]) => a - b))
}

/** Labels 1, 2, ... without the background. */
function labelsBeside(background: number, length: number): number[] {
  const all = Array.from({ length: length + 1 }, (_, i) => i + 1)
  return all.filter((one) => one !== background).slice(0, length)
}

function weighted(weights: ReadonlyMap<number, number>, at: number): number {
  let rest = at
  let last = NaN
  for (const [one, weight] of weights) {
    if (weight > 0) last = one
    rest -= weight
    if (rest < 0) return one
  }
  return last
}

/** The objects that are large enough, and no more than the `kLargest`. */
function chosen<B extends ComponentBox>(
  where: string,
  boxes: readonly B[],
  { threshold, kLargest, kLargestBy }: Options,
): readonly B[] {
  const least =
    boxes.length > 0 && threshold !== null ? forAxes(`${where}.threshold`, threshold, boxes[0].start.length) : []
  const large = boxes.filter(({ start, end }) => least.every((n, axis) => end[axis] - start[axis] >= n))
  if (kLargest === null || large.length <= kLargest) return large
  const size = (one: B) => (kLargestBy === 'box' ? volume(one) : one.voxels)
  return large.toSorted((a, b) => size(b) - size(a)).slice(0, kLargest)
}

function volume({ start, end }: ObjectBox): number {
  return sizeOf(end.map((x, axis) => x - start[axis]))
}

interface Found {
  labels?: readonly number[]
  readonly boxes: Map<number, readonly ComponentBox[]>
  /** The name of the map in a folder. */
  key?: string
}

type Keeping = Pick<Options, 'cacheObjects' | 'cacheFolder'>

/** What was found in label maps, as long as their voxels, which never change, are in use. */
const cache = new WeakMap<TypedArray, Found>()

function foundIn({ data }: Image, { cacheObjects, cacheFolder }: Keeping): Found {
  const known = cache.get(data) ?? { boxes: new Map<number, readonly ComponentBox[]>() }
  if (cacheObjects || cacheFolder !== null) cache.set(data, known)
  return known
}

/** What `make` gives, or what the folder holds of it. */
function kept<T>(
  label: Image,
  found: Found,
  folder: string | null,
  what: string,
  fits: (value: unknown) => value is T,
  make: () => T,
): T {
  if (folder === null) return make()
  found.key ??= contentOf(label)
  return storedIn(folder, `${found.key}-${what}`, fits, make)
}

/** The labels of a map, ascending. */
function present(label: Image, keeping: Keeping): readonly number[] {
  const found = foundIn(label, keeping)
  return (found.labels ??= kept(label, found, keeping.cacheFolder, 'labels', isNumbers, () =>
    distinctValues(toFloats(label.dtype, label.data)),
  ))
}

function finder(label: Image, keeping: Keeping): (one: number) => readonly ComponentBox[] {
  const found = foundIn(label, keeping)
  const rank = label.shape.length - 1
  const areBoxes = (value: unknown): value is readonly ComponentBox[] =>
    Array.isArray(value) && value.every((box) => isBox(box, rank))
  return (one) => {
    const known =
      found.boxes.get(one) ??
      kept(label, found, keeping.cacheFolder, `class${one}`, areBoxes, () => boxesOfClass(label, one))
    found.boxes.set(one, known)
    return known
  }
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(Number.isFinite)
}

function isBox(value: unknown, rank: number): boolean {
  if (!isRecord(value)) return false
  const { start, end, voxels } = value
  return [start, end].every((place) => isNumbers(place) && place.length === rank) && Number.isInteger(voxels)
}

/** Boxes of the blobs of a class, whose voxels share faces. */
function boxesOfClass(label: Image, one: number): ComponentBox[] {
  const mask = maskWhere(toFloats(label.dtype, label.data), (x) => x === one)
  return componentBoxes(mask, spatialShape(label), 1)
}
