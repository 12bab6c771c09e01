import { roundEven } from '../core/convert.ts'
import { OptionError, ShapeError } from '../core/errors.ts'
import { sameShape, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { Blend, type WindowLayout } from './blend.ts'
import { outputList, outputNames, packed, type Outputs, type Predictor, type WindowPlace } from './inferer.ts'
import { resizeSpatial } from './resizeSpatial.ts'
import { checkImage, cropSpatial, gatherWindows, paddingTo, padSpatial, type PadMode } from './volume.ts'
import { densePatchStarts, importanceMap, scanInterval, type BlendMode } from './windows.ts'

/** Changes what a window gave, and how much its voxels count, before it is blended. */
export type ProcessWindow = (
  outputs: readonly FloatTensor[],
  windows: FloatTensor,
  weights: FloatTensor,
) => readonly [outputs: readonly FloatTensor[], weights: FloatTensor]

export interface SlidingWindowOptions {
  /** Window size: one number for all axes or one per axis; null, 0 or less stands for the whole axis. */
  readonly roiSize: number | null | readonly (number | null)[]
  /** Windows per call of the predictor; the last call may get fewer. */
  readonly swBatchSize?: number
  /** Share of a window that neighbours cover too, in [0, 1), for all axes or for each. */
  readonly overlap?: number | readonly number[]
  readonly mode?: BlendMode
  /** Width of the Gaussian weights as a share of the window. */
  readonly sigmaScale?: number | readonly number[]
  /** How an image smaller than the window is filled up. */
  readonly paddingMode?: PadMode
  readonly cval?: number
  /** Weights of a window's voxels instead of the ones that `mode` gives. */
  readonly roiWeightMap?: FloatTensor | null
  /** Called on the outputs of each batch of windows; how often a voxel counts is taken from the first one's weights. */
  readonly processFn?: ProcessWindow | null
  /** Whether the predictor is told where its windows lie. */
  readonly withCoord?: boolean
  /** Called after each batch of windows. */
  readonly onProgress?: ((done: number, total: number) => void) | null
}

const where = 'slidingWindowInference'

/**
 * Runs `predictor` on overlapping windows of `[batch, channel, ...spatial]` and blends the outputs (MONAI
 * `sliding_window_inference`). Outputs may differ from the window in size; they are placed in proportion. A predictor is
 * called when its last call has ended, and before what that one gave is blended: that may be written over two calls later,
 * and so are the windows that it sees.
 */
export async function slidingWindowInference(
  inputs: FloatTensor,
  predictor: Predictor,
  options: SlidingWindowOptions,
): Promise<Outputs> {
  checkImage(where, inputs)
  const plan = planWindows(inputs, options)
  const { image, roi, places, swBatchSize, processFn } = plan
  const blends: Blend[] = []
  let fitted: readonly FloatTensor[] | null = null
  let names: readonly string[] | null = null
  const memory: (Float32Array | undefined)[] = [undefined, undefined]
  /** Calls the predictor on the windows from `first` on; they lie where those of the call before the last one lay. */
  const ask = (first: number): Asked => {
    const batch = places.slice(first, first + swBatchSize)
    const windows = gatherWindows(image, roi, batch, memory[0])
    memory.reverse()[1] = windows.data
    const given = Promise.resolve(options.withCoord ? predictor(windows, batch, plan.padBefore) : predictor(windows))
    given.catch(() => {}) // told when it is waited for; should blending fail before, that is what is told
    return { batch, windows, given }
  }
  let asked = ask(0)
  for (let first = 0; first < places.length; first += swBatchSize) {
    const { batch, windows } = asked
    const given = await asked.given
    const next = first + swBatchSize
    if (next < places.length) asked = ask(next) // computes while this one is blended
    names = outputNames(given)
    let outputs = outputList(given)
    let { weights } = plan
    if (processFn) [outputs, weights] = processFn(outputs, windows, weights)
    checkOutputs(outputs, batch.length, first > 0 ? blends.length : null)
    if (!fitted || processFn) fitted = weightsOf(outputs, spatialPart(weights, roi, 'processFn'), roi)
    for (const [i, output] of outputs.entries()) {
      blends[i] ??= new Blend(where, plan, output.shape.slice(1), fitted[i])
      blends[i].add(output, batch, fitted[i])
    }
    options.onProgress?.(Math.min(next, places.length), places.length)
  }
  const whole = blends.map((blend) => unpadded(blend.finish(), plan, inputs.shape.slice(2)))
  return packed(whole, names)
}

/** Windows that the predictor is at work on. */
interface Asked {
  readonly batch: readonly WindowPlace[]
  readonly windows: FloatTensor
  readonly given: Promise<Outputs>
}

interface WindowPlan extends WindowLayout {
  /** The input, padded where it was smaller than a window. */
  readonly image: FloatTensor
  readonly padBefore: readonly number[]
  readonly padded: boolean
  readonly weights: FloatTensor
  readonly swBatchSize: number
  readonly processFn: ProcessWindow | null
}

function planWindows(inputs: FloatTensor, options: SlidingWindowOptions): WindowPlan {
  const { swBatchSize = 1, paddingMode = 'constant', cval = 0, processFn = null } = options
  const size = inputs.shape.slice(2)
  const given = typeof options.roiSize === 'number' ? options.roiSize : (options.roiSize ?? 0)
  const roi = perAxis('roiSize', typeof given === 'number' ? given : given.map((n) => n ?? 0), size.length).map(
    (n, axis) => (n > 0 ? n : size[axis]),
  )
  const overlap = perAxis('overlap', options.overlap ?? 0.25, size.length)
  const bad = overlap.find((share) => !(share >= 0 && share < 1))
  if (bad !== undefined)
    throw new OptionError(`${where}.overlap`, `${bad} is out of range; give 0 or more and less than 1`)
  if (!Number.isInteger(swBatchSize) || swBatchSize < 1)
    throw new OptionError(`${where}.swBatchSize`, `${swBatchSize} is not a number of windows; give 1 or more`)
  const { before: padBefore, after } = paddingTo(roi, size)
  const image = padSpatial(inputs, padBefore, after, paddingMode, cval)
  const imageSize = image.shape.slice(2)
  const starts = densePatchStarts(imageSize, roi, scanInterval(imageSize, roi, overlap))
  const places = Array.from({ length: inputs.shape[0] }, (_, item) =>
    starts.map((start) => ({ item, start, stop: start.map((n, axis) => n + roi[axis]) })),
  ).flat()
  return {
    items: inputs.shape[0],
    image,
    imageSize,
    roi,
    padBefore,
    padded: after.some((n) => n > 0),
    places,
    swBatchSize,
    weights: weightsFor(roi, options),
    processFn,
  }
}

/** The weights last made for some options: an inferer asks with the same ones for every image. */
const madeBefore = new WeakMap<SlidingWindowOptions, FloatTensor>()

function weightsFor(roi: readonly number[], options: SlidingWindowOptions): FloatTensor {
  const before = madeBefore.get(options)
  if (before && sameShape(before.shape, roi)) return before
  const { mode = 'constant', sigmaScale = 0.125, roiWeightMap } = options
  const sigmas = typeof sigmaScale === 'number' ? sigmaScale : perAxis('sigmaScale', sigmaScale, roi.length)
  const weights = roiWeightMap ? spatialPart(roiWeightMap, roi, 'roiWeightMap') : importanceMap(roi, mode, sigmas)
  madeBefore.set(options, weights)
  return weights
}

/** Weights of a window without axes of size 1 before the spatial ones. */
function spatialPart(weights: FloatTensor, roi: readonly number[], option: string): FloatTensor {
  const shape = weights.shape.slice(-roi.length)
  if (!sameShape(shape, roi) || sizeOf(shape) !== weights.data.length)
    throw new ShapeError(
      `${where}.${option}`,
      `gives weights of shape [${weights.shape.join(', ')}]; a window is [${roi.join(', ')}]`,
    )
  return { ...weights, shape }
}

/** The weights for each output; MONAI shrinks them from output to output, so that each is made from the one before. */
function weightsOf(outputs: readonly FloatTensor[], weights: FloatTensor, roi: readonly number[]): FloatTensor[] {
  let previous = weights
  return outputs.map(({ shape }) => {
    const size = shape.slice(2)
    if (sameShape(size, roi)) return weights
    return (previous = resizeSpatial(previous, size, 'nearestExact'))
  })
}

function checkOutputs(outputs: readonly FloatTensor[], windows: number, expected: number | null): void {
  if (outputs.length === 0 || (expected !== null && outputs.length !== expected))
    throw new ShapeError(
      where,
      `the predictor gave ${outputs.length} tensors${expected === null ? '' : ` after ${expected} before`}; it must give the same number, 1 or more, for every window`,
    )
  const bad = outputs.find(({ shape }) => shape[0] !== windows)
  if (bad)
    throw new ShapeError(
      where,
      `the predictor gave ${bad.shape[0]} outputs for ${windows} windows; it must give one each`,
    )
}

function unpadded(
  output: FloatTensor,
  { imageSize, padBefore, padded }: WindowPlan,
  size: readonly number[],
): FloatTensor {
  if (!padded) return output
  // An output of another size than its input loses its share of the padding.
  const scale = output.shape.slice(2).map((n, axis) => n / imageSize[axis])
  const start = size.map((_, axis) => roundEven(padBefore[axis] * scale[axis]))
  const stop = size.map((n, axis) => roundEven((padBefore[axis] + n) * scale[axis]))
  return cropSpatial(
    output,
    start,
    stop.map((n, axis) => n - start[axis]),
  )
}

function perAxis(option: string, value: number | readonly number[], axes: number): readonly number[] {
  if (typeof value === 'number') return new Array<number>(axes).fill(value)
  if (value.length !== axes)
    throw new OptionError(
      `${where}.${option}`,
      `[${value.join(', ')}] has ${value.length} values; give one, or one for each of the ${axes} spatial axes`,
    )
  return value
}
