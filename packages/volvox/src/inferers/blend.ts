import { ShapeError } from '../core/errors.ts'
import { sameShape, sizeOf, type FloatTensor } from '../core/tensor.ts'
import type { WindowPlace } from './inferer.ts'
import { forEachRun } from './volume.ts'

/** How windows lie in an image. */
export interface WindowLayout {
  /** Items of the batch, and the size of the image that the windows cover. */
  readonly items: number
  readonly imageSize: readonly number[]
  readonly roi: readonly number[]
  readonly places: readonly WindowPlace[]
}

const round = Math.fround

/**
 * The weighted sum of one output over all windows, and the sum of the weights. All arithmetic is float32, as MONAI's, and
 * single multiplications and additions, so that every machine and browser gives the same bits.
 */
export class Blend {
  private readonly where: string
  private readonly shape: readonly number[]
  /** Shape of one window's output, `[channel, ...spatial]`. */
  private readonly windowShape: readonly number[]
  private readonly scale: readonly number[]
  private readonly sum: Float32Array
  private readonly total: Float32Array

  /** `windowShape` is what comes out of one window; `weights` say how much each of its voxels counts. */
  constructor(
    where: string,
    { items, imageSize, roi, places }: WindowLayout,
    windowShape: readonly number[],
    weights: FloatTensor,
  ) {
    const [channels, ...size] = windowShape
    this.where = where
    this.windowShape = windowShape
    this.scale = size.map((n, axis) => n / roi[axis])
    const spatial = imageSize.map((n, axis) => Math.trunc(n * this.scale[axis]))
    this.shape = [items, channels, ...spatial]
    this.sum = new Float32Array(sizeOf(this.shape))
    this.total = new Float32Array(sizeOf(spatial))
    for (const { item, start } of places) {
      if (item > 0) break // all items have the same windows
      this.forEachRun(start, (inside, whole, run) => addRun(this.total, whole, weights.data, inside, run))
    }
  }

  /** Adds the outputs of the windows at `places`, each voxel times its weight. */
  add({ shape, data }: FloatTensor, places: readonly WindowPlace[], { data: weights }: FloatTensor): void {
    if (!sameShape(shape.slice(1), this.windowShape) || data.length !== sizeOf(shape))
      throw new ShapeError(
        this.where,
        `the predictor gave [${shape.join(', ')}] with ${data.length} values after windows of [${this.windowShape.join(', ')}]; all windows must give the same shape`,
      )
    const { sum, total } = this
    const [channels] = this.windowShape
    const voxels = weights.length
    places.forEach(({ item, start }, n) => {
      const from = n * channels * voxels
      const to = item * channels * total.length
      this.forEachRun(start, (inside, whole, run) => {
        for (let c = 0; c < channels; c++)
          addWeighted(sum, to + c * total.length + whole, data, from + c * voxels + inside, weights, inside, run)
      })
    })
  }

  /** The blended output; NaN where no window counts. */
  finish(): FloatTensor {
    const { sum, total } = this
    for (let to = 0; to < sum.length; to += total.length) divide(sum.subarray(to, to + total.length), total)
    return { dtype: 'float32', shape: this.shape, data: sum }
  }

  private forEachRun(start: readonly number[], visit: (inside: number, whole: number, run: number) => void): void {
    const place = start.map((n, axis) => Math.trunc(n * this.scale[axis]))
    forEachRun(this.windowShape.slice(1), this.shape.slice(2), place, visit)
  }
}

// `Math.fround` around every step keeps these loops in float32, which makes them three times as fast.

function addRun(sum: Float32Array, to: number, values: Float32Array, from: number, run: number): void {
  for (let i = 0; i < run; i++) sum[to + i] = round(sum[to + i] + values[from + i])
}

function addWeighted(
  sum: Float32Array,
  to: number,
  values: Float32Array,
  from: number,
  weights: Float32Array,
  at: number,
  run: number,
): void {
  for (let i = 0; i < run; i++) sum[to + i] = round(sum[to + i] + round(values[from + i] * weights[at + i]))
}

function divide(values: Float32Array, by: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = round(values[i] / by[i])
}
