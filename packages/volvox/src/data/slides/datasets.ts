import { z } from 'zod'
import { roundEven } from '../../core/convert.ts'
import { DataError, shown } from '../../core/errors.ts'
import { isImage, type Image } from '../../core/image.ts'
import { isRecord } from '../../core/json.ts'
import {
  anything,
  bool,
  int,
  intOrInts,
  Kind,
  numberOrNumbers,
  parseOptions,
  texts,
  type Given,
  type Values,
} from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { baseName } from '../../formats/paths.ts'
import type { Slide } from '../../formats/tiff/slide.ts'
import { RandomState } from '../../rng/index.ts'
import { ForegroundMask } from '../../transforms/intensity/index.ts'
import type { Dataset } from '../datasets/dataset.ts'
import { itemDataset, itemsKind } from '../datasets/items.ts'
import { pipelineKind, stepsOf, type PipelineStep } from '../pipeline.ts'
import { LoadSlidePatchd, slideAt } from './loadPatch.ts'

const common = {
  data: itemsKind.req('Slides or patches: { image: path, location, size, level, label }.'),
  patchSize: intOrInts.opt(
    'Height and width of patches, in pixels of their level; `size` of the item when null.',
    null,
  ),
  patchLevel: int.opt('Level of the patches; `level` of the item, else 0, when null.', null),
  transform: pipelineKind.opt('What is done to each patch, under `image`.', null),
  reader: anything.opt('Kept for configs of MONAI; slides are read as tiled TIFF.', null),
}

const patchSchema = {
  ...common,
  includeLabel: bool.opt('Samples have the label of their item.', true),
  centerLocation: bool.opt('`location` is the middle of the patch, not its upper left corner.', true),
  additionalMetaKeys: texts.opt('Keys of the item that go into the metadata.', null),
}

/** Patches of whole-slide images at given places (MONAI `PatchWSIDataset`). */
export const PatchWSIDataset: Component & ((given: Given<typeof patchSchema>) => Dataset) = Object.assign(
  (given: Given<typeof patchSchema>) => {
    const options = parseOptions('PatchWSIDataset', patchSchema, given)
    return patchDataset('PatchWSIDataset', recordsIn('PatchWSIDataset', options.data), options)
  },
  { componentName: 'PatchWSIDataset', schema: patchSchema },
)

const gridMeta = ['mask_location', 'mask_size', 'num_patches']

const slidingSchema = {
  ...common,
  maskLevel: int.opt('Level whose pixels `mask_location` counts.', 0),
  overlap: numberOrNumbers.opt('Part of a patch that the next one shares, 0 to 1.', 0),
  offset: new Kind<number | readonly [number, number] | 'random'>('a number, two numbers, or "random"', () =>
    z.union([z.int(), z.tuple([z.int(), z.int()]), z.literal('random')]),
  ).opt('Row and column where the first patch starts.', [0, 0]),
  offsetLimits: new Kind<readonly [number, number] | readonly (readonly [number, number])[]>(
    'two numbers, or two pairs of them',
    () => z.union([z.tuple([z.int(), z.int()]), z.array(z.tuple([z.int(), z.int()])).length(2)]),
  ).opt('Least and largest random offset; a patch to either side when null.', null),
  includeLabel: bool.opt('Samples have the label of their item.', false),
  centerLocation: bool.opt('Kept for configs of MONAI.', false),
  additionalMetaKeys: texts.opt('Keys of the item that go into the metadata.', gridMeta),
  seed: int.opt('Seed of the random offset.', 0),
}

/** All patches of whole-slide images side by side (MONAI `SlidingPatchWSIDataset`). */
export const SlidingPatchWSIDataset: Component & ((given: Given<typeof slidingSchema>) => Dataset) = Object.assign(
  (given: Given<typeof slidingSchema>) => {
    const name = 'SlidingPatchWSIDataset'
    const options = parseOptions(name, slidingSchema, given)
    const rng = new RandomState(options.seed)
    const items = recordsIn(name, options.data).flatMap((item) => slidingPatches(name, item, options, rng))
    return patchDataset(name, items, options)
  },
  { componentName: 'SlidingPatchWSIDataset', schema: slidingSchema },
)

const maskedSchema = {
  ...common,
  maskLevel: int.opt('Level on which the tissue is found.', 7),
  includeLabel: bool.opt('Samples have the label of their item.', false),
  centerLocation: bool.opt('Kept for configs of MONAI.', false),
  additionalMetaKeys: texts.opt('Keys of the item that go into the metadata.', ['mask_location', 'name']),
}

/** A patch of a whole-slide image around each pixel of a low level that shows tissue (MONAI `MaskedPatchWSIDataset`). */
export const MaskedPatchWSIDataset: Component & ((given: Given<typeof maskedSchema>) => Dataset) = Object.assign(
  (given: Given<typeof maskedSchema>) => {
    const name = 'MaskedPatchWSIDataset'
    const options = parseOptions(name, maskedSchema, given)
    const items = recordsIn(name, options.data).flatMap((item) => maskedPatches(name, item, options))
    return patchDataset(name, items, options)
  },
  { componentName: 'MaskedPatchWSIDataset', schema: maskedSchema },
)

type SlideItem = Readonly<Record<string, unknown>> & { readonly image: string }

interface PatchOptions {
  readonly patchSize: number | readonly number[] | null
  readonly patchLevel: number | null
  readonly transform: Values<typeof common>['transform']
  readonly includeLabel: boolean
  readonly centerLocation: boolean
  readonly additionalMetaKeys: readonly string[] | null
}

function patchDataset(owner: string, items: readonly SlideItem[], options: PatchOptions): Dataset {
  const { includeLabel, centerLocation, additionalMetaKeys, transform } = options
  const data = items.map((item) => {
    const size = sizeFor(owner, item, options)
    const location = pair(owner, item.location, 'location')
    return {
      ...item,
      size,
      level: levelFor(item, options),
      location: centerLocation ? location.map((at, axis) => at - Math.floor(size[axis] / 2)) : location,
    }
  })
  const load = LoadSlidePatchd({ keys: ['image'], includeLabel, metaKeys: additionalMetaKeys ?? [] }) as PipelineStep
  return itemDataset({ data, steps: [load, ...stepsOf(transform)] })
}

function slidingPatches(
  owner: string,
  item: SlideItem,
  options: Values<typeof slidingSchema>,
  rng: RandomState,
): SlideItem[] {
  const slide = slideAt(item.image)
  const size = sizeFor(owner, item, options)
  const size0 = size.map((n) => n * ratioAt(slide, levelFor(item, options), owner))
  const limits = options.offsetLimits ?? size.map((n) => [-n, n] as const)
  const limitsOf = (axis: number): readonly [number, number] => {
    const one = limits[axis]
    return typeof one === 'number' ? [Number(limits[0]), Number(limits[1])] : one
  }
  const offset =
    options.offset === 'random'
      ? [0, 1].map((axis) => rng.randint(...limitsOf(axis)))
      : [options.offset, options.offset].flat().slice(0, 2)
  const overlap = typeof options.overlap === 'number' ? [options.overlap, options.overlap] : options.overlap
  const whole = [slide.levels[0].height, slide.levels[0].width]
  const [rows, columns] = whole.map((n, axis) => {
    const step = Math.round(size0[axis] * (1 - overlap[axis]))
    const places: number[] = []
    if (step >= 1) for (let at = offset[axis]; at < n - Math.round(size0[axis]) + 1; at += step) places.push(at)
    return places
  })
  const places = rows.flatMap((row) => columns.map((column) => [row, column]))
  const maskRatio = ratioAt(slide, options.maskLevel, owner)
  const { height, width } = slide.levels[options.maskLevel]
  return places.map((location) => ({
    ...item,
    name: baseName(item.image),
    num_patches: places.length,
    mask_size: [height, width],
    mask_location: location.map((at, axis) => roundEven((at + Math.floor(size0[axis] / 2)) / maskRatio)),
    location,
  }))
}

function maskedPatches(owner: string, item: SlideItem, options: Values<typeof maskedSchema>): SlideItem[] {
  const slide = slideAt(item.image)
  const maskRatio = ratioAt(slide, options.maskLevel, owner)
  const size0 = sizeFor(owner, item, options).map((n) => n * ratioAt(slide, levelFor(item, options), owner))
  const mask: Image = ForegroundMask({ hsvThreshold: { S: 'otsu' } })(slide.readRegion({ level: options.maskLevel }))
  const [, height, width] = mask.shape
  const places = Array.from({ length: height * width }, (_, i) => i)
    .filter((i) => Number(mask.data[i]) !== 0)
    .map((i) => [Math.floor(i / width), i % width])
  return places.map((at) => ({
    ...item,
    name: baseName(item.image),
    num_patches: places.length,
    mask_size: [height, width],
    mask_location: at,
    location: at.map((n, axis) => roundEven((n + 0.5) * maskRatio - Math.floor(size0[axis] / 2))),
  }))
}

function recordsIn(owner: string, data: readonly unknown[]): SlideItem[] {
  return data.map((item, i) => {
    if (isRecord(item) && !isImage(item) && typeof item.image === 'string') return { ...item, image: item.image }
    throw new DataError(`${owner}.data[${i}]`, `${shown(item)} names no slide; give { image: path, ... }`)
  })
}

function sizeFor(
  owner: string,
  item: SlideItem,
  { patchSize }: Pick<PatchOptions, 'patchSize'>,
): readonly [number, number] {
  const size = patchSize ?? item.size
  return pair(owner, typeof size === 'number' ? [size, size] : size, 'size')
}

function levelFor(item: SlideItem, { patchLevel }: Pick<PatchOptions, 'patchLevel'>): number {
  return patchLevel ?? (typeof item.level === 'number' ? item.level : 0)
}

function ratioAt(slide: Slide, level: number, owner: string): number {
  const found = slide.levels[level]
  if (found) return found.downsample
  throw new DataError(owner, `${slide.path} has no level ${level}; give 0 to ${slide.levels.length - 1}`)
}

function pair(owner: string, value: unknown, what: string): readonly [number, number] {
  if (Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === 'number'))
    return [value[0], value[1]]
  throw new DataError(owner, `the ${what} is ${shown(value)}; give two numbers, for rows and columns`)
}
