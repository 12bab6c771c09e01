// Moves of images together with the boxes in them.
import { isImage } from '../../core/image.ts'
import { anything, count, type Schema, type Values } from '../../core/options.ts'
import type { RandomSource } from '../random.ts'
import { keysKind, type Sample, type SampleTransform, valueAt } from '../sample.ts'
import { chance } from '../shared.ts'
import { Flip, Flipd, RandZoom, Rotate90, Rotate90d, Zoom, Zoomd } from '../spatial/index.ts'
import { forAxes, wrapped } from '../spatial/options.ts'
import { drawnFactors } from '../spatial/zoom.ts'
import { FlipBox, RotateBox90, ZoomBox } from './plain.ts'
import { turnedSize, planeOf, wholeZoom } from './operations.ts'
import { boxKeyOptions, refKeyAt, refKeys, sizeAt, traced, untraced } from './sample.ts'
import { randomWholeSample, wholeSample } from '../wholeSample.ts'

type Options = Readonly<Record<string, unknown>>
type Size = readonly number[]

interface ImageKeys {
  readonly keys: readonly string[]
  readonly allowMissingKeys: boolean
}

/** A move: of images, of the boxes in an image of a size, and back. */
interface Move {
  images(keys: ImageKeys, options: Options): SampleTransform
  /** The options that are used for an image of that size. */
  adjusted?(options: Options, size: Size): Options
  boxes(boxes: unknown, options: Options, size: Size): unknown
  back(boxes: unknown, options: Options, size: Size): unknown
}

const flip: Move = {
  images: (keys, options) => Flipd({ ...options, ...keys }),
  boxes: (boxes, options, spatialSize) => FlipBox(options)(boxes, { spatialSize }),
  back: (boxes, options, spatialSize) => FlipBox(options)(boxes, { spatialSize }),
}

const turn: Move = {
  images: (keys, options) => Rotate90d({ ...options, ...keys }),
  boxes: (boxes, options, spatialSize) => RotateBox90(options)(boxes, { spatialSize }),
  back(boxes, { k, spatialAxes }, size) {
    const [turns, axes] = [k as number, spatialAxes as number[]] // as Rotate90 takes them
    const spatialSize = turnedSize(size, turns, planeOf('RotateBox90d.spatialAxes', axes, size.length))
    return RotateBox90({ k: -turns, spatialAxes: axes })(boxes, { spatialSize })
  },
}

// As in MONAI, with `keepSize` the boxes come back only to within the voxels that rounding crops or pads.
const zoom: Move = {
  images: (keys, options) => Zoomd({ ...options, ...keys } as Parameters<typeof Zoomd>[0]),
  adjusted: ({ zoom: factors, ...rest }, size) => ({
    ...rest,
    zoom: wholeZoom(forAxes('ZoomBoxd.zoom', factors as number | number[], size.length), size),
  }),
  boxes: (boxes, { zoom: factors, keepSize }, srcSpatialSize) =>
    ZoomBox({ zoom: factors as number[], keepSize: keepSize === true })(boxes, { srcSpatialSize }),
  back: (boxes, { zoom: factors, keepSize }, srcSpatialSize) =>
    ZoomBox({ zoom: (factors as number[]).map((x) => 1 / x), keepSize: keepSize === true })(boxes, { srcSpatialSize }),
}

const keyOptions = {
  imageKeys: keysKind.req('Keys of the images to move.'),
  ...boxKeyOptions,
  boxRefImageKeys: refKeys,
}
type Keys = Values<typeof keyOptions>

/** Moves boxes by the options, if any, and the images after them. */
function movedAll(name: string, move: Move, sample: Sample, keys: Keys, given: Options | null): Sample {
  const { imageKeys, boxKeys, boxRefImageKeys, allowMissingKeys } = keys
  let options = given
  const moved = boxKeys.reduce<Sample>((all, key, i) => {
    if (!(key in sample) && allowMissingKeys) return all
    const size = sizeAt(name, sample, refKeyAt(name, boxRefImageKeys, i, boxKeys.length))
    const boxes = valueAt(name, sample, key)
    options = options && (move.adjusted?.(options, size) ?? options)
    const after = options ? { ...all, [key]: move.boxes(boxes, options, size) } : all
    return traced(after, key, { name, options, size })
  }, sample)
  return options ? move.images({ keys: imageKeys, allowMissingKeys }, options)(moved) : moved
}

/** Brings boxes back by their records, and images by their history. */
function movedBack(name: string, move: Move, sample: Sample, { imageKeys, boxKeys }: Keys): Sample {
  let done: Options | null = null
  const restored = boxKeys.reduce<Sample>((all, key) => {
    if (!(key in sample)) return all
    const [{ options, size }, before] = untraced(all, key, name)
    done ??= options
    return options && size ? { ...before, [key]: move.back(before[key], options, size) } : before
  }, sample)
  const there = imageKeys.filter((key) => isImage(sample[key]))
  return done ? move.images({ keys: there, allowMissingKeys: true }, done).inverse(restored) : restored
}

/** The options of a move alone, from those of the whole transform. */
function moveOptions(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([key]) => !(key in keyOptions)))
}

function fixed(name: string, move: Move, options: Schema) {
  return wholeSample({
    name,
    options: { ...options, ...keyOptions },
    apply: (sample, given) => movedAll(name, move, sample, given, moveOptions(given)),
    inverse: (sample, given) => movedBack(name, move, sample, given),
  })
}

function drawn<S extends Schema>(
  name: string,
  move: Move,
  options: S,
  draw: (source: RandomSource, options: Values<S>, rank: number) => Options | null,
) {
  return randomWholeSample({
    name,
    options: { ...(options as Schema), ...keyOptions },
    apply(sample, given, source) {
      const first = given.imageKeys.find((key) => key in sample) ?? given.imageKeys[0]
      const rank = sizeAt(name, sample, first).length
      const chosen = draw(source, moveOptions(given) as Values<S>, rank) // what is left are the options of S
      return movedAll(name, move, sample, given, chosen)
    },
    inverse: (sample, given) => movedBack(name, move, sample, given),
  })
}

const { spatialAxis } = Flip.schema
const { k, spatialAxes } = Rotate90.schema
// Those of the dictionary form may be lists, one per image.
const { mode, paddingMode, alignCorners, keepSize } = Zoomd.schema
const zooming = { mode, paddingMode, alignCorners, keepSize }

/** Reverses images and the boxes in them. */
export const FlipBoxd = fixed('FlipBoxd', flip, { spatialAxis })

/** Turns images and the boxes in them by multiples of 90 degrees. */
export const RotateBox90d = fixed('RotateBox90d', turn, { k, spatialAxes })

/** Zooms images and the boxes in them; the factors are rounded to whole voxels. */
export const ZoomBoxd = fixed('ZoomBoxd', zoom, { zoom: Zoom.schema.zoom, ...zooming })

/** Reverses images and the boxes in them, or not. */
export const RandFlipBoxd = drawn('RandFlipBoxd', flip, { prob: chance(), spatialAxis }, (source, { prob, ...rest }) =>
  source.rand() < prob ? rest : null,
)

/** Turns images and the boxes in them by 90, 180, ... degrees up to `maxK` times, or not. */
export const RandRotateBox90d = drawn(
  'RandRotateBox90d',
  turn,
  { prob: chance(), maxK: count.opt('The most quarter turns.', 3), spatialAxes },
  (source, { prob, maxK, ...rest }) => {
    const turns = source.randint(maxK) + 1
    return source.rand() < prob ? { k: turns, ...rest } : null
  },
)

const { minZoom, maxZoom } = RandZoom.schema

/** Zooms images and the boxes in them by drawn factors, or not. */
export const RandZoomBoxd = drawn(
  'RandZoomBoxd',
  zoom,
  {
    prob: chance(),
    minZoom,
    maxZoom,
    ...zooming,
    labelKeys: anything.opt('No effect, as in MONAI, where bundles give it.', null),
  },
  (source, { labelKeys: _, ...options }, rank) =>
    wrapped(source, options.prob, (inner) => drawnFactors(inner, options, rank)),
)
