import { z } from 'zod'
import { OptionError, ShapeError } from '../core/errors.ts'
import { Kind, bool, count, instance, intOrInts, number, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { fixedBatch } from '../inferers/fixedBatch.ts'
import { outputList, type Predictor } from '../inferers/inferer.ts'
import { slidingWindowInference } from '../inferers/slidingWindow.ts'
import { checkImage, cropSpatial, forEachRun, padSpatial } from '../inferers/volume.ts'
import { gaussianFilter } from '../kernels/index.ts'
import { rescale } from './upsample.ts'

type Occlude = (image: FloatTensor, part: FloatTensor) => FloatTensor

const name = 'OcclusionSensitivity'
const isFunction = (value: unknown): boolean => typeof value === 'function'

const options = {
  nnModule: instance<Predictor>('a predictor, such as a visualModel', isFunction).req('The network.'),
  maskSize: intOrInts.opt('Size of the box that is hidden, for all axes or for each.', 16),
  nBatch: count.opt('Images per call of the network.', 16),
  verbose: bool.opt('No effect: use onProgress.', true),
  mode: new Kind<'gaussian' | 'mean_patch' | 'mean_img' | number | Occlude>(
    'one of "gaussian", "mean_patch", "mean_img", a number, or a function of image and box',
    () => z.union([z.enum(['gaussian', 'mean_patch', 'mean_img']), z.number(), z.custom<Occlude>(isFunction)]),
  ).opt(
    'What is put in the box: less and less of it towards its middle, a mean of the image, a number, or the box times its mean (mean_patch).',
    'gaussian',
  ),
  overlap: number.opt('Share of a box that its neighbours cover too.', 0.25),
  activate: new Kind<boolean | ((scores: FloatTensor) => FloatTensor)>('true, false or a function of scores', () =>
    z.union([z.boolean(), z.custom<(scores: FloatTensor) => FloatTensor>(isFunction)]),
  ).opt('Softmax over the classes (a sigmoid for images of one channel), nothing, or something else.', true),
  onProgress: instance<(done: number, total: number) => void>('a function of done and total', isFunction).opt(
    'Called with the boxes done and their total.',
    null,
  ),
}

/** What hiding parts of an image changes. */
export interface Occlusion {
  /** The scores when the part around a voxel is hidden, `[1, classes, ...spatial]`. */
  readonly map: FloatTensor
  /** The class that is most probable then, `[1, 1, ...spatial]`. */
  readonly mostProbableClass: FloatTensor
}

/**
 * Hides one box after the other and looks what becomes of the scores: the lower, the more the box matters (MONAI
 * OcclusionSensitivity). `bBox` `[min0, max0, min1, ...]` limits it to a part of the image; -1 stands for its border.
 */
export const OcclusionSensitivity: Component & {
  (given: Given<typeof options>): (x: FloatTensor, bBox?: readonly number[] | null) => Promise<Occlusion>
  readonly schema: typeof options
} = Object.assign(
  (given: Given<typeof options>) => {
    const settled = parseOptions(name, options, given)
    const { nnModule, nBatch, overlap, mode, activate, onProgress } = settled
    const network = fixedBatch(nnModule, nBatch)
    return async (x: FloatTensor, bBox: readonly number[] | null = null): Promise<Occlusion> => {
      checkImage(name, x)
      if (x.shape[0] !== 1) throw new ShapeError(name, `was given ${x.shape[0]} images; it takes one`)
      const size = x.shape.slice(2)
      const { start, stop } = searched(size, bBox, masksOf(size, settled.maskSize))
      const grid = start.map((n, axis) => stop[axis] - n)
      const mask = masksOf(size, settled.maskSize).map((n, axis) => (bBox ? Math.min(n, grid[axis]) : n))
      if (mask.some((n, axis) => n > grid[axis]))
        throw new OptionError(`${name}.maskSize`, `[${mask.join(', ')}] is larger than the image [${grid.join(', ')}]`)
      const occlude = occluder(mode, x, mask)
      const predictor: Predictor = async (windows, places = []) => {
        const images = floats([windows.shape[0], ...x.shape.slice(1)])
        places.forEach((place, n) => {
          const corner = place.start.map((at, axis) => at + start[axis])
          images.data.set(hidden(x, corner, mask, occlude), n * x.data.length)
        })
        const [scores] = outputList(await network(images))
        if (scores.shape.length !== 2)
          throw new ShapeError(name, `the network gave [${scores.shape.join(', ')}]; it must give [batch, classes]`)
        return spread(activated(scores, activate, x.shape[1]), mask)
      }
      const whole = await slidingWindowInference(floats([1, 1, ...grid]), predictor, {
        roiSize: mask,
        swBatchSize: nBatch,
        overlap,
        mode: mode === 'gaussian' ? 'gaussian' : 'constant',
        withCoord: true,
        onProgress,
      })
      const [map] = outputList(whole).map((found) => (bBox ? inBox(found, start, stop, size, bBox) : found))
      return { map, mostProbableClass: highest(map) }
    }
  },
  { componentName: name, schema: options },
)

function masksOf(size: readonly number[], mask: number | readonly number[]): readonly number[] {
  const all = typeof mask === 'number' ? size.map(() => mask) : mask
  if (all.length !== size.length || all.some((n) => n < 1))
    throw new OptionError(
      `${name}.maskSize`,
      `[${all.join(', ')}] does not fit ${size.length} axes; give 1 or more for each`,
    )
  return all
}

/** Where boxes go: everywhere, or so far around the bounding box that each of its voxels is in as many as inside. */
function searched(size: readonly number[], bBox: readonly number[] | null, mask: readonly number[]) {
  if (!bBox) return { start: size.map(() => 0), stop: size }
  if (bBox.length !== 2 * size.length)
    throw new OptionError(
      `${name}.bBox`,
      `[${bBox.join(', ')}] has ${bBox.length} values; give a minimum and a maximum for each axis`,
    )
  const edge = mask.map((n) => Math.floor((n - 1) / 2))
  const [start, stop] = [
    size.map((_, axis) => Math.max(0, bBox[2 * axis] - edge[axis])),
    size.map((n, axis) => (bBox[2 * axis + 1] === -1 ? n : Math.min(n, bBox[2 * axis + 1] + edge[axis]))),
  ]
  if (start.some((n, axis) => n >= stop[axis]))
    throw new OptionError(`${name}.bBox`, `[${bBox.join(', ')}] holds nothing of an image [${size.join(', ')}]`)
  return { start, stop }
}

/** The part of the bounding box; what was not searched is 0. */
function inBox(
  map: FloatTensor,
  start: readonly number[],
  stop: readonly number[],
  size: readonly number[],
  bBox: readonly number[],
): FloatTensor {
  const after = size.map((n, axis) => n - stop[axis])
  const whole = padSpatial(map, start, after, 'constant', 0)
  const from = size.map((_, axis) => Math.max(0, bBox[2 * axis]))
  const to = size.map((n, axis) => (bBox[2 * axis + 1] > 0 ? Math.min(n, bBox[2 * axis + 1]) : n))
  return cropSpatial(
    whole,
    from,
    to.map((n, axis) => n - from[axis]),
  )
}

/** What becomes of the box. */
function occluder(
  mode: 'gaussian' | 'mean_patch' | 'mean_img' | number | Occlude,
  x: FloatTensor,
  mask: readonly number[],
): Occlude {
  if (typeof mode === 'function') return mode
  const filled = (part: FloatTensor, value: number): FloatTensor => ({ ...part, data: part.data.map(() => value) })
  // MONAI means to fill the box with its mean, but multiplies it by that; its numbers are kept.
  if (mode === 'mean_patch')
    return (_, part) => {
      const factor = mean(part.data)
      return { ...part, data: part.data.map((value) => value * factor) }
    }
  if (mode === 'gaussian') {
    const factor = gaussianFactor(x.shape[1], mask)
    return (_, part) => ({ ...part, data: part.data.map((value, i) => value * factor[i]) })
  }
  const value = mode === 'mean_img' ? mean(x.data) : mode
  return (_, part) => filled(part, value)
}

/** 0 in the middle of the box, 1 farthest from it: one minus a Gaussian a quarter of the box wide. */
function gaussianFactor(channels: number, mask: readonly number[]): Float32Array {
  const voxels = sizeOf(mask)
  const peak = new Float32Array(channels * voxels)
  const middle = mask.reduce((flat, n) => flat * n + Math.floor(n / 2), 0)
  for (let c = 0; c < channels; c++) peak[c * voxels + middle] = 1
  const smooth = gaussianFilter(
    peak,
    [channels, ...mask],
    mask.map((n) => n * 0.25),
  )
  const factor = smooth.map((x) => -x)
  rescale(factor)
  return factor
}

/** The image with a box changed. */
function hidden(x: FloatTensor, corner: readonly number[], mask: readonly number[], occlude: Occlude): Float32Array {
  const part = occlude(x, cropSpatial(x, corner, mask)).data
  const data = x.data.slice()
  const [, channels, ...size] = x.shape
  for (let c = 0; c < channels; c++)
    forEachRun(mask, size, corner, (inside, at, run) => {
      const from = c * sizeOf(mask) + inside
      data.set(part.subarray(from, from + run), c * sizeOf(size) + at)
    })
  return data
}

function activated(
  scores: FloatTensor,
  activate: boolean | ((scores: FloatTensor) => FloatTensor),
  imageChannels: number,
): FloatTensor {
  if (typeof activate === 'function') return activate(scores)
  if (!activate) return scores
  // MONAI looks at the channels of the image.
  if (imageChannels === 1) return { ...scores, data: scores.data.map((x) => 1 / (1 + Math.exp(-x))) }
  const [items, classes] = scores.shape
  const data = new Float32Array(scores.data.length)
  for (let item = 0; item < items; item++) {
    const own = scores.data.subarray(item * classes, (item + 1) * classes)
    const most = own.reduce((a, b) => Math.max(a, b), -Infinity)
    const powers = Float64Array.from(own, (x) => Math.exp(x - most))
    const total = powers.reduce((a, b) => a + b, 0)
    powers.forEach((power, c) => (data[item * classes + c] = power / total))
  }
  return { ...scores, data }
}

/** Every score for every voxel of the box. */
function spread({ shape, data }: FloatTensor, mask: readonly number[]): FloatTensor {
  const voxels = sizeOf(mask)
  const out = floats([...shape, ...mask])
  data.forEach((score, i) => out.data.fill(score, i * voxels, (i + 1) * voxels))
  return out
}

function highest({ shape, data }: FloatTensor): FloatTensor {
  const [, classes, ...spatial] = shape
  const voxels = sizeOf(spatial)
  const best = floats([1, 1, ...spatial])
  for (let c = 1; c < classes; c++)
    for (let i = 0; i < voxels; i++) if (data[c * voxels + i] > data[best.data[i] * voxels + i]) best.data[i] = c
  return best
}

function mean(values: Float32Array): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length
}
