import { OptionError, ShapeError } from '../core/errors.ts'
import { sameShape, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { outputList, packed, type Outputs, type Predictor, type WindowPlace } from './inferer.ts'
import { cropSpatial, forEachRun, gatherWindows, padSpatial, type PadMode } from './volume.ts'
import { densePatchStarts, importanceMap, scanInterval, type BlendMode } from './windows.ts'

export interface SlidingWindowOptions {
  /** Window size: one number for all axes or one per axis; 0 or less stands for the whole axis. */
  readonly roiSize: number | readonly number[]
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
  /** Whether the predictor is told where its windows lie. */
  readonly withCoord?: boolean
  /** Called after each batch of windows. */
  readonly onProgress?: ((done: number, total: number) => void) | null
}

const where = 'slidingWindowInference'

/**
 * Runs `predictor` on overlapping windows of `[batch, channel, ...spatial]` and blends the outputs (MONAI
 * `sliding_window_inference`). Outputs may differ from the window in size; they are placed in proportion.
 */
export async function slidingWindowInference(
  inputs: FloatTensor,
  predictor: Predictor,
  options: SlidingWindowOptions,
): Promise<Outputs> {
  const plan = planWindows(inputs, options)
  const { image, roi, places, swBatchSize } = plan
  const blends: Blend[] = []
  for (let first = 0; first < places.length; first += swBatchSize) {
    const batch = places.slice(first, first + swBatchSize)
    const windows = gatherWindows(image, roi, batch)
    const outputs = outputList(await (options.withCoord ? predictor(windows, batch) : predictor(windows)))
    outputs.forEach((output, i) => {
      if (output.shape[0] !== batch.length)
        throw new ShapeError(
          where,
          `the predictor gave ${output.shape[0]} outputs for ${batch.length} windows; it must give one each`,
        )
      blends[i] ??= new Blend(plan, output.shape.slice(1), blends[i - 1]?.weights ?? plan.weights)
      blends[i].add(output, batch)
    })
    options.onProgress?.(Math.min(first + swBatchSize, places.length), places.length)
  }
  return packed(blends.map((blend) => unpadded(blend.finish(), plan, inputs.shape.slice(2))))
}

interface WindowPlan {
  /** The input, padded where it was smaller than a window. */
  readonly image: FloatTensor
  readonly roi: readonly number[]
  readonly padBefore: readonly number[]
  readonly padded: boolean
  readonly places: readonly WindowPlace[]
  readonly weights: FloatTensor
  readonly swBatchSize: number
}

function planWindows(inputs: FloatTensor, options: SlidingWindowOptions): WindowPlan {
  const { swBatchSize = 1, paddingMode = 'constant', cval = 0 } = options
  const size = inputs.shape.slice(2)
  const roi = perAxis('roiSize', options.roiSize, size.length).map((n, axis) => (n > 0 ? n : size[axis]))
  const overlap = perAxis('overlap', options.overlap ?? 0.25, size.length)
  const bad = overlap.find((share) => !(share >= 0 && share < 1))
  if (bad !== undefined)
    throw new OptionError(`${where}.overlap`, `${bad} is out of range; give 0 or more and less than 1`)
  if (!Number.isInteger(swBatchSize) || swBatchSize < 1)
    throw new OptionError(`${where}.swBatchSize`, `${swBatchSize} is not a number of windows; give 1 or more`)
  const missing = roi.map((n, axis) => Math.max(n - size[axis], 0))
  const padBefore = missing.map((n) => Math.floor(n / 2))
  const image = padSpatial(
    inputs,
    padBefore,
    missing.map((n, axis) => n - padBefore[axis]),
    paddingMode,
    cval,
  )
  const imageSize = image.shape.slice(2)
  const starts = densePatchStarts(imageSize, roi, scanInterval(imageSize, roi, overlap))
  const places = Array.from({ length: inputs.shape[0] }, (_, item) =>
    starts.map((start) => ({ item, start, stop: start.map((n, axis) => n + roi[axis]) })),
  ).flat()
  return {
    image,
    roi,
    padBefore,
    padded: missing.some((n) => n > 0),
    places,
    swBatchSize,
    weights: weightsFor(roi, options),
  }
}

/** The weights last made for some options: an inferer asks with the same ones for every image. */
const madeBefore = new WeakMap<SlidingWindowOptions, FloatTensor>()

function weightsFor(roi: readonly number[], options: SlidingWindowOptions): FloatTensor {
  const before = madeBefore.get(options)
  if (before && sameShape(before.shape, roi)) return before
  const { mode = 'constant', sigmaScale = 0.125, roiWeightMap } = options
  const weights = makeWeights(roi, mode, sigmaScale, roiWeightMap)
  madeBefore.set(options, weights)
  return weights
}

function makeWeights(
  roi: readonly number[],
  mode: BlendMode,
  sigmaScale: number | readonly number[],
  given: FloatTensor | null | undefined,
): FloatTensor {
  if (!given)
    return importanceMap(
      roi,
      mode,
      typeof sigmaScale === 'number' ? sigmaScale : perAxis('sigmaScale', sigmaScale, roi.length),
    )
  const shape = given.shape.slice(-roi.length)
  if (!sameShape(shape, roi) || sizeOf(shape) !== given.data.length)
    throw new ShapeError(
      `${where}.roiWeightMap`,
      `has shape [${given.shape.join(', ')}]; a window is [${roi.join(', ')}]`,
    )
  return { ...given, shape }
}

/** The weighted sum of one output over all windows, and the sum of the weights. */
class Blend {
  readonly weights: FloatTensor
  private readonly shape: readonly number[]
  private readonly channels: number
  private readonly size: readonly number[]
  private readonly scale: readonly number[]
  private readonly sum: Float32Array
  private readonly total: Float32Array

  constructor(
    { image, roi, places, weights }: WindowPlan,
    [channels, ...outputSize]: readonly number[],
    previous: FloatTensor,
  ) {
    // MONAI shrinks the weights from output to output, so that each is made from the one before.
    this.weights = sameShape(outputSize, roi) ? weights : nearestExact(previous, outputSize)
    this.channels = channels
    this.size = outputSize
    this.scale = outputSize.map((n, axis) => n / roi[axis])
    const spatial = image.shape.slice(2).map((n, axis) => Math.trunc(n * this.scale[axis]))
    this.shape = [image.shape[0], channels, ...spatial]
    this.sum = new Float32Array(sizeOf(this.shape))
    this.total = new Float32Array(sizeOf(spatial))
    for (const { item, start } of places) {
      if (item > 0) break // all items have the same windows
      const { total, weights: own } = this
      this.forEachRun(start, (inside, whole, run) => {
        for (let i = 0; i < run; i++) total[whole + i] += own.data[inside + i]
      })
    }
  }

  add({ data }: FloatTensor, places: readonly WindowPlace[]): void {
    const { sum, total, channels } = this
    const weights = this.weights.data
    places.forEach(({ item, start }, n) => {
      for (let c = 0; c < channels; c++) {
        const from = (n * channels + c) * weights.length
        const to = (item * channels + c) * total.length
        this.forEachRun(start, (inside, whole, run) => {
          for (let i = 0; i < run; i++) sum[to + whole + i] += data[from + inside + i] * weights[inside + i]
        })
      }
    })
  }

  finish(): FloatTensor {
    const { sum, total } = this
    for (let to = 0; to < sum.length; to += total.length) for (let i = 0; i < total.length; i++) sum[to + i] /= total[i]
    return { dtype: 'float32', shape: this.shape, data: sum }
  }

  private forEachRun(start: readonly number[], visit: (inside: number, whole: number, run: number) => void): void {
    const place = start.map((n, axis) => Math.trunc(n * this.scale[axis]))
    forEachRun(this.size, this.shape.slice(2), place, visit)
  }
}

function unpadded(
  output: FloatTensor,
  { roi, padBefore, padded, image }: WindowPlan,
  size: readonly number[],
): FloatTensor {
  if (!padded) return output
  // An output of another size than its input loses its share of the padding.
  const scale = output.shape.slice(2).map((n, axis) => n / image.shape[axis + 2])
  const start = roi.map((_, axis) => roundHalfEven(padBefore[axis] * scale[axis]))
  const stop = roi.map((_, axis) => roundHalfEven((padBefore[axis] + size[axis]) * scale[axis]))
  return cropSpatial(
    output,
    start,
    stop.map((n, axis) => n - start[axis]),
  )
}

/** Nearest-neighbour resizing that takes the value at the centre of each new voxel. */
function nearestExact({ shape, data }: FloatTensor, size: readonly number[]): FloatTensor {
  const out = new Float32Array(sizeOf(size))
  const walk = (axis: number, from: number, to: number): void => {
    for (let i = 0; i < size[axis]; i++) {
      const nearest = Math.min(Math.floor(((i + 0.5) * shape[axis]) / size[axis]), shape[axis] - 1)
      if (axis === size.length - 1) out[to * size[axis] + i] = data[from * shape[axis] + nearest]
      else walk(axis + 1, from * shape[axis] + nearest, to * size[axis] + i)
    }
  }
  walk(0, 0, 0)
  return { dtype: 'float32', shape: size, data: out }
}

function roundHalfEven(x: number): number {
  const nearest = Math.round(x)
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest
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
